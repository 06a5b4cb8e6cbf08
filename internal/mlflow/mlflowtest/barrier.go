// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflowtest

import (
	"context"
	"sync"
)

// Barrier holds requests until it is opened, so that a test can act while one is in
// flight.
type Barrier struct {
	calls    chan Call
	released chan struct{}
	once     sync.Once
}

// NewBarrier makes a closed gate. Heal and Close open it.
func (s *Server) NewBarrier() *Barrier {
	gate := &Barrier{calls: make(chan Call), released: make(chan struct{})}
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	s.faults.barriers = append(s.faults.barriers, gate)
	return gate
}

// Calls gives each request that reaches the gate, once.
func (g *Barrier) Calls() <-chan Call { return g.calls }

// Release lets the held requests go on, and all later ones.
func (g *Barrier) Release() { g.once.Do(func() { close(g.released) }) }

// BlockRequest is the fault that holds a request before it is handled.
func (g *Barrier) BlockRequest() Fault { return Fault{before: g.waitForRelease} }

// BlockResponse is the fault that handles a request and holds its answer.
func (g *Barrier) BlockResponse() Fault { return Fault{after: g.waitForRelease} }

// waitForRelease ends when the gate opens or the caller gives up.
func (g *Barrier) waitForRelease(ctx context.Context, call *Call) {
	arrived := g.calls
	for {
		select {
		case arrived <- *call:
			arrived = nil
		case <-g.released:
			return
		case <-ctx.Done():
			return
		}
	}
}
