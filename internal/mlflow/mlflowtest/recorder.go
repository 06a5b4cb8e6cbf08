// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflowtest

import (
	"slices"
	"strings"
	"sync"
	"sync/atomic"
)

// recorder keeps the calls of what is tested, in the order in which they were
// answered.
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

// OnWrite calls the hook after each applied write, before the answer leaves, on the
// request's own goroutine and without a lock: the hook may inspect the server. It
// sees the writes of Users too.
func (s *Server) OnWrite(hook func(Write)) {
	s.recorder.mu.Lock()
	defer s.recorder.mu.Unlock()
	s.recorder.hooks = append(s.recorder.hooks, hook)
}

// Calls are all requests so far but those of Users.
func (s *Server) Calls() []Call {
	s.recorder.mu.Lock()
	defer s.recorder.mu.Unlock()
	return slices.Clone(s.recorder.calls)
}

// Writes are the calls that asked for a change, also those that failed: Applied
// tells which.
func (s *Server) Writes() []Write {
	return slices.DeleteFunc(s.Calls(), func(c Call) bool { return !c.Write })
}

// CountCalls tells how many calls an endpoint got: "registered-models/get", or with its
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

// ResetCalls forgets the calls. State, faults and hooks stay.
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

// String is the method and the endpoint, as Count takes them.
func (c Call) String() string { return c.Method + " " + c.Endpoint }

// AnyCall matches every call.
func AnyCall() func(Call) bool { return func(Call) bool { return true } }

// CallsTo matches calls to one of the endpoints, written as in Server.Count.
func CallsTo(endpoints ...string) func(Call) bool {
	return func(c Call) bool { return slices.ContainsFunc(endpoints, c.matchesEndpoint) }
}

// WriteCalls matches calls that ask for a change.
func WriteCalls() func(Call) bool { return func(c Call) bool { return c.Write } }

// ReadCalls matches calls that ask for none.
func ReadCalls() func(Call) bool { return func(c Call) bool { return !c.Write } }

// WithArgument matches calls with an argument of this value: Naming("name", "sentiment").
func WithArgument(argument, value string) func(Call) bool {
	return func(c Call) bool { return c.Args.String(argument) == value }
}

// CallsBy matches calls that authenticate as this user.
func CallsBy(username string) func(Call) bool {
	return func(c Call) bool { return c.Username == username }
}

// MatchAll matches calls that every condition matches.
func MatchAll(conditions ...func(Call) bool) func(Call) bool {
	return func(c Call) bool {
		return !slices.ContainsFunc(conditions, func(match func(Call) bool) bool { return !match(c) })
	}
}

// NthCall matches the n-th call that match does, counted from one.
func NthCall(n int, match func(Call) bool) func(Call) bool {
	var seen atomic.Int64
	return func(c Call) bool { return match(c) && seen.Add(1) == int64(n) }
}

// FromNthCall matches the n-th call that match does and all later ones: the server goes
// down there.
func FromNthCall(n int, match func(Call) bool) func(Call) bool {
	var seen atomic.Int64
	return func(c Call) bool { return match(c) && seen.Add(1) >= int64(n) }
}
