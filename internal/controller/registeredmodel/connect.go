// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package registeredmodel

import (
	"context"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/controller/connecting"
	"github.com/neuronews/mlflow-registry-operator/internal/outcome"
)

// connect takes the view of the registry that the model belongs to. After it, the
// connection is known to be ready.
func (r *Reconciler) connect(ctx context.Context, s *scope) outcome.Outcome {
	view, ended := r.connector().View(ctx, s.object)
	s.view = view
	return ended
}

// confirmView comes before every write. After it, the connection still leads to the
// server that the pass has looked at, and still allows the model there.
func (r *Reconciler) confirmView(ctx context.Context, s *scope) outcome.Outcome {
	return r.connector().Confirm(ctx, r.Reader, s.object, s.view, "the connection changed meanwhile")
}

func (r *Reconciler) connector() connecting.Connector {
	return connecting.Connector{Registry: r.Registry, Objects: r.Client}
}

// isEarly tells whether there is nothing to be said yet that is not said already.
func (r *Reconciler) isEarly(ctx context.Context, object *v1alpha1.RegisteredModel) bool {
	return object.Status.ObservedGeneration == object.Generation &&
		r.connector().IsUnsettled(ctx, object)
}
