// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package modelpromotion

import (
	"context"

	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
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
	"github.com/neuronews/mlflow-registry-operator/internal/workqueue"
)

// SetupWithManager watches promotions, their models with their classes, connections and registries,
// and the versions and approvals that they refer to.
// Creations and deletions have normal priority, because thousands may come at once. An edit has high
// priority, because a person waits for it.
func (r *Reconciler) SetupWithManager(mgr ctrl.Manager, options controller.Options) error {
	return modelref.AddWatches(ctrl.NewControllerManagedBy(mgr), r.Client, r.mapModelToPromotions).
		Named("modelpromotion").
		WithOptions(options).
		For(&v1alpha1.ModelPromotion{}, builder.WithPredicates(kubeutil.CreateOrDelete)).
		Watches(&v1alpha1.ModelPromotion{}, workqueue.EnqueueWithPriority(workqueue.ObjectRequest, workqueue.AlwaysHighPriority),
			builder.WithPredicates(kubeutil.SpecOrAnnotationChanged)).
		Watches(&v1alpha1.ModelPromotion{}, handler.EnqueueRequestsFromMapFunc(r.mapToSiblings),
			builder.WithPredicates(siblingChanged)).
		Watches(&v1alpha1.RegisteredModel{}, workqueue.EnqueueWithPriority(r.mapModelToPromotions, isModelEdited),
			builder.WithPredicates(modelChanged)).
		Watches(&v1alpha1.ModelClass{}, handler.EnqueueRequestsFromMapFunc(r.mapClassToPromotions),
			builder.WithPredicates(kubeutil.GenerationChanged)).
		Watches(&v1alpha1.ModelVersion{}, workqueue.EnqueueWithPriority(r.mapVersionToPromotions, workqueue.AlwaysHighPriority),
			builder.WithPredicates(versionChanged)).
		Watches(&v1alpha1.PromotionApproval{}, workqueue.EnqueueHighPriority(mapApprovalToPromotion),
			builder.WithPredicates(approvalChanged)).
		WatchesRawSource(r.Registry.Source("modelpromotion", r.mapRegistryEvent)).
		Complete(r)
}

// siblingChanged passes promotions that were created or deleted, that have a new record or another
// start of their current version, or that change between dry run and writing: what a sibling
// waits for or conflicts with. Of two promotions that were created in the same second, the younger
// one may be seen first.
var siblingChanged = predicate.Funcs{
	UpdateFunc: func(e event.UpdateEvent) bool {
		before, after := e.ObjectOld.(*v1alpha1.ModelPromotion), e.ObjectNew.(*v1alpha1.ModelPromotion)
		return before.Spec.Mode != after.Spec.Mode ||
			!equality.Semantic.DeepEqual(before.Status.History, after.Status.History) ||
			!before.Status.CurrentVersionSince.Equal(after.Status.CurrentVersionSince)
	},
}

// approvalChanged passes approvals that were created or deleted, or whose deletion began. Their
// spec never changes.
var approvalChanged = predicate.Funcs{UpdateFunc: func(e event.UpdateEvent) bool {
	return e.ObjectOld.GetDeletionTimestamp().IsZero() != e.ObjectNew.GetDeletionTimestamp().IsZero()
}}

// mapApprovalToPromotion maps an approval to its promotion, whether that exists or not.
func mapApprovalToPromotion(_ context.Context, obj client.Object) []reconcile.Request {
	approval := obj.(*v1alpha1.PromotionApproval)
	return []reconcile.Request{{NamespacedName: types.NamespacedName{
		Namespace: approval.Namespace, Name: string(approval.Spec.PromotionRef.Name),
	}}}
}

// modelChanged passes models whose spec or conditions changed.
var modelChanged = predicate.Funcs{UpdateFunc: func(e event.UpdateEvent) bool {
	before, after := e.ObjectOld.(*v1alpha1.RegisteredModel), e.ObjectNew.(*v1alpha1.RegisteredModel)
	return before.Generation != after.Generation ||
		!equality.Semantic.DeepEqual(before.Status.Conditions, after.Status.Conditions)
}}

// versionChanged passes versions that were created or deleted, or whose registration changed.
var versionChanged = predicate.Funcs{UpdateFunc: func(e event.UpdateEvent) bool {
	before, after := e.ObjectOld.(*v1alpha1.ModelVersion), e.ObjectNew.(*v1alpha1.ModelVersion)
	return before.Status.Version != after.Status.Version ||
		!equality.Semantic.DeepEqual(registeredCondition(before), registeredCondition(after))
}}

func registeredCondition(v *v1alpha1.ModelVersion) *metav1.Condition {
	return meta.FindStatusCondition(v.Status.Conditions, v1alpha1.ConditionRegistered)
}

// isModelEdited reports whether a person edited the model, or the edit was reconciled: a person who
// changes a gate waits for the promotions.
func isModelEdited(e event.UpdateEvent) bool {
	before, after := e.ObjectOld.(*v1alpha1.RegisteredModel), e.ObjectNew.(*v1alpha1.RegisteredModel)
	observed := before.Status.ObservedGeneration
	return observed > 0 && (before.Generation != after.Generation || observed != after.Status.ObservedGeneration)
}

// mapToSiblings maps a promotion to the other promotions of its model.
func (r *Reconciler) mapToSiblings(ctx context.Context, obj client.Object) []reconcile.Request {
	p := obj.(*v1alpha1.ModelPromotion)
	model := types.NamespacedName{Namespace: p.Namespace, Name: string(p.Spec.ModelRef.Name)}
	var others []reconcile.Request
	for _, request := range r.listPromotionRequests(ctx, model) {
		if request.Name != p.Name {
			others = append(others, request)
		}
	}
	return others
}

func (r *Reconciler) mapModelToPromotions(ctx context.Context, model client.Object) []reconcile.Request {
	return r.listPromotionRequests(ctx, client.ObjectKeyFromObject(model))
}

// mapVersionToPromotions maps a ModelVersion to the promotions that refer to it.
func (r *Reconciler) mapVersionToPromotions(ctx context.Context, version client.Object) []reconcile.Request {
	promotions, err := kubeutil.ListPromotionsByModelVersion(ctx, r.Client, client.ObjectKeyFromObject(version), kubeutil.UnsafeNoCopy)
	if err != nil {
		log.FromContext(ctx).Error(err, "Listing the promotions of a version failed", "version", client.ObjectKeyFromObject(version))
	}
	return workqueue.NewRequests(promotions)
}

// mapRegistryEvent maps an event of a registry to the promotions of its models.
func (r *Reconciler) mapRegistryEvent(ctx context.Context, e registrycache.Event) []reconcile.Request {
	return modelref.MapEvent(ctx, r.Client, e, objectKind, r.mapModelToPromotions)
}

// mapClassToPromotions maps a class to the promotions of all of its models.
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

func (r *Reconciler) listPromotionRequests(ctx context.Context, model types.NamespacedName) []reconcile.Request {
	promotions, err := kubeutil.ListPromotionsByModel(ctx, r.Client, model, kubeutil.UnsafeNoCopy)
	if err != nil {
		log.FromContext(ctx).Error(err, "Listing the promotions of a model failed", "model", model)
	}
	return workqueue.NewRequests(promotions)
}
