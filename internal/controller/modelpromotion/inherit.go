// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package modelpromotion

import (
	"context"

	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/controller/connecting"
	"github.com/neuronews/mlflow-registry-operator/internal/controller/inheriting"
	"github.com/neuronews/mlflow-registry-operator/internal/kube"
	"github.com/neuronews/mlflow-registry-operator/internal/outcome"
)

// inherit gives the model the stages that it has by way of its class. After it, no phase
// has to know of classes. A class may have been edited a moment ago, and the model's
// status not say yet that it no longer meets it.
func (r *Reconciler) inherit(ctx context.Context, s *scope) outcome.Outcome {
	effective, ended := inheriting.Effective(ctx, r.Client, s.model)
	if !ended.IsDone() {
		return modelNotReady(s.model, ended)
	}
	s.inherited = effective
	s.model.Spec.Stages = effective.Stages
	return outcome.Done()
}

// modelNotReady waits for the model, whose own pass ends in this way; unless the class
// could not be asked for.
func modelNotReady(model *v1alpha1.RegisteredModel, ended outcome.Outcome) outcome.Outcome {
	if ended.Reason == v1alpha1.ReasonProgressing {
		return ended
	}
	return outcome.Wait(v1alpha1.ReasonModelNotReady, connecting.NotReady(model, ended.Message), 0)
}

// promotionsUnder are the promotions of all models of a class.
func (r *Reconciler) promotionsUnder(ctx context.Context, class client.Object) []reconcile.Request {
	models, err := kube.ModelsOf(ctx, r.Client, class.GetName(), kube.Uncopied)
	if err != nil {
		log.FromContext(ctx).Error(err, "Listing the models of a class failed", "class", class.GetName())
	}
	var all []reconcile.Request
	for i := range models {
		all = append(all, r.requestsOf(ctx, client.ObjectKeyFromObject(&models[i]))...)
	}
	return all
}
