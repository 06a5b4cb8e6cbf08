// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflowtest

import (
	"context"
	"slices"
	"sync"
)

// Fault is a way to fail. The zero value fails nothing.
type Fault struct {
	limit   int
	instead *answer
	lose    bool
	before  func(context.Context, *Call)
	after   func(context.Context, *Call)
}

// Times ends the fault after n calls; without it a fault stays until it is removed.
func (f Fault) Times(n int) Fault {
	f.limit = n
	return f
}

// Rule is a fault in force.
type Rule struct {
	match func(Call) bool
	fault Fault
	hits  int
	owner *faults
}

// Remove ends the fault.
func (r *Rule) Remove() {
	r.owner.mu.Lock()
	defer r.owner.mu.Unlock()
	r.owner.rules = slices.DeleteFunc(r.owner.rules, func(other *Rule) bool { return other == r })
}

// Hits tells how often the fault struck.
func (r *Rule) Hits() int {
	r.owner.mu.Lock()
	defer r.owner.mu.Unlock()
	return r.hits
}

// faults are the rules in force; the first that matches a call strikes.
type faults struct {
	mu    sync.Mutex
	rules []*Rule
	gates []*Gate
}

// Fail lets the calls that match fail. Calls of Users never match.
func (s *Server) Fail(match func(Call) bool, fault Fault) *Rule {
	rule := &Rule{match: match, fault: fault, owner: &s.faults}
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	s.faults.rules = append(s.faults.rules, rule)
	return rule
}

// Heal removes all faults and opens all gates.
func (s *Server) Heal() { s.faults.clear() }

func (f *faults) clear() {
	f.mu.Lock()
	gates := f.gates
	f.rules, f.gates = nil, nil
	f.mu.Unlock()
	for _, gate := range gates {
		gate.Open()
	}
}

func (f *faults) match(call *Call) Fault {
	if call.ByUser {
		return Fault{}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, rule := range f.rules {
		if rule.spent() || !rule.match(*call) {
			continue
		}
		rule.hits++
		return rule.fault
	}
	return Fault{}
}

func (r *Rule) spent() bool { return r.fault.limit > 0 && r.hits >= r.fault.limit }
