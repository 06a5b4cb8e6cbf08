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
	"github.com/neuronews/mlflow-registry-operator/internal/controller/connecting"
	"github.com/neuronews/mlflow-registry-operator/internal/kube"
	"github.com/neuronews/mlflow-registry-operator/internal/registry"
	"github.com/neuronews/mlflow-registry-operator/internal/retention"
)

// SetupWithManager watches models, their promotions, the ModelVersions that these name, the
// registries they are in, and what allows them there.
func (r *Reconciler) SetupWithManager(mgr ctrl.Manager, options controller.Options) error {
	return connecting.Watch(ctrl.NewControllerManagedBy(mgr), r.Client, kube.Self).
		Named("registeredmodel").
		WithOptions(options).
		For(&v1alpha1.RegisteredModel{}, builder.WithPredicates(kube.ComesOrGoes)).
		Watches(&v1alpha1.RegisteredModel{}, kube.Enqueue(kube.Self, kube.Always), builder.WithPredicates(editedOrAbandoned)).
		// Of two objects that were created in the same second, the one that is seen first may be
		// the younger.
		Watches(&v1alpha1.RegisteredModel{}, handler.EnqueueRequestsFromMapFunc(r.rivals), builder.WithPredicates(kube.ComesOrGoes)).
		Watches(&v1alpha1.ModelClass{}, handler.EnqueueRequestsFromMapFunc(r.modelsOf), builder.WithPredicates(kube.SpecChanges)).
		Watches(&v1alpha1.ModelPromotion{}, handler.EnqueueRequestsFromMapFunc(modelOf), builder.WithPredicates(handsChanged)).
		Watches(&v1alpha1.ModelPromotion{}, handler.EnqueueRequestsFromMapFunc(r.retaining), builder.WithPredicates(needsChanged)).
		Watches(&v1alpha1.ModelPromotion{}, kube.Eventually(modelOf, naming), builder.WithPredicates(kube.ComesOrGoes)).
		Watches(&v1alpha1.ModelVersion{}, handler.EnqueueRequestsFromMapFunc(r.retainingFor), builder.WithPredicates(goes)).
		WatchesRawSource(r.Registry.Source("registeredmodel", r.concerned)).
		Complete(r)
}

var editedOrAbandoned = predicate.Or[client.Object](kube.Edited, kube.Abandoned)

// naming is how soon a model names a promotion that has come or gone and that no stage
// changed hands by. Whoever made it looks at the promotion itself.
const naming = 5 * time.Second

// handsChanged lets through promotions that record something else than before, or that
// begin or cease to be a dry run, which holds no stage.
var handsChanged = predicate.Funcs{
	CreateFunc: func(event.CreateEvent) bool { return false },
	DeleteFunc: func(event.DeleteEvent) bool { return false },
	UpdateFunc: func(e event.UpdateEvent) bool {
		before, after := e.ObjectOld.(*v1alpha1.ModelPromotion), e.ObjectNew.(*v1alpha1.ModelPromotion)
		return before.Spec.Mode != after.Spec.Mode ||
			!equality.Semantic.DeepEqual(before.Status.History, after.Status.History)
	},
}

// needsChanged lets through promotions that need other versions than before.
var needsChanged = predicate.Funcs{
	CreateFunc: func(event.CreateEvent) bool { return false },
	DeleteFunc: func(event.DeleteEvent) bool { return false },
	UpdateFunc: func(e event.UpdateEvent) bool {
		before, after := e.ObjectOld.(*v1alpha1.ModelPromotion), e.ObjectNew.(*v1alpha1.ModelPromotion)
		return !equality.Semantic.DeepEqual(before.Spec.Reference(), after.Spec.Reference()) ||
			!maps.Equal(needsOf(before), needsOf(after))
	},
}

// needsOf are the versions that a promotion needs, but for that of a ModelVersion.
func needsOf(p *v1alpha1.ModelPromotion) retention.Protected {
	return retention.Protect(nil, []v1alpha1.ModelPromotion{*p}, nil)
}

// goes lets through what is gone. The version of a ModelVersion that comes, or is registered,
// was not kept by it before: nothing becomes due.
var goes = predicate.Funcs{
	CreateFunc:  func(event.CreateEvent) bool { return false },
	UpdateFunc:  func(event.UpdateEvent) bool { return false },
	GenericFunc: func(event.GenericEvent) bool { return false },
}

// retaining is the model of a promotion, where its versions are counted because it has a
// retention.
func (r *Reconciler) retaining(ctx context.Context, obj client.Object) []reconcile.Request {
	requests := modelOf(ctx, obj)
	var model v1alpha1.RegisteredModel
	if err := r.Get(ctx, requests[0].NamespacedName, &model); err != nil || model.Status.Versions == nil {
		return nil
	}
	return requests
}

// retainingFor are the models whose promotions name a ModelVersion, where their versions are
// counted.
func (r *Reconciler) retainingFor(ctx context.Context, version client.Object) []reconcile.Request {
	promotions, err := kube.PromotionsWanting(ctx, r.Client, client.ObjectKeyFromObject(version), kube.Uncopied)
	if err != nil {
		log.FromContext(ctx).Error(err, "Listing the promotions of a version failed")
	}
	var requests []reconcile.Request
	for i := range promotions {
		requests = append(requests, r.retaining(ctx, &promotions[i])...)
	}
	return requests
}

func modelOf(_ context.Context, obj client.Object) []reconcile.Request {
	p := obj.(*v1alpha1.ModelPromotion)
	return []reconcile.Request{{NamespacedName: types.NamespacedName{
		Namespace: p.Namespace, Name: string(p.Spec.ModelRef.Name),
	}}}
}

// rivals are the other objects that declare the same model.
func (r *Reconciler) rivals(ctx context.Context, obj client.Object) []reconcile.Request {
	models, err := kube.ModelsNamed(ctx, r.Client, obj.(*v1alpha1.RegisteredModel).MLflowName(), kube.Uncopied)
	if err != nil {
		log.FromContext(ctx).Error(err, "Listing rivals failed")
	}
	return kube.Requests(models)
}

// concerned are the objects that an event of a registry is about.
func (r *Reconciler) concerned(ctx context.Context, e registry.Event) []reconcile.Request {
	return connecting.Concerned(ctx, r.Client, e, kind, kube.Self)
}
