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

// HighPriority is the priority of a request for which a person waits. New objects, and changes that a poll
// finds, have 0; a restart, a resync and a recovered connection enqueue with less.
const HighPriority = 100

type queue = workqueue.TypedRateLimitingInterface[reconcile.Request]

// ObserverID identifies an object of a controller that saw a change in a registry. See
// registrycache.Event.ObservedBy.
func ObserverID(kind string, object client.ObjectKey) string {
	return kind + " " + object.String()
}

// ExcludeObserver returns the requests without the one for the object that saw the change.
func ExcludeObserver(all []reconcile.Request, kind, observedBy string) []reconcile.Request {
	return slices.DeleteFunc(all, func(r reconcile.Request) bool { return ObserverID(kind, r.NamespacedName) == observedBy })
}

// ObjectRequest is a MapFunc that returns the request for the object itself.
func ObjectRequest(_ context.Context, obj client.Object) []reconcile.Request {
	return []reconcile.Request{{NamespacedName: client.ObjectKeyFromObject(obj)}}
}

// NewRequests returns the requests for some objects, in the same order.
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

// EnqueueWithPriority enqueues the objects that mapFn returns, with high priority if isUrgent returns true for
// the update.
func EnqueueWithPriority(mapFn handler.MapFunc, isUrgent func(event.UpdateEvent) bool) handler.EventHandler {
	ordinary := handler.EnqueueRequestsFromMapFunc(mapFn)
	return handler.Funcs{
		CreateFunc: ordinary.Create,
		DeleteFunc: ordinary.Delete,
		UpdateFunc: func(ctx context.Context, e event.UpdateEvent, q queue) {
			if !isUrgent(e) {
				ordinary.Update(ctx, e, q)
				return
			}
			addHighPriority(q, mapFn(ctx, e.ObjectNew))
		},
	}
}

// EnqueueHighPriority enqueues with high priority the objects that mapFn returns for an object that is created,
// updated or deleted. The objects of the initial list have ordinary priority.
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

// EnqueueLowPriority enqueues the objects that mapFn returns for an object that is created or deleted, after a
// delay and with low priority. Use it if the status of another object already reports the change. Another event
// for the same object during the delay replaces this one.
func EnqueueLowPriority(mapFn handler.MapFunc, delay time.Duration) handler.EventHandler {
	enqueue := func(ctx context.Context, obj client.Object, q queue) {
		if prioritized, ok := q.(priorityqueue.PriorityQueue[reconcile.Request]); ok {
			prioritized.AddWithOpts(priorityqueue.AddOpts{Priority: new(handler.LowPriority), After: delay}, mapFn(ctx, obj)...)
			return
		}
		for _, request := range mapFn(ctx, obj) {
			q.AddAfter(request, delay)
		}
	}
	return handler.Funcs{
		CreateFunc: func(ctx context.Context, e event.CreateEvent, q queue) { enqueue(ctx, e.Object, q) },
		DeleteFunc: func(ctx context.Context, e event.DeleteEvent, q queue) { enqueue(ctx, e.Object, q) },
	}
}

// AlwaysHighPriority makes EnqueueWithPriority treat each update as urgent.
func AlwaysHighPriority(event.UpdateEvent) bool { return true }
