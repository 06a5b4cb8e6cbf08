// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflowtest

import (
	"context"
	"net/http"
	"slices"
	"sync"
)

// Fault is a way to fail. The zero value changes nothing.
type Fault struct {
	limit        int
	response     *response
	dropResponse bool
	before       func(context.Context, *Call)
	after        func(context.Context, *Call)
}

// Times ends the fault after n calls; otherwise it lasts until it is removed.
func (f Fault) Times(n int) Fault {
	f.limit = n
	return f
}

// Rule is a fault that a server applies to the calls that match.
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

// Hits returns how many calls the fault affected.
func (r *Rule) Hits() int {
	r.rules.mu.Lock()
	defer r.rules.mu.Unlock()
	return r.hits
}

// faultRules holds the rules; the first one that matches a call applies.
type faultRules struct {
	mu       sync.Mutex
	rules    []*Rule
	barriers []*Barrier
}

// InjectFault applies a fault to the calls that match. Calls of Users never match.
func (s *Server) InjectFault(match func(Call) bool, fault Fault) *Rule {
	rule := &Rule{match: match, fault: fault, rules: &s.faults}
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	s.faults.rules = append(s.faults.rules, rule)
	return rule
}

// ClearFaults removes all faults and releases all barriers.
func (s *Server) ClearFaults() { s.faults.removeAll() }

func (f *faultRules) removeAll() {
	f.mu.Lock()
	barriers := f.barriers
	f.rules, f.barriers = nil, nil
	f.mu.Unlock()
	for _, barrier := range barriers {
		barrier.Release()
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

// ServerError is a 500 of MLflow, in JSON.
func ServerError() Fault {
	return Fault{response: newJSONResponse(http.StatusInternalServerError,
		errorWire{ErrorCode: codeInternal, Message: "database is locked"})}
}

// ServerErrorHTML is a 500 of the web framework or of a proxy.
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

// NotFoundHTML is the 404 of another server, or of a wrong path prefix.
func NotFoundHTML() Fault {
	return Fault{response: newPageResponse(http.StatusNotFound, notFoundSentence)}
}

// LoginPage is the 200 of a proxy with a login form.
func LoginPage() Fault {
	return Fault{response: newTextResponse(http.StatusOK, typeHTML, "<!doctype html><title>Log in</title>")}
}

// FeatureDisabled is the answer to a workspace header if the server has no workspaces.
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

// RespondWith is an answer with the given content.
func RespondWith(status int, contentType, body string) Fault {
	return Fault{response: newTextResponse(status, contentType, body)}
}

// DropConnection closes the connection without handling the request.
func DropConnection() Fault { return Fault{response: &droppedResponse} }

// DropResponse handles the request and then closes the connection without an answer.
func DropResponse() Fault { return Fault{dropResponse: true} }

// RunBefore calls hook before the request is handled, as if another client were faster.
func RunBefore(hook func(Call)) Fault {
	return Fault{before: func(_ context.Context, call *Call) { hook(*call) }}
}

// RunAfter calls hook after the request was handled and before its answer.
func RunAfter(hook func(Call)) Fault {
	return Fault{after: func(_ context.Context, call *Call) { hook(*call) }}
}

// Barrier blocks requests until its release, so that a test can act while one is in flight.
type Barrier struct {
	calls    chan Call
	released chan struct{}
	once     sync.Once
}

// NewBarrier creates a barrier. ClearFaults and Close release it.
func (s *Server) NewBarrier() *Barrier {
	barrier := &Barrier{calls: make(chan Call), released: make(chan struct{})}
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	s.faults.barriers = append(s.faults.barriers, barrier)
	return barrier
}

// Calls returns a channel with each call that reaches the barrier, once.
func (b *Barrier) Calls() <-chan Call { return b.calls }

// Release lets the blocked requests and all later ones continue.
func (b *Barrier) Release() { b.once.Do(func() { close(b.released) }) }

// BlockRequest returns a fault that blocks a request before it is handled.
func (b *Barrier) BlockRequest() Fault { return Fault{before: b.waitForRelease} }

// BlockResponse returns a fault that handles a request and blocks its answer.
func (b *Barrier) BlockResponse() Fault { return Fault{after: b.waitForRelease} }

// waitForRelease waits until the release or until the request is canceled.
func (b *Barrier) waitForRelease(ctx context.Context, call *Call) {
	arrived := b.calls
	for {
		select {
		case arrived <- *call:
			arrived = nil
		case <-b.released:
			return
		case <-ctx.Done():
			return
		}
	}
}
