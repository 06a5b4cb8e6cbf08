// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package registrycache

import (
	"cmp"
	"context"
	"slices"
	"sync"

	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/util/workqueue"
	"sigs.k8s.io/controller-runtime/pkg/controller/priorityqueue"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
	"sigs.k8s.io/controller-runtime/pkg/source"
)

// Key identifies a connection: the namespace and the name of an MLflowConnection, or the name
// of a ClusterMLflowConnection, which has no namespace. The zero Key is the operator's
// default connection.
type Key = types.NamespacedName

// IsShared reports whether a key is that of a ClusterMLflowConnection.
func IsShared(key Key) bool {
	return key.Namespace == "" && key.Name != ""
}

func describeKey(key Key) string {
	if key == (Key{}) {
		return "the operator's default connection"
	}
	return key.String()
}

// Event says that a model or a connection changed.
type Event struct {
	Key Key
	// Model is the name in MLflow of the model that changed. It is empty if the change affects all
	// objects on the connection: it became ready, stopped being ready, failed for another
	// cause, or was replaced or removed.
	Model string
	// ObservedBy identifies the object that saw the change and needs no event; empty if there is
	// no such object. It is set only with Model. The callers of Notify and the MapFuncs
	// agree on its format.
	ObservedBy string
	// StateOnly is set if Model is empty and only the State changed: the connection stopped
	// being ready a moment ago, or its server reports another version.
	StateOnly bool
}

// MapFunc returns the objects that an event affects.
type MapFunc func(ctx context.Context, event Event) []reconcile.Request

type queue = workqueue.TypedRateLimitingInterface[reconcile.Request]

// eventSource is the source of one controller.
type eventSource struct {
	name        string
	mapFn       MapFunc
	broadcaster *broadcaster
	// connectionKeys returns the connections that are known.
	connectionKeys func() []Key
}

var _ source.Source = (*eventSource)(nil)

// Start subscribes and returns. It subscribes before it reads the known connections, so that
// no event is lost in between.
func (s *eventSource) Start(ctx context.Context, q queue) error {
	events := newEventQueue()
	s.broadcaster.subscribe(events)
	for _, key := range s.connectionKeys() {
		events.addEvents(Event{Key: key})
	}
	go s.processEvents(ctx, events, q)
	return nil
}

func (s *eventSource) processEvents(ctx context.Context, events *eventQueue, q queue) {
	defer s.broadcaster.unsubscribe(events)
	for {
		select {
		case <-ctx.Done():
			return
		case <-events.ready:
			for _, event := range events.takeEvents() {
				enqueueRequests(q, event, s.mapFn(ctx, event))
			}
		}
	}
}

// enqueueRequests gives low priority to the events of whole connections, so that one person's edit
// overtakes the thousands of objects on a connection that became ready.
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

// eventQueue is the set of events that one source has not delivered yet. It is a set and not a
// channel: a full channel blocks the poller or loses an event, and a set of
// names is never larger than the registry.
type eventQueue struct {
	ready chan struct{}

	mu     sync.Mutex
	events map[Event]struct{}
}

func newEventQueue() *eventQueue {
	return &eventQueue{ready: make(chan struct{}, 1), events: map[Event]struct{}{}}
}

func (q *eventQueue) addEvents(events ...Event) {
	if len(events) == 0 {
		return
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, event := range events {
		q.events[event] = struct{}{}
	}
	signalChannel(q.ready)
}

// takeEvents empties the set. An event for a whole connection replaces those for its
// models. The result is sorted, so that its effects have the same order each time.
func (q *eventQueue) takeEvents() []Event {
	q.mu.Lock()
	defer q.mu.Unlock()
	var events []Event
	for event := range q.events {
		wholeConnection := Event{Key: event.Key}
		if _, included := q.events[wholeConnection]; event == wholeConnection || !included {
			events = append(events, event)
		}
	}
	clear(q.events)
	slices.SortFunc(events, compareEvents)
	return events
}

func compareEvents(a, b Event) int {
	return cmp.Or(
		cmp.Compare(a.Key.Namespace, b.Key.Namespace),
		cmp.Compare(a.Key.Name, b.Key.Name),
		cmp.Compare(a.Model, b.Model),
		cmp.Compare(a.ObservedBy, b.ObservedBy),
	)
}

// broadcaster adds each event to the queue of each source.
type broadcaster struct {
	mu     sync.Mutex
	queues map[*eventQueue]struct{}
}

func (b *broadcaster) subscribe(q *eventQueue) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.queues == nil {
		b.queues = map[*eventQueue]struct{}{}
	}
	b.queues[q] = struct{}{}
}

func (b *broadcaster) unsubscribe(q *eventQueue) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.queues, q)
}

func (b *broadcaster) emit(events ...Event) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for q := range b.queues {
		q.addEvents(events...)
	}
}

// signalChannel leaves one signal in a channel with a buffer of one; a second would mean the same.
func signalChannel(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
