// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflowtest

import (
	"crypto/subtle"
	"net/http"
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
