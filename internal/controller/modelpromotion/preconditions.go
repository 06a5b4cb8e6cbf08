// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package modelpromotion

import (
	"context"

	"github.com/neuronews/mlflow-registry-operator/internal/controller/modelref"
	"github.com/neuronews/mlflow-registry-operator/internal/controller/reconciler"
)

// revalidateObject asks the API server itself whether the promotion is still what the pass
// has read.
func (r *Reconciler) revalidateObject(ctx context.Context, s *scope) reconciler.Result {
	return reconciler.RevalidateObject(ctx, r.APIReader, s.object, "the promotion was edited while its gates were evaluated")
}

// revalidateModel asks the API server whether the model and its class are still what the pass
// has read from the cache, and makes sure that the connection still leads to where the gates
// have looked, and still allows the model there.
func (r *Reconciler) revalidateModel(ctx context.Context, s *scope) reconciler.Result {
	if result := modelref.RevalidateModel(ctx, r.APIReader, s.model, "the model was edited while the gates were evaluated"); !result.CanContinue() {
		return result
	}
	if result := modelref.RevalidateClass(ctx, r.APIReader, s.effectiveSpec); !result.CanContinue() {
		return result
	}
	return r.newResolver().Revalidate(ctx, r.APIReader, s.model, s.snapshot, "the connection changed while the gates were evaluated")
}
