// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package registrycache

import (
	"context"

	"k8s.io/client-go/util/workqueue"
	"sigs.k8s.io/controller-runtime/pkg/controller/priorityqueue"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
	"sigs.k8s.io/controller-runtime/pkg/source"
)

// Event says that something may look different now.
type Event struct {
	Key Key
	// Model is MLflow's name of the model that changed. It is empty when everything on
	// the connection is concerned: it became ready or stopped being so, for another
	// cause than before, or was replaced or removed.
	Model string
	// ObservedBy is who saw the change, and need not be told; empty is nobody. It is set with Model
	// alone, and means what those who wake and those who map agree on.
	ObservedBy string
	// StateOnly is set where Model is empty and nothing but the State is concerned: the
	// connection stopped being ready a moment ago, or its server tells another version.
	StateOnly bool
}

// MapFunc finds the objects that an event concerns.
type MapFunc func(ctx context.Context, event Event) []reconcile.Request

type queue = workqueue.TypedRateLimitingInterface[reconcile.Request]

// Source feeds a controller with the events of all connections. The name is for
// logs. A source that starts late begins with one event for each known connection.
func (p *Provider) Source(name string, mapFn MapFunc) source.Source {
	return &eventSource{name: name, mapFn: mapFn, provider: p}
}

type eventSource struct {
	name     string
	mapFn    MapFunc
	provider *Provider
}

var _ source.Source = (*eventSource)(nil)

// Start subscribes and returns. The subscription comes before the look at what is
// known, so that nothing falls between them.
func (s *eventSource) Start(ctx context.Context, q queue) error {
	events := newEventQueue()
	s.provider.broadcaster.subscribe(events)
	for _, key := range s.provider.connectionKeys() {
		events.addEvents(Event{Key: key})
	}
	go s.run(ctx, events, q)
	return nil
}

func (s *eventSource) run(ctx context.Context, events *eventQueue, q queue) {
	defer s.provider.broadcaster.unsubscribe(events)
	for {
		select {
		case <-ctx.Done():
			return
		case <-events.ready:
			s.deliverEvents(ctx, events.takeEvents(), q)
		}
	}
}

func (s *eventSource) deliverEvents(ctx context.Context, events []Event, q queue) {
	for _, event := range events {
		enqueueRequests(q, event, s.mapFn(ctx, event))
	}
}

// enqueueRequests lets one person's edit overtake the thousands that a connection wakes
// when it becomes ready.
func enqueueRequests(q queue, event Event, requests []reconcile.Request) {
	prioritized, ok := q.(priorityqueue.PriorityQueue[reconcile.Request])
	if ok && event.Model == "" {
		prioritized.AddWithOpts(priorityqueue.AddOpts{Priority: new(handler.LowPriority)}, requests...)
		return
	}
	for _, request := range requests {
		q.Add(request)
	}
}

// String names the source in the controller's log.
func (s *eventSource) String() string {
	return "registry events for " + s.name
}
