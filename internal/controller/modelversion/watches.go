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
	"github.com/neuronews/mlflow-registry-operator/internal/controller/modelref"
	"github.com/neuronews/mlflow-registry-operator/internal/kubeutil"
	"github.com/neuronews/mlflow-registry-operator/internal/registrycache"
	"github.com/neuronews/mlflow-registry-operator/internal/workqueue"
)

// SetupWithManager watches versions, their models, the registries, and what authorizes the models
// there.
// Creations and deletions have normal priority, because thousands may come at once. An edit has high
// priority, because a person waits for it.
func (r *Reconciler) SetupWithManager(mgr ctrl.Manager, options controller.Options) error {
	return modelref.AddWatches(ctrl.NewControllerManagedBy(mgr), r.Client, r.mapModelToVersions).
		Named("modelversion").
		WithOptions(options).
		For(&v1alpha1.ModelVersion{}, builder.WithPredicates(kubeutil.CreateOrDelete)).
		Watches(&v1alpha1.ModelVersion{}, workqueue.EnqueueWithPriority(workqueue.ObjectRequest, workqueue.AlwaysHighPriority),
			builder.WithPredicates(predicate.Or(kubeutil.SpecOrAnnotationChanged, kubeutil.OrphanRequested))).
		Watches(&v1alpha1.RegisteredModel{}, workqueue.EnqueueWithPriority(r.mapModelToVersions, isModelEdited),
			builder.WithPredicates(modelChanged)).
		WatchesRawSource(r.Registry.Source("modelversion", r.mapRegistryEvent)).
		Complete(r)
}

// modelChanged selects models whose spec, conditions or stages changed. When an alias moves, the
// versions learn of it only from the status of the model.
var modelChanged = predicate.Funcs{UpdateFunc: func(e event.UpdateEvent) bool {
	before, after := e.ObjectOld.(*v1alpha1.RegisteredModel), e.ObjectNew.(*v1alpha1.RegisteredModel)
	return before.Generation != after.Generation ||
		before.Status.StageSummary != after.Status.StageSummary ||
		!equality.Semantic.DeepEqual(before.Status.Conditions, after.Status.Conditions)
}}

// isModelEdited reports whether a person edited the model.
func isModelEdited(e event.UpdateEvent) bool {
	return e.ObjectOld.GetGeneration() != e.ObjectNew.GetGeneration()
}

// mapModelToVersions returns the versions of a model.
func (r *Reconciler) mapModelToVersions(ctx context.Context, model client.Object) []reconcile.Request {
	versions, err := kubeutil.ListVersionsByModel(ctx, r.Client, client.ObjectKeyFromObject(model), kubeutil.UnsafeNoCopy)
	if err != nil {
		log.FromContext(ctx).Error(err, "Listing the versions of a model failed", "model", client.ObjectKeyFromObject(model))
	}
	return workqueue.NewRequests(versions)
}

// mapRegistryEvent returns the versions of the models that an event of a registry is about.
func (r *Reconciler) mapRegistryEvent(ctx context.Context, e registrycache.Event) []reconcile.Request {
	return modelref.MapEvent(ctx, r.Client, e, objectKind, r.mapModelToVersions)
}
