// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package modelversion

import (
	"context"

	"k8s.io/apimachinery/pkg/api/equality"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/controller/connecting"
	"github.com/neuronews/mlflow-registry-operator/internal/kube"
	"github.com/neuronews/mlflow-registry-operator/internal/registry"
)

// SetupWithManager watches versions, their models, the registries they are in, and what allows
// them there.
func (r *Reconciler) SetupWithManager(mgr ctrl.Manager, options controller.Options) error {
	return connecting.Watch(ctrl.NewControllerManagedBy(mgr), r.Client, r.versionsOf).
		Named("modelversion").
		WithOptions(options).
		For(&v1alpha1.ModelVersion{}, builder.WithPredicates(kube.ComesOrGoes)).
		Watches(&v1alpha1.ModelVersion{}, kube.Enqueue(kube.Self, kube.Always),
			builder.WithPredicates(predicate.Or(kube.Edited, kube.Abandoned))).
		Watches(&v1alpha1.RegisteredModel{}, kube.Enqueue(r.versionsOf, modelEdited), builder.WithPredicates(modelChanged)).
		WatchesRawSource(r.Registry.Source("modelversion", r.concerned)).
		Complete(r)
}

// modelChanged lets through models whose spec or conditions changed, or of which another
// version holds a stage: who moved an alias wakes nobody but by what it tells.
var modelChanged = predicate.Funcs{UpdateFunc: func(e event.UpdateEvent) bool {
	before, after := e.ObjectOld.(*v1alpha1.RegisteredModel), e.ObjectNew.(*v1alpha1.RegisteredModel)
	return before.Generation != after.Generation ||
		before.Status.Summary != after.Status.Summary ||
		!equality.Semantic.DeepEqual(before.Status.Conditions, after.Status.Conditions)
}}

// modelEdited tells whether a person edited the model.
func modelEdited(e event.UpdateEvent) bool {
	return e.ObjectOld.GetGeneration() != e.ObjectNew.GetGeneration()
}

func (r *Reconciler) versionsOf(ctx context.Context, model client.Object) []reconcile.Request {
	versions, err := kube.VersionsOf(ctx, r.Client, client.ObjectKeyFromObject(model), kube.Uncopied)
	if err != nil {
		log.FromContext(ctx).Error(err, "Listing the versions of a model failed", "model", client.ObjectKeyFromObject(model))
	}
	return kube.Requests(versions)
}

// concerned are the versions of the models that an event of a registry is about.
func (r *Reconciler) concerned(ctx context.Context, e registry.Event) []reconcile.Request {
	return connecting.Concerned(ctx, r.Client, e, kind, r.versionsOf)
}
