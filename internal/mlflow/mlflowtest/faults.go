// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflowtest

import (
	"context"
	"net/http"
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

// ServerError is MLflow's own 500, in JSON.
func ServerError() Fault {
	return Fault{response: newJSONResponse(http.StatusInternalServerError,
		errorWire{ErrorCode: codeInternal, Message: "database is locked"})}
}

// ServerErrorHTML is the 500 of the web framework or of a proxy.
func ServerErrorHTML() Fault {
	return Fault{response: newPageResponse(http.StatusInternalServerError, serverErrorSentence)}
}

// Unauthorized is the 401 of the basic-auth app.
func Unauthorized() Fault { return Fault{response: newUnauthenticatedResponse()} }

// Forbidden is the 403 of the basic-auth app.
func Forbidden() Fault {
	return Fault{response: newTextResponse(http.StatusForbidden, typeHTML, "Permission denied")}
}

// HostNotAllowed is the 403 of the host check.
func HostNotAllowed() Fault {
	return Fault{response: newTextResponse(http.StatusForbidden, typeText, hostRejectedMessage)}
}

// NotFoundHTML is the 404 of a server that is not MLflow, or of a wrong path prefix.
func NotFoundHTML() Fault {
	return Fault{response: newPageResponse(http.StatusNotFound, notFoundSentence)}
}

// LoginPage is the 200 of a proxy that asks people to log in.
func LoginPage() Fault {
	return Fault{response: newTextResponse(http.StatusOK, typeHTML, "<!doctype html><title>Log in</title>")}
}

// FeatureDisabled is the answer to a workspace header where there are no workspaces.
func FeatureDisabled() Fault {
	return Fault{response: newJSONResponse(http.StatusInternalServerError, errorWire{
		ErrorCode: codeDisabled,
		Message:   "Workspace APIs are not available: workspaces are not enabled on this server",
	})}
}

// WorkspaceNotFound is the answer to an unknown workspace.
func WorkspaceNotFound(name string) Fault {
	return Fault{response: newJSONResponse(http.StatusNotFound, errorWire{
		ErrorCode: codeNotFound,
		Message:   "Workspace '" + name + "' not found",
	})}
}

// RespondWith is any other answer.
func RespondWith(status int, contentType, body string) Fault {
	return Fault{response: newTextResponse(status, contentType, body)}
}

// DropConnection closes the connection before anything is done.
func DropConnection() Fault { return Fault{response: &droppedResponse} }

// DropResponse does what was asked and then closes the connection without an answer.
func DropResponse() Fault { return Fault{dropResponse: true} }

// RunBefore runs while the request waits to be handled: what somebody else does in
// that moment comes first.
func RunBefore(meanwhile func(Call)) Fault {
	return Fault{before: func(_ context.Context, call *Call) { meanwhile(*call) }}
}

// RunAfter runs when the request was handled and before its answer leaves.
func RunAfter(meanwhile func(Call)) Fault {
	return Fault{after: func(_ context.Context, call *Call) { meanwhile(*call) }}
}

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
