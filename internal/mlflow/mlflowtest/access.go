// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflowtest

import (
	"crypto/subtle"
	"fmt"
	"net/http"
	"net/netip"
	"path"
	"slices"
	"strings"
)

// rejectRequest is everything that keeps a request from its handler, in the order in which
// a real server looks; nil lets it pass.
func (s *Server) rejectRequest(r *http.Request, call *Call) *response {
	for _, check := range []func(*http.Request, *Call) *response{
		s.checkRequestLine, s.checkHost, s.checkOrigin, s.checkCredentials, s.checkWorkspaceHeader, s.checkContentType,
	} {
		if refusal := check(r, call); refusal != nil {
			return refusal
		}
	}
	return nil
}

// checkOrigin refuses what a browser on another site would send.
func (s *Server) checkOrigin(r *http.Request, _ *Call) *response {
	if !s.rules.hostCheck || r.Method == http.MethodGet || r.Header.Get("Origin") == "" {
		return nil
	}
	return newTextResponse(http.StatusForbidden, typeText, "Cross-origin request blocked")
}

// isOpenPath paths need no credentials.
func isOpenPath(call *Call) bool {
	return call.Endpoint == "/health" || call.Endpoint == "server-info"
}

func (s *Server) checkCredentials(r *http.Request, call *Call) *response {
	if isOpenPath(call) || s.options.Accounts == nil && s.options.BearerToken == "" {
		return nil
	}
	if s.hasValidToken(r) {
		return nil
	}
	name, password, _ := r.BasicAuth()
	account, ok := s.options.Accounts[name]
	if !ok || !constantTimeEqual(account.Password, password) {
		return newUnauthenticatedResponse()
	}
	call.account, call.restricted = account, !account.Admin
	return nil
}

func (s *Server) hasValidToken(r *http.Request) bool {
	token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	return ok && s.options.BearerToken != "" && constantTimeEqual(token, s.options.BearerToken)
}

func constantTimeEqual(a, b string) bool {
	return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1
}

func newUnauthenticatedResponse() *response {
	refusal := newTextResponse(http.StatusUnauthorized, typeHTML, "You are not authenticated. Please see "+
		"https://www.mlflow.org/docs/latest/auth/index.html#authenticating-to-mlflow on how to authenticate.")
	refusal.header = http.Header{"Www-Authenticate": {`Basic realm="mlflow"`}}
	return refusal
}

// checkWorkspaceHeader refuses an unknown workspace and, where there are none, any:
// also the default one, and also of the probes. Old servers ignore the header.
func (s *Server) checkWorkspaceHeader(_ *http.Request, call *Call) *response {
	switch {
	case call.Workspace == "" || call.Endpoint == "server-info":
		return nil
	case !s.rules.serverInfo:
		call.Workspace = ""
		return nil
	case !s.options.Workspaces:
		return s.newErrorResponse(&apiError{
			code:    codeDisabled,
			message: "Workspace APIs are not available: workspaces are not enabled on this server",
		})
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, err := s.state.findWorkspace(call.Workspace); err != nil {
		return s.newErrorResponse(err)
	}
	return nil
}

// checkContentType wants JSON where a body carries the arguments.
func (s *Server) checkContentType(r *http.Request, call *Call) *response {
	kind, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";")
	switch {
	case call.route == nil || r.Method != http.MethodPost || kind == typeJSON:
		return nil
	case kind == "":
		return s.newErrorResponse(newInvalidError("Bad Request. Content-Type header is missing."))
	default:
		return s.newErrorResponse(newInvalidError("Bad Request. Content-Type must be one of ['application/json']."))
	}
}

// authorize is the basic-auth app's check of one call. Who is no admin cannot tell
// what is missing from what is forbidden, but for registered models themselves.
func (s *Server) authorize(space *workspace, call *Call) error {
	permitted := !call.restricted || call.account.Permission >= call.route.permission && !space.isMissing(call)
	if permitted && !s.hasHiddenModel(call) {
		return nil
	}
	return &responseError{newTextResponse(http.StatusForbidden, typeHTML, "Permission denied")}
}

