// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflowtest

import (
	"net/http"
	"strings"
)

const (
	apiPath    = "/api/2.0/mlflow/"
	ajaxPath   = "/ajax-api/2.0/mlflow/"
	nativePath = "/api/3.0/mlflow/"
	// userAgent marks the requests of a User.
	userAgent = "mlflowtest-user"
	// workspaceHeader names the workspace of a request.
	workspaceHeader = "X-MLFLOW-WORKSPACE"
)

// Call is one request as the server saw it.
type Call struct {
	Method string
	// Endpoint is the path below the API's base, such as registered-models/get; of
	// logged models it is logged-models/get, /create, /finalize and /delete. Other
	// paths are as they came.
	Endpoint string
	Args     Args
	// Workspace is empty when the request named none.
	Workspace string
	// Username is who asks, by basic authentication; empty otherwise.
	Username string
	// Write tells that the endpoint changes something.
	Write bool
	// Applied tells that this request did, even if its answer was lost.
	Applied bool
	// Status is the HTTP status of the answer, 0 when there was none.
	Status int
	// ByUser tells that a User of this package called.
	ByUser bool

	route *route
	// invalidBody: the body is JSON, but no object.
	invalidBody bool
	// outsidePrefix the path prefix there is nothing.
	outsidePrefix bool
	// account is who called, restricted unless an admin or nobody in particular.
	account    Account
	restricted bool
}

// Write is a call that changed something, as OnWrite sees it.
type Write = Call

func (s *Server) parseCall(r *http.Request) *Call {
	path, below := strings.CutPrefix(r.URL.Path, s.pathPrefix())
	args, stumbles := parseArgs(r)
	username, _, _ := r.BasicAuth()
	call := &Call{
		Method:      r.Method,
		Endpoint:    path,
		Args:        args,
		Workspace:   r.Header.Get(workspaceHeader),
		Username:    username,
		ByUser:      r.UserAgent() == userAgent,
		invalidBody: stumbles,
	}
	if !below {
		call.outsidePrefix = true
		return call
	}
	if path == nativePath+"server-info" {
		call.Endpoint = "server-info"
		return call
	}
	for _, base := range []string{apiPath, ajaxPath, nativePath} {
		if rest, ok := strings.CutPrefix(path, base); ok {
			call.resolveRoute(rest, base == nativePath, s.rules)
		}
	}
	return call
}

// resolveRoute names the endpoint and looks its route up. The third generation of the API
// has only what is marked as native to it.
func (c *Call) resolveRoute(rest string, native bool, rules dialect) {
	c.Endpoint = rest
	if id, ok := strings.CutPrefix(rest, "logged-models/"); ok && !strings.Contains(id, "/") {
		c.Args["model_id"] = id
		c.Endpoint = "logged-models/{id}"
	}
	found, ok := routes[routeKey{c.Method, c.Endpoint}]
	if native && (!ok || !found.native) {
		c.Endpoint = nativePath + rest
		return
	}
	if !ok || found.native != native || !found.isInDialect(rules) {
		return
	}
	if found.name != "" {
		c.Endpoint = found.name
	}
	c.route = found
	c.Write = c.Method != http.MethodGet && !found.reads
}
