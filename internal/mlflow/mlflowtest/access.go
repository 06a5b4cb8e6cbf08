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

// rejectRequest returns the answer to a request that must not reach its handler, else nil. The
// checks are in the order of a real server.
func (s *Server) rejectRequest(r *http.Request, call *Call) *response {
	for _, check := range []func(*http.Request, *Call) *response{
		s.checkRequestLine, s.checkHost, s.checkOrigin, s.checkCredentials, s.checkWorkspaceHeader, s.checkContentType,
	} {
		if rejection := check(r, call); rejection != nil {
			return rejection
		}
	}
	return nil
}

// checkOrigin rejects the writes of a browser on another site.
func (s *Server) checkOrigin(r *http.Request, _ *Call) *response {
	if !s.rules.hostCheck || r.Method == http.MethodGet || r.Header.Get("Origin") == "" {
		return nil
	}
	return newTextResponse(http.StatusForbidden, typeText, "Cross-origin request blocked")
}

// isOpenPath reports whether the path needs no credentials.
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
	rejection := newTextResponse(http.StatusUnauthorized, typeHTML, "You are not authenticated. Please see "+
		"https://www.mlflow.org/docs/latest/auth/index.html#authenticating-to-mlflow on how to authenticate.")
	rejection.header = http.Header{"Www-Authenticate": {`Basic realm="mlflow"`}}
	return rejection
}

// checkWorkspaceHeader rejects an unknown workspace. A server without workspaces rejects any,
// the default one included, also on the probes. Old servers ignore the header.
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

// checkContentType requires JSON if the arguments are in a body.
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

// authorize is the check of the basic-auth app. An account that is not an admin gets the same
// answer for a missing object as for a forbidden one, except for registered models.
func (s *Server) authorize(space *workspace, call *Call) error {
	permitted := !call.restricted || call.account.Permission >= call.route.permission && !space.isMissing(call)
	if permitted && !s.hasHiddenModel(call) {
		return nil
	}
	return &responseError{newTextResponse(http.StatusForbidden, typeHTML, "Permission denied")}
}

// isMissing reports whether the call names a missing object whose owner would decide about the
// permission.
func (w *workspace) isMissing(call *Call) bool {
	present := true
	switch group, _, _ := strings.Cut(call.Endpoint, "/"); {
	case call.route.permission == PermissionNone:
	case group == "model-versions", call.Endpoint == "registered-models/alias":
		_, present = w.models[call.Args.String("name")]
	case group == "runs" && call.Endpoint != "runs/create", group == "metrics":
		_, present = w.runs[call.Args.String("run_id")]
	case group == "logged-models" && call.Endpoint != "logged-models/create":
		_, present = w.loggedModels[call.Args.String("model_id")]
	}
	return !present
}

// shouldHideResults reports whether a search returns nothing because the account lacks permission.
func (c *Call) shouldHideResults() bool {
	search := slices.Contains([]string{"registered-models/search", "model-versions/search", "runs/search"}, c.Endpoint)
	return search && c.restricted && c.account.Permission < PermissionRead
}

const hostRejectedMessage = "Invalid Host header - possible DNS rebinding attack detected"

// checkRequestLine enforces the limit of the web server of old versions.
func (s *Server) checkRequestLine(r *http.Request, _ *Call) *response {
	length := len(r.Method) + len(" ") + len(r.RequestURI) + len(" HTTP/1.1")
	if s.rules.maxRequestLine == 0 || length <= s.rules.maxRequestLine {
		return nil
	}
	return newTextResponse(http.StatusBadRequest, "text/html", fmt.Sprintf(
		"<html>\n  <head>\n    <title>Bad Request</title>\n  </head>\n  <body>\n    <h1><p>Bad Request</p></h1>\n"+
			"    Request Line is too large (%d &gt; %d)\n  </body>\n</html>\n", length, s.rules.maxRequestLine))
}

// checkHost checks the host name of all paths but the two probes.
func (s *Server) checkHost(r *http.Request, call *Call) *response {
	probe := call.Endpoint == "/health" || call.Endpoint == "/version"
	if !s.rules.hostCheck || probe || s.isAllowedHost(r.Host) {
		return nil
	}
	return newTextResponse(http.StatusForbidden, typeText, hostRejectedMessage)
}

// isAllowedHost compares the Host header with its port.
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

// isLocalHost reports whether a host is in the default list: loopback and private addresses with
// any port.
func isLocalHost(host string) bool {
	name, _, _ := strings.Cut(host, ":")
	if strings.HasPrefix(host, "[::1]") || name == "localhost" {
		return true
	}
	address, err := netip.ParseAddr(name)
	return err == nil && (address.IsLoopback() || address.IsPrivate() || address.IsUnspecified())
}

// HideModels hides models as a DENY of the basic-auth app does: lists lack them, and any other
// call that names one is forbidden. Admins still see them; without accounts, Users do. Nil shows
// all models again.
func (s *Server) HideModels(hidden func(name string) bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hidden = hidden
}

// hiddenModelsFor returns which models are hidden from the call.
func (s *Server) hiddenModelsFor(call *Call) func(name string) bool {
	affected := call.restricted || s.options.Accounts == nil && !call.ByUser
	if s.hidden == nil || !affected {
		return func(string) bool { return false }
	}
	return s.hidden
}

// hasHiddenModel reports whether the call names a model that is hidden from it.
func (s *Server) hasHiddenModel(call *Call) bool {
	group, _, _ := strings.Cut(call.Endpoint, "/")
	if group != "registered-models" && group != "model-versions" {
		return false
	}
	hidden := s.hiddenModelsFor(call)
	return hidden(call.Args.String("name")) || hidden(call.Args.String("new_name"))
}

// filterReadable removes hidden rows from a page of versions after paging, as the real server
// does, so that a page may be empty and another follows. Pages of models are filled up instead.
func (q *request) filterReadable(page []*version) []*version {
	return slices.DeleteFunc(slices.Clone(page), func(v *version) bool { return q.hidden(v.name) })
}
