// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package modelpromotion

import (
	"context"

	"github.com/neuronews/mlflow-registry-operator/internal/controller/connecting"
	"github.com/neuronews/mlflow-registry-operator/internal/controller/inheriting"
	"github.com/neuronews/mlflow-registry-operator/internal/controller/telling"
	"github.com/neuronews/mlflow-registry-operator/internal/outcome"
)

// confirmObject asks the API server itself whether the promotion is still what the pass
// has read.
func (r *Reconciler) confirmObject(ctx context.Context, s *scope) outcome.Outcome {
	return telling.Confirm(ctx, r.Reader, s.object, "the promotion was edited while its gates were evaluated")
}

// confirmModel asks the API server whether the model and its class are still what the pass
// has read from the cache, and makes sure that the connection still leads to where the gates
// have looked, and still allows the model there.
func (r *Reconciler) confirmModel(ctx context.Context, s *scope) outcome.Outcome {
	if ended := connecting.ConfirmModel(ctx, r.Reader, s.model, "the model was edited while the gates were evaluated"); !ended.IsDone() {
		return ended
	}
	if ended := inheriting.Confirm(ctx, r.Reader, s.inherited); !ended.IsDone() {
		return ended
	}
	return r.connector().Confirm(ctx, r.Reader, s.model, s.view, "the connection changed while the gates were evaluated")
}
