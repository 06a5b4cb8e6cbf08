// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package registeredmodel

import (
	"context"

	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/neuronews/mlflow-registry-operator/internal/controller/inheriting"
	"github.com/neuronews/mlflow-registry-operator/internal/kube"
	"github.com/neuronews/mlflow-registry-operator/internal/outcome"
)

// inherit makes the model and its class one. After it, the spec is known to meet the
// class. Where it does not, the pass ends here: what the model has in MLflow and in its
// status stays as it is.
func (r *Reconciler) inherit(ctx context.Context, s *scope) outcome.Outcome {
	effective, ended := inheriting.Effective(ctx, r.Client, s.object)
	s.inherited, s.stages = effective, effective.Stages
	return ended
}

// modelsOf are the models of a class.
func (r *Reconciler) modelsOf(ctx context.Context, class client.Object) []reconcile.Request {
	models, err := kube.ModelsOf(ctx, r.Client, class.GetName(), kube.Uncopied)
	if err != nil {
		log.FromContext(ctx).Error(err, "Listing the models of a class failed", "class", class.GetName())
	}
	return kube.Requests(models)
}