// isMissing tells whether the call names an object that is not there and whose owner
// decides about the permission.
func (s *workspace) isMissing(call *Call) bool {
	present := true
	switch group, _, _ := strings.Cut(call.Endpoint, "/"); {
	case call.route.permission == PermissionNone:
	case group == "model-versions", call.Endpoint == "registered-models/alias":
		_, present = s.models[call.Args.String("name")]
	case group == "runs" && call.Endpoint != "runs/create", group == "metrics":
		_, present = s.runs[call.Args.String("run_id")]
	case group == "logged-models" && call.Endpoint != "logged-models/create":
		_, present = s.loggedModels[call.Args.String("model_id")]
	}
	return !present
}

// shouldHideResults tells whether a search comes back empty for want of permission.
func (c *Call) shouldHideResults() bool {
	search := slices.Contains([]string{"registered-models/search", "model-versions/search", "runs/search"}, c.Endpoint)
	return search && c.restricted && c.account.Permission < PermissionRead
}

const hostRejectedMessage = "Invalid Host header - possible DNS rebinding attack detected"

// checkRequestLine is the limit of the web server that old versions run on.
func (s *Server) checkRequestLine(r *http.Request, _ *Call) *response {
	length := len(r.Method) + len(" ") + len(r.RequestURI) + len(" HTTP/1.1")
	if s.rules.maxRequestLine == 0 || length <= s.rules.maxRequestLine {
		return nil
	}
	return newTextResponse(http.StatusBadRequest, "text/html", fmt.Sprintf(
		"<html>\n  <head>\n    <title>Bad Request</title>\n  </head>\n  <body>\n    <h1><p>Bad Request</p></h1>\n"+
			"    Request Line is too large (%d &gt; %d)\n  </body>\n</html>\n", length, s.rules.maxRequestLine))
}

// checkHost guards all but the two probes.
func (s *Server) checkHost(r *http.Request, call *Call) *response {
	probe := call.Endpoint == "/health" || call.Endpoint == "/version"
	if !s.rules.hostCheck || probe || s.isAllowedHost(r.Host) {
		return nil
	}
	return newTextResponse(http.StatusForbidden, typeText, hostRejectedMessage)
}

// isAllowedHost matches the Host header as it came, port included.
func (s *Server) isAllowedHost(host string) bool {
	if s.options.AllowedHosts == nil {
		return isLocalHost(host)
	}
	for _, pattern := range s.options.AllowedHosts {
		if matched, _ := path.Match(pattern, host); matched || pattern == host {
			return true
		}
	}
	return false
}

// isLocalHost is the default list: loopback and private addresses, any port.
func isLocalHost(host string) bool {
	name, _, _ := strings.Cut(host, ":")
	if strings.HasPrefix(host, "[::1]") || name == "localhost" {
		return true
	}
	address, err := netip.ParseAddr(name)
	return err == nil && (address.IsLoopback() || address.IsPrivate() || address.IsUnspecified())
}

// HideModels withdraws models as a DENY of the basic-auth app does: lists leave them
// out, and whatever else names one is forbidden. Admins go on seeing them; where there
// are no accounts, Users do. Nil shows all again.
func (s *Server) HideModels(hidden func(name string) bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hidden = hidden
}

// hiddenModelsFor are the models that the call must not see.
func (s *Server) hiddenModelsFor(call *Call) func(name string) bool {
	blind := call.restricted || s.options.Accounts == nil && !call.ByUser
	if s.hidden == nil || !blind {
		return func(string) bool { return false }
	}
	return s.hidden
}

// hasHiddenModel tells whether the call names a model that it must not see.
func (s *Server) hasHiddenModel(call *Call) bool {
	group, _, _ := strings.Cut(call.Endpoint, "/")
	if group != "registered-models" && group != "model-versions" {
		return false
	}
	hidden := s.hiddenModelsFor(call)
	return hidden(call.Args.String("name")) || hidden(call.Args.String("new_name"))
}

// filterReadable takes hidden rows out of a page of versions after it was cut, as the real
// server does: a page may have no rows, and yet another follows. Pages of models are
// filled up instead.
func (q *request) filterReadable(page []*version) []*version {
	return slices.DeleteFunc(slices.Clone(page), func(v *version) bool { return q.hidden(v.name) })
}
