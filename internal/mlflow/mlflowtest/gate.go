// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflowtest

import (
	"context"
	"sync"
)

// Gate holds requests until it is opened, so that a test can act while one is in
// flight.
type Gate struct {
	arrived chan Call
	opened  chan struct{}
	once    sync.Once
}

// Gate makes a closed gate. Heal and Close open it.
func (s *Server) Gate() *Gate {
	gate := &Gate{arrived: make(chan Call), opened: make(chan struct{})}
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	s.faults.gates = append(s.faults.gates, gate)
	return gate
}

// Arrived gives each request that reaches the gate, once.
func (g *Gate) Arrived() <-chan Call { return g.arrived }

// Open lets the held requests go on, and all later ones.
func (g *Gate) Open() { g.once.Do(func() { close(g.opened) }) }

// Hold is the fault that holds a request before it is handled.
func (g *Gate) Hold() Fault { return Fault{before: g.wait} }

// HoldAnswer is the fault that handles a request and holds its answer.
func (g *Gate) HoldAnswer() Fault { return Fault{after: g.wait} }

// wait ends when the gate opens or the caller gives up.
func (g *Gate) wait(ctx context.Context, call *Call) {
	arrived := g.arrived
	for {
		select {
		case arrived <- *call:
			arrived = nil
		case <-g.opened:
			return
		case <-ctx.Done():
			return
		}
	}
}
