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
	limit        int
	response     *response
	dropResponse bool
	before       func(context.Context, *Call)
	after        func(context.Context, *Call)
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
	rules *faultRules
}

// Remove ends the fault.
func (r *Rule) Remove() {
	r.rules.mu.Lock()
	defer r.rules.mu.Unlock()
	r.rules.rules = slices.DeleteFunc(r.rules.rules, func(other *Rule) bool { return other == r })
}

// Hits tells how often the fault struck.
func (r *Rule) Hits() int {
	r.rules.mu.Lock()
	defer r.rules.mu.Unlock()
	return r.hits
}

// faultRules are the rules in force; the first that matches a call strikes.
type faultRules struct {
	mu       sync.Mutex
	rules    []*Rule
	barriers []*Barrier
}

// InjectFault lets the calls that match fail. Calls of Users never match.
func (s *Server) InjectFault(match func(Call) bool, fault Fault) *Rule {
	rule := &Rule{match: match, fault: fault, rules: &s.faults}
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	s.faults.rules = append(s.faults.rules, rule)
	return rule
}

// ClearFaults removes all faults and opens all gates.
func (s *Server) ClearFaults() { s.faults.removeAll() }

func (f *faultRules) removeAll() {
	f.mu.Lock()
	gates := f.barriers
	f.rules, f.barriers = nil, nil
	f.mu.Unlock()
	for _, gate := range gates {
		gate.Release()
	}
}

func (f *faultRules) findFault(call *Call) Fault {
	if call.ByUser {
		return Fault{}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, rule := range f.rules {
		if rule.isExhausted() || !rule.match(*call) {
			continue
		}
		rule.hits++
		return rule.fault
	}
	return Fault{}
}

func (r *Rule) isExhausted() bool { return r.fault.limit > 0 && r.hits >= r.fault.limit }
