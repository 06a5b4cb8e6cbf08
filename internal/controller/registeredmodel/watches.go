// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package registeredmodel

import (
	"context"
	"maps"
	"time"

	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/types"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/controller/modelref"
	"github.com/neuronews/mlflow-registry-operator/internal/kubeutil"
	"github.com/neuronews/mlflow-registry-operator/internal/registrycache"
	"github.com/neuronews/mlflow-registry-operator/internal/retention"
	"github.com/neuronews/mlflow-registry-operator/internal/workqueue"
)

// SetupWithManager watches models, their promotions and classes, the ModelVersions that promotions
// refer to, the registries, and what authorizes the models there.
// Creations and deletions have normal priority, because thousands may come at once. An edit has high
// priority, because a person waits for it.
func (r *Reconciler) SetupWithManager(mgr ctrl.Manager, options controller.Options) error {
	return modelref.AddWatches(ctrl.NewControllerManagedBy(mgr), r.Client, workqueue.ObjectRequest).
		Named("registeredmodel").
		WithOptions(options).
		For(&v1alpha1.RegisteredModel{}, builder.WithPredicates(kubeutil.CreateOrDelete)).
		Watches(&v1alpha1.RegisteredModel{}, workqueue.EnqueueWithPriority(workqueue.ObjectRequest, workqueue.AlwaysHighPriority),
			builder.WithPredicates(editedOrOrphaned)).
		// If two objects were created in the same second, the one that is seen first may be the
		// younger.
		Watches(&v1alpha1.RegisteredModel{}, handler.EnqueueRequestsFromMapFunc(r.mapToConflicting),
			builder.WithPredicates(kubeutil.CreateOrDelete)).
		Watches(&v1alpha1.ModelClass{}, handler.EnqueueRequestsFromMapFunc(r.mapClassToModels),
			builder.WithPredicates(kubeutil.GenerationChanged)).
		Watches(&v1alpha1.ModelPromotion{}, handler.EnqueueRequestsFromMapFunc(mapPromotionToModel), builder.WithPredicates(historyChanged)).
		Watches(&v1alpha1.ModelPromotion{}, handler.EnqueueRequestsFromMapFunc(r.mapPromotionToRetention),
			builder.WithPredicates(protectedChanged)).
		Watches(&v1alpha1.ModelPromotion{}, workqueue.EnqueueLowPriority(mapPromotionToModel, promotionNameDelay),
			builder.WithPredicates(kubeutil.CreateOrDelete)).
		Watches(&v1alpha1.ModelVersion{}, handler.EnqueueRequestsFromMapFunc(r.mapVersionToRetention), builder.WithPredicates(deletedOnly)).
		WatchesRawSource(r.Registry.Source("registeredmodel", r.mapRegistryEvent)).
		Complete(r)
}

var editedOrOrphaned = predicate.Or[client.Object](kubeutil.SpecOrAnnotationChanged, kubeutil.OrphanRequested)

// promotionNameDelay is how soon the status of a model names a promotion that was created or
// deleted and that changed no stage. Five seconds, because a person who creates a promotion watches
// the promotion itself.
const promotionNameDelay = 5 * time.Second

// historyChanged selects promotions whose history changed, or whose mode changed: a dry run holds
// no stage.
var historyChanged = predicate.Funcs{
	CreateFunc: func(event.CreateEvent) bool { return false },
	DeleteFunc: func(event.DeleteEvent) bool { return false },
	UpdateFunc: func(e event.UpdateEvent) bool {
		before, after := e.ObjectOld.(*v1alpha1.ModelPromotion), e.ObjectNew.(*v1alpha1.ModelPromotion)
		return before.Spec.Mode != after.Spec.Mode ||
			!equality.Semantic.DeepEqual(before.Status.History, after.Status.History)
	},
}

