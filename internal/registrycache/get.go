// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package registrycache

import (
	"errors"
	"fmt"
)

var (
	// ErrNotFound is a connection that the Provider was not told of: the object does
	// not exist, or its controller has not come to it yet. An event follows when it has.
	ErrNotFound = errors.New("connection is not known")
	// ErrNotReady is a connection that can't be used now. It wraps the cause; an event
	// follows when that changes.
	ErrNotReady = errors.New("connection is not ready")
	// errFirstListPending is the cause while there is no other.
	errFirstListPending = errors.New("its models are being listed for the first time")
)

// Get is the view of a ready connection, or ErrNotFound, or ErrNotReady with the cause.
func (p *Provider) Get(key Key) (*Snapshot, error) {
	p.mu.RLock()
	defer p.mu.RUnlock()
	c, known := p.connections[key]
	if !known {
		return nil, fmt.Errorf("%w: %s", ErrNotFound, describeKey(key))
	}
	state := c.snapshot.poller.health.currentState()
	if state.Ready {
		return c.snapshot, nil
	}
	cause := state.Err
	if cause == nil {
		cause = errFirstListPending
	}
	return nil, fmt.Errorf("%w: %s: %w", ErrNotReady, describeKey(key), cause)
}

// State is how the connection is; the zero State when it is not known.
func (p *Provider) State(key Key) State {
	p.mu.RLock()
	defer p.mu.RUnlock()
	c, known := p.connections[key]
	if !known {
		return State{}
	}
	return c.snapshot.poller.health.currentState()
}

// PollNow lists the connection's models at once, or again when a list is under way.
func (p *Provider) PollNow(key Key) {
	p.mu.RLock()
	defer p.mu.RUnlock()
	if c, known := p.connections[key]; known {
		notifyChannel(c.snapshot.poller.pollNow)
	}
}

// States tells how all connections are that are known.
func (p *Provider) States() map[Key]State {
	p.mu.RLock()
	defer p.mu.RUnlock()
	states := make(map[Key]State, len(p.connections))
	for key, c := range p.connections {
		states[key] = c.snapshot.poller.health.currentState()
	}
	return states
}

func (p *Provider) connectionKeys() []Key {
	p.mu.RLock()
	defer p.mu.RUnlock()
	keys := make([]Key, 0, len(p.connections))
	for key := range p.connections {
		keys = append(keys, key)
	}
	return keys
}

func describeKey(key Key) string {
	if key == (Key{}) {
		return "the operator's default connection"
	}
	return key.String()
}
