// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package registeredmodel

import (
	"context"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/controller/modelref"
	"github.com/neuronews/mlflow-registry-operator/internal/controller/reconciler"
)

// resolveConnection takes the view of the registry that the model belongs to. After it, the
// connection is known to be ready.
func (r *Reconciler) resolveConnection(ctx context.Context, s *scope) reconciler.Result {
	view, result := r.newResolver().ResolveConnection(ctx, s.object)
	s.snapshot = view
	return result
}

// revalidateConnection comes before every write. After it, the connection still leads to the
// server that the pass has looked at, and still allows the model there.
func (r *Reconciler) revalidateConnection(ctx context.Context, s *scope) reconciler.Result {
	return r.newResolver().Revalidate(ctx, r.APIReader, s.object, s.snapshot, "the connection changed meanwhile")
}

func (r *Reconciler) newResolver() modelref.Resolver {
	return modelref.Resolver{Registry: r.Registry, Objects: r.Client}
}

// isInGracePeriod tells whether there is nothing to be said yet that is not said already.
func (r *Reconciler) isInGracePeriod(ctx context.Context, object *v1alpha1.RegisteredModel) bool {
	return object.Status.ObservedGeneration == object.Generation &&
		r.newResolver().IsInGracePeriod(ctx, object)
}
