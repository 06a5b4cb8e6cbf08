// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package modelref

import (
	"context"
	"maps"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/kubeutil"
	"github.com/neuronews/mlflow-registry-operator/internal/registrycache"
	"github.com/neuronews/mlflow-registry-operator/internal/workqueue"
)

var namespaceKind = corev1.SchemeGroupVersion.WithKind("Namespace")

// AddWatches reconciles the objects of models whose authorization may have changed: the policy of a
// ClusterMLflowConnection was edited, or a namespace has different labels. MapModel finds the
// objects of a model.
func AddWatches(b *builder.Builder, objects client.Reader, mapModel handler.MapFunc) *builder.Builder {
	m := modelMapper{objects: objects, mapModel: mapModel}
	return b.
		Watches(&v1alpha1.ClusterMLflowConnection{}, handler.EnqueueRequestsFromMapFunc(m.mapConnection), builder.WithPredicates(policyChanged)).
		WatchesMetadata(&corev1.Namespace{}, handler.EnqueueRequestsFromMapFunc(m.mapNamespace), builder.WithPredicates(labelsChanged))
}

// policyChanged selects connections with a different policy. Other edits of a connection show in
// the state of its registry.
var policyChanged = predicate.Funcs{
	DeleteFunc:  func(event.DeleteEvent) bool { return false },
	GenericFunc: func(event.GenericEvent) bool { return false },
	UpdateFunc: func(e event.UpdateEvent) bool {
		before, after := e.ObjectOld.(*v1alpha1.ClusterMLflowConnection), e.ObjectNew.(*v1alpha1.ClusterMLflowConnection)
		return !equality.Semantic.DeepEqual(before.Spec.AllowedNamespaces, after.Spec.AllowedNamespaces) ||
			!equality.Semantic.DeepEqual(before.Spec.AllowedModels, after.Spec.AllowedModels)
	},
}

// labelsChanged selects namespaces with different labels. A new namespace may be seen later than
// the objects in it.
var labelsChanged = predicate.Funcs{
	DeleteFunc:  func(event.DeleteEvent) bool { return false },
	GenericFunc: func(event.GenericEvent) bool { return false },
	UpdateFunc: func(e event.UpdateEvent) bool {
		return !maps.Equal(e.ObjectOld.GetLabels(), e.ObjectNew.GetLabels())
	},
}

// MapEvent returns the objects of the models that an event of a registry is about, without the
// observer of the change. Kind is the kind of the objects, and mapModel finds them for a model.
func MapEvent(
	ctx context.Context, objects client.Reader, e registrycache.Event, kind string, mapModel handler.MapFunc,
) []reconcile.Request {
	if e.StateOnly {
		return nil
	}
	models, err := kubeutil.ListModelsByConnectionAndName(ctx, objects, e.Key, e.Model, kubeutil.UnsafeNoCopy)
	if err != nil {
		log.FromContext(ctx).Error(err, "Listing the models of a connection failed")
	}
	var all []reconcile.Request
	for i := range models {
		all = append(all, mapModel(ctx, &models[i])...)
	}
	return workqueue.ExcludeObserver(all, kind, e.ObservedBy)
}

// modelMapper finds the objects of the models that depend on a connection or a namespace.
type modelMapper struct {
	objects  client.Reader
	mapModel handler.MapFunc
}

// mapConnection returns the objects of the models on a connection.
func (m modelMapper) mapConnection(ctx context.Context, connection client.Object) []reconcile.Request {
	models, err := kubeutil.ListModelsByConnection(ctx, m.objects, client.ObjectKeyFromObject(connection), kubeutil.UnsafeNoCopy)
	return m.collectRequests(ctx, models, err)
}

// mapNamespace returns the objects of the models in a namespace that use a shared connection.
func (m modelMapper) mapNamespace(ctx context.Context, namespace client.Object) []reconcile.Request {
	var list v1alpha1.RegisteredModelList
	err := m.objects.List(ctx, &list, client.InNamespace(namespace.GetName()), kubeutil.UnsafeNoCopy)
	return m.collectRequests(ctx, list.Items, err)
}

func (m modelMapper) collectRequests(ctx context.Context, models []v1alpha1.RegisteredModel, err error) []reconcile.Request {
	if err != nil {
		log.FromContext(ctx).Error(err, "Listing the models that share a connection failed")
	}
	var all []reconcile.Request
	for i := range models {
		if registrycache.IsShared(kubeutil.ConnectionKey(&models[i])) {
			all = append(all, m.mapModel(ctx, &models[i])...)
		}
	}
	return all
}
