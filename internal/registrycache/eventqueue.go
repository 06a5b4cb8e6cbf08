// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package registrycache

import (
	"cmp"
	"slices"
	"sync"
)

// eventQueue is the set of events that one source has not delivered yet. A set, not a
// channel: a channel that is full blocks the poller or loses an event, and a set of
// names is never larger than the registry.
type eventQueue struct {
	ready chan struct{}

	mu     sync.Mutex
	events map[Event]struct{}
}

func newEventQueue() *eventQueue {
	return &eventQueue{ready: make(chan struct{}, 1), events: map[Event]struct{}{}}
}

func (p *eventQueue) addEvents(events ...Event) {
	if len(events) == 0 {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, event := range events {
		p.events[event] = struct{}{}
	}
	notifyChannel(p.ready)
}

// takeEvents empties the set. An event for a whole connection says all that those for its
// models would. Sorted, so that what follows from it is the same every time.
func (p *eventQueue) takeEvents() []Event {
	p.mu.Lock()
	defer p.mu.Unlock()
	var events []Event
	for event := range p.events {
		everything := Event{Key: event.Key}
		if _, whole := p.events[everything]; event == everything || !whole {
			events = append(events, event)
		}
	}
	clear(p.events)
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

// newEvents are the events of what changed on one connection.
func newEvents(key Key, changes []Change) []Event {
	events := make([]Event, 0, len(changes))
	for _, change := range changes {
		events = append(events, Event{Key: key, Model: change.Name})
	}
	return events
}

// broadcaster hands each event to every source.
type broadcaster struct {
	mu      sync.Mutex
	sources map[*eventQueue]struct{}
}

func (h *broadcaster) subscribe(p *eventQueue) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.sources == nil {
		h.sources = map[*eventQueue]struct{}{}
	}
	h.sources[p] = struct{}{}
}

func (h *broadcaster) unsubscribe(p *eventQueue) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.sources, p)
}

func (h *broadcaster) emit(events ...Event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for p := range h.sources {
		p.addEvents(events...)
	}
}
