// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflowtest

import (
	"slices"
	"strings"
	"sync"
	"sync/atomic"
)

// recorder keeps the calls of the tested client, in the order of their answers.
type recorder struct {
	mu    sync.Mutex
	calls []Call
	hooks []func(Write)
}

func (r *recorder) recordCall(call *Call) {
	if call.ByUser {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.calls = append(r.calls, *call)
}

func (r *recorder) notifyHooks(call *Call) {
	r.mu.Lock()
	hooks := slices.Clone(r.hooks)
	r.mu.Unlock()
	for _, hook := range hooks {
		hook(*call)
	}
}

// OnWrite calls the hook after each applied write and before its answer, on the goroutine of the
// request and without a lock, so that the hook may inspect the server. Writes of Users count,
// too.
func (s *Server) OnWrite(hook func(Write)) {
	s.recorder.mu.Lock()
	defer s.recorder.mu.Unlock()
	s.recorder.hooks = append(s.recorder.hooks, hook)
}

// Calls returns all calls so far, except those of Users.
func (s *Server) Calls() []Call {
	s.recorder.mu.Lock()
	defer s.recorder.mu.Unlock()
	return slices.Clone(s.recorder.calls)
}

// Writes returns the calls of endpoints that change something. Failed ones have Applied false.
func (s *Server) Writes() []Write {
	return slices.DeleteFunc(s.Calls(), func(c Call) bool { return !c.Write })
}

// CountCalls returns the number of calls of an endpoint: "registered-models/get", or with its
// method "DELETE registered-models/alias".
func (s *Server) CountCalls(endpoint string) int {
	count := 0
	for _, call := range s.Calls() {
		if call.matchesEndpoint(endpoint) {
			count++
		}
	}
	return count
}

// ResetCalls removes the recorded calls. It keeps state, faults and hooks.
func (s *Server) ResetCalls() {
	s.recorder.mu.Lock()
	defer s.recorder.mu.Unlock()
	s.recorder.calls = nil
}

func (c *Call) matchesEndpoint(endpoint string) bool {
	method, path, ok := strings.Cut(endpoint, " ")
	if !ok {
		return c.Endpoint == endpoint
	}
	return c.Method == method && c.Endpoint == path
}

// String returns the method and the endpoint, as CountCalls accepts them.
func (c Call) String() string { return c.Method + " " + c.Endpoint }

// AnyCall matches every call.
func AnyCall() func(Call) bool { return func(Call) bool { return true } }

// CallsTo matches calls to one of the endpoints, in the form of Server.CountCalls.
func CallsTo(endpoints ...string) func(Call) bool {
	return func(c Call) bool { return slices.ContainsFunc(endpoints, c.matchesEndpoint) }
}

// WriteCalls matches calls of endpoints that change something.
func WriteCalls() func(Call) bool { return func(c Call) bool { return c.Write } }

// ReadCalls matches all other calls.
func ReadCalls() func(Call) bool { return func(c Call) bool { return !c.Write } }

// WithArgument matches calls with an argument of this value: WithArgument("name", "sentiment").
func WithArgument(argument, value string) func(Call) bool {
	return func(c Call) bool { return c.Args.String(argument) == value }
}

// CallsBy matches calls that this user authenticates.
func CallsBy(username string) func(Call) bool {
	return func(c Call) bool { return c.Username == username }
}

// MatchAll matches calls that every condition matches.
func MatchAll(conditions ...func(Call) bool) func(Call) bool {
	return func(c Call) bool {
		return !slices.ContainsFunc(conditions, func(match func(Call) bool) bool { return !match(c) })
	}
}

// NthCall matches the n-th call that match matches, counted from one.
func NthCall(n int, match func(Call) bool) func(Call) bool {
	var seen atomic.Int64
	return func(c Call) bool { return match(c) && seen.Add(1) == int64(n) }
}

// FromNthCall matches the n-th call that match matches, counted from one, and all later ones, as
// if the server went down there.
func FromNthCall(n int, match func(Call) bool) func(Call) bool {
	var seen atomic.Int64
	return func(c Call) bool { return match(c) && seen.Add(1) >= int64(n) }
}
