// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package workqueue

import (
	"context"
	"slices"
	"time"

	"k8s.io/client-go/util/workqueue"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/priorityqueue"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
)

// HighPriority is the priority of what a person waits for. New objects, and what a poll finds,
// have 0; what a restart, a resync or a recovered connection wakes has less.
const HighPriority = 100

type queue = workqueue.TypedRateLimitingInterface[reconcile.Request]

// ObserverID is how a controller's object is named as the one that saw a change in a registry.
func ObserverID(kind string, object client.ObjectKey) string {
	return kind + " " + object.String()
}

// ExcludeObserver are those of some objects that did not see a change themselves.
func ExcludeObserver(all []reconcile.Request, kind, by string) []reconcile.Request {
	return slices.DeleteFunc(all, func(r reconcile.Request) bool { return ObserverID(kind, r.NamespacedName) == by })
}

// ObjectRequest is the object itself.
func ObjectRequest(_ context.Context, obj client.Object) []reconcile.Request {
	return []reconcile.Request{{NamespacedName: client.ObjectKeyFromObject(obj)}}
}

// NewRequests are the requests for some objects, in their order.
func NewRequests[T any, Object interface {
	*T
	client.Object
}](all []T) []reconcile.Request {
	requests := make([]reconcile.Request, 0, len(all))
	for i := range all {
		requests = append(requests, reconcile.Request{NamespacedName: client.ObjectKeyFromObject(Object(&all[i]))})
	}
	return requests
}

// EnqueueWithPriority enqueues the objects that mapFn finds, before all others where the update is
// urgent.
func EnqueueWithPriority(mapFn handler.MapFunc, urgent func(event.UpdateEvent) bool) handler.EventHandler {
	ordinary := handler.EnqueueRequestsFromMapFunc(mapFn)
	return handler.Funcs{
		CreateFunc: ordinary.Create,
		DeleteFunc: ordinary.Delete,
		UpdateFunc: func(ctx context.Context, e event.UpdateEvent, q queue) {
			if !urgent(e) {
				ordinary.Update(ctx, e, q)
				return
			}
			addHighPriority(q, mapFn(ctx, e.ObjectNew))
		},
	}
}

// EnqueueHighPriority enqueues before all others the objects that mapFn finds for one that comes, changes or
// goes, but for those that are there at a start.
func EnqueueHighPriority(mapFn handler.MapFunc) handler.EventHandler {
	ordinary := handler.EnqueueRequestsFromMapFunc(mapFn)
	return handler.Funcs{
		CreateFunc: func(ctx context.Context, e event.CreateEvent, q queue) {
			if e.IsInInitialList {
				ordinary.Create(ctx, e, q)
				return
			}
			addHighPriority(q, mapFn(ctx, e.Object))
		},
		UpdateFunc: func(ctx context.Context, e event.UpdateEvent, q queue) { addHighPriority(q, mapFn(ctx, e.ObjectNew)) },
		DeleteFunc: func(ctx context.Context, e event.DeleteEvent, q queue) { addHighPriority(q, mapFn(ctx, e.Object)) },
	}
}

func addHighPriority(q queue, requests []reconcile.Request) {
	if prioritized, ok := q.(priorityqueue.PriorityQueue[reconcile.Request]); ok {
		prioritized.AddWithOpts(priorityqueue.AddOpts{Priority: new(HighPriority)}, requests...)
		return
	}
	for _, request := range requests {
		q.Add(request)
	}
}

// EnqueueLowPriority enqueues the objects that mapFn finds for one that comes or goes, after a while
// and after all others: for what they have to tell that somebody else tells already. What wakes them while they wait
// comes first, and instead.
func EnqueueLowPriority(mapFn handler.MapFunc, after time.Duration) handler.EventHandler {
	enqueue := func(ctx context.Context, obj client.Object, q queue) {
		if prioritized, ok := q.(priorityqueue.PriorityQueue[reconcile.Request]); ok {
			prioritized.AddWithOpts(priorityqueue.AddOpts{Priority: new(handler.LowPriority), After: after}, mapFn(ctx, obj)...)
			return
		}
		for _, request := range mapFn(ctx, obj) {
			q.AddAfter(request, after)
		}
	}
	return handler.Funcs{
		CreateFunc: func(ctx context.Context, e event.CreateEvent, q queue) { enqueue(ctx, e.Object, q) },
		DeleteFunc: func(ctx context.Context, e event.DeleteEvent, q queue) { enqueue(ctx, e.Object, q) },
	}
}

// AlwaysHighPriority is for updates of which all are urgent.
func AlwaysHighPriority(event.UpdateEvent) bool { return true }
