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

// AddWatches wakes the objects of models that may be allowed something else than before: who may
// use a ClusterMLflowConnection was edited, or a namespace has other labels. What of finds
// for a model is woken.
func AddWatches(b *builder.Builder, objects client.Reader, of handler.MapFunc) *builder.Builder {
	w := modelMapper{objects: objects, mapModel: of}
	return b.
		Watches(&v1alpha1.ClusterMLflowConnection{}, handler.EnqueueRequestsFromMapFunc(w.mapConnection), builder.WithPredicates(policyChanged)).
		WatchesMetadata(&corev1.Namespace{}, handler.EnqueueRequestsFromMapFunc(w.mapNamespace), builder.WithPredicates(labelsChanged))
}

// policyChanged lets through connections that allow something else than before. What else is
// edited of one shows in its registry.
var policyChanged = predicate.Funcs{
	DeleteFunc:  func(event.DeleteEvent) bool { return false },
	GenericFunc: func(event.GenericEvent) bool { return false },
	UpdateFunc: func(e event.UpdateEvent) bool {
		before, after := e.ObjectOld.(*v1alpha1.ClusterMLflowConnection), e.ObjectNew.(*v1alpha1.ClusterMLflowConnection)
		return !equality.Semantic.DeepEqual(before.Spec.AllowedNamespaces, after.Spec.AllowedNamespaces) ||
			!equality.Semantic.DeepEqual(before.Spec.AllowedModels, after.Spec.AllowedModels)
	},
}

// labelsChanged lets through namespaces with other labels than before. One that is new may be
// seen later than the objects in it.
var labelsChanged = predicate.Funcs{
	DeleteFunc:  func(event.DeleteEvent) bool { return false },
	GenericFunc: func(event.GenericEvent) bool { return false },
	UpdateFunc: func(e event.UpdateEvent) bool {
		return !maps.Equal(e.ObjectOld.GetLabels(), e.ObjectNew.GetLabels())
	},
}

// MapEvent are the objects of the models that an event of a registry is about, but for who
// saw the change. Kind names them, and of finds them for a model.
func MapEvent(ctx context.Context, objects client.Reader, e registrycache.Event, kind string, of handler.MapFunc) []reconcile.Request {
	if e.StateOnly {
		return nil
	}
	models, err := kubeutil.ListModelsByConnectionAndName(ctx, objects, e.Key, e.Model, kubeutil.UnsafeNoCopy)
	if err != nil {
		log.FromContext(ctx).Error(err, "Listing the models of a connection failed")
	}
	var all []reconcile.Request
	for i := range models {
		all = append(all, of(ctx, &models[i])...)
	}
	return workqueue.ExcludeObserver(all, kind, e.ObservedBy)
}

type modelMapper struct {
	objects  client.Reader
	mapModel handler.MapFunc
}

// mapConnection are the objects of the models on a connection.
func (w modelMapper) mapConnection(ctx context.Context, connection client.Object) []reconcile.Request {
	models, err := kubeutil.ListModelsByConnection(ctx, w.objects, client.ObjectKeyFromObject(connection), kubeutil.UnsafeNoCopy)
	return w.collectRequests(ctx, models, err)
}

// mapNamespace are the objects of the models in a namespace that are on a shared connection.
func (w modelMapper) mapNamespace(ctx context.Context, namespace client.Object) []reconcile.Request {
	var list v1alpha1.RegisteredModelList
	err := w.objects.List(ctx, &list, client.InNamespace(namespace.GetName()), kubeutil.UnsafeNoCopy)
	return w.collectRequests(ctx, list.Items, err)
}

func (w modelMapper) collectRequests(ctx context.Context, models []v1alpha1.RegisteredModel, err error) []reconcile.Request {
	if err != nil {
		log.FromContext(ctx).Error(err, "Listing the models that share a connection failed")
	}
	var all []reconcile.Request
	for i := range models {
		if registrycache.IsShared(kubeutil.ConnectionKey(&models[i])) {
			all = append(all, w.mapModel(ctx, &models[i])...)
		}
	}
	return all
}
