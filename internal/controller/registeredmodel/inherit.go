// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package registeredmodel

import (
	"context"

	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/neuronews/mlflow-registry-operator/internal/controller/modelref"
	"github.com/neuronews/mlflow-registry-operator/internal/controller/reconciler"
	"github.com/neuronews/mlflow-registry-operator/internal/kubeutil"
	"github.com/neuronews/mlflow-registry-operator/internal/workqueue"
)

// resolveClass makes the model and its class one. After it, the spec is known to meet the
// class. Where it does not, the pass ends here: what the model has in MLflow and in its
// status stays as it is.
func (r *Reconciler) resolveClass(ctx context.Context, s *scope) reconciler.Result {
	effective, result := modelref.ResolveClass(ctx, r.Client, s.object)
	s.effectiveSpec, s.stages = effective, effective.Stages
	return result
}

// mapClassToModels are the models of a class.
func (r *Reconciler) mapClassToModels(ctx context.Context, class client.Object) []reconcile.Request {
	models, err := kubeutil.ListModelsByClass(ctx, r.Client, class.GetName(), kubeutil.UnsafeNoCopy)
	if err != nil {
		log.FromContext(ctx).Error(err, "Listing the models of a class failed", "class", class.GetName())
	}
	return workqueue.NewRequests(models)
}
