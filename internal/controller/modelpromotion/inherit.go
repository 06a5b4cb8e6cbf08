// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package modelpromotion

import (
	"context"

	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/controller/modelref"
	"github.com/neuronews/mlflow-registry-operator/internal/controller/reconciler"
	"github.com/neuronews/mlflow-registry-operator/internal/kubeutil"
)

// resolveClass gives the model the stages that it has by way of its class. After it, no phase
// has to know of classes. A class may have been edited a moment ago, and the model's
// status not say yet that it no longer meets it.
func (r *Reconciler) resolveClass(ctx context.Context, s *scope) reconciler.Result {
	effective, result := modelref.ResolveClass(ctx, r.Client, s.model)
	if !result.CanContinue() {
		return modelNotReadyResult(s.model, result)
	}
	s.effectiveSpec = effective
	s.model.Spec.Stages = effective.Stages
	return reconciler.Continue()
}

// lacksClass is whether the class of the model is missing or can't be used: a person has to
// change it, and until then nobody looks after the stages.
func (r *Reconciler) lacksClass(ctx context.Context, model *v1alpha1.RegisteredModel) bool {
	_, result := modelref.ResolveClass(ctx, r.Client, model)
	return !result.CanContinue() && result.Reason != v1alpha1.ReasonProgressing
}

// modelNotReadyResult waits for the model, whose own pass ends in this way; unless the class
// could not be asked for.
func modelNotReadyResult(model *v1alpha1.RegisteredModel, result reconciler.Result) reconciler.Result {
	if result.Reason == v1alpha1.ReasonProgressing {
		return result
	}
	return reconciler.Waiting(v1alpha1.ReasonModelNotReady, modelref.NotReadyMessage(model, result.Message), 0)
}

// mapClassToPromotions are the promotions of all models of a class.
func (r *Reconciler) mapClassToPromotions(ctx context.Context, class client.Object) []reconcile.Request {
	models, err := kubeutil.ListModelsByClass(ctx, r.Client, class.GetName(), kubeutil.UnsafeNoCopy)
	if err != nil {
		log.FromContext(ctx).Error(err, "Listing the models of a class failed", "class", class.GetName())
	}
	var all []reconcile.Request
	for i := range models {
		all = append(all, r.listPromotionRequests(ctx, client.ObjectKeyFromObject(&models[i]))...)
	}
	return all
}