// protectedChanged selects promotions that need different versions than before.
var protectedChanged = predicate.Funcs{
	CreateFunc: func(event.CreateEvent) bool { return false },
	DeleteFunc: func(event.DeleteEvent) bool { return false },
	UpdateFunc: func(e event.UpdateEvent) bool {
		before, after := e.ObjectOld.(*v1alpha1.ModelPromotion), e.ObjectNew.(*v1alpha1.ModelPromotion)
		return !equality.Semantic.DeepEqual(before.Spec.Reference(), after.Spec.Reference()) ||
			!maps.Equal(findProtectedBy(before), findProtectedBy(after))
	},
}

// findProtectedBy returns the versions that a promotion needs, without the one of a ModelVersion.
func findProtectedBy(p *v1alpha1.ModelPromotion) retention.ProtectedVersions {
	return retention.FindProtected(nil, []v1alpha1.ModelPromotion{*p}, nil)
}

// deletedOnly selects deleted objects. A ModelVersion that is created or registered protected
// nothing before, so no version becomes due.
var deletedOnly = predicate.Funcs{
	CreateFunc:  func(event.CreateEvent) bool { return false },
	UpdateFunc:  func(event.UpdateEvent) bool { return false },
	GenericFunc: func(event.GenericEvent) bool { return false },
}

// mapPromotionToRetention returns the model of a promotion if the model has a retention.
func (r *Reconciler) mapPromotionToRetention(ctx context.Context, obj client.Object) []reconcile.Request {
	requests := mapPromotionToModel(ctx, obj)
	var model v1alpha1.RegisteredModel
	if err := r.Get(ctx, requests[0].NamespacedName, &model); err != nil || model.Status.Versions == nil {
		return nil
	}
	return requests
}

// mapVersionToRetention returns the models with a retention whose promotions refer to a
// ModelVersion.
func (r *Reconciler) mapVersionToRetention(ctx context.Context, version client.Object) []reconcile.Request {
	promotions, err := kubeutil.ListPromotionsByModelVersion(ctx, r.Client, client.ObjectKeyFromObject(version), kubeutil.UnsafeNoCopy)
	if err != nil {
		log.FromContext(ctx).Error(err, "Listing the promotions of a version failed")
	}
	var requests []reconcile.Request
	for i := range promotions {
		requests = append(requests, r.mapPromotionToRetention(ctx, &promotions[i])...)
	}
	return requests
}

func mapPromotionToModel(_ context.Context, obj client.Object) []reconcile.Request {
	p := obj.(*v1alpha1.ModelPromotion)
	return []reconcile.Request{{NamespacedName: types.NamespacedName{
		Namespace: p.Namespace, Name: string(p.Spec.ModelRef.Name),
	}}}
}

// mapToConflicting returns the other objects that declare the same model.
func (r *Reconciler) mapToConflicting(ctx context.Context, obj client.Object) []reconcile.Request {
	models, err := kubeutil.ListModelsByMLflowName(ctx, r.Client, obj.(*v1alpha1.RegisteredModel).MLflowName(), kubeutil.UnsafeNoCopy)
	if err != nil {
		log.FromContext(ctx).Error(err, "Listing the conflicting models failed")
	}
	return workqueue.NewRequests(models)
}

// mapRegistryEvent returns the objects that an event of a registry is about.
func (r *Reconciler) mapRegistryEvent(ctx context.Context, e registrycache.Event) []reconcile.Request {
	return modelref.MapEvent(ctx, r.Client, e, objectKind, workqueue.ObjectRequest)
}

// mapClassToModels returns the models of a class.
func (r *Reconciler) mapClassToModels(ctx context.Context, class client.Object) []reconcile.Request {
	models, err := kubeutil.ListModelsByClass(ctx, r.Client, class.GetName(), kubeutil.UnsafeNoCopy)
	if err != nil {
		log.FromContext(ctx).Error(err, "Listing the models of a class failed", "class", class.GetName())
	}
	return workqueue.NewRequests(models)
}
