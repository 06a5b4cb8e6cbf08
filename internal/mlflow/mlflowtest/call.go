// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflowtest

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
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

// Args are the arguments of a call: the query of a GET, else the JSON body. A body
// that is no JSON object reads as an empty one, as it does in MLflow.
type Args map[string]any

// String is an argument that is a string; else it is empty.
func (a Args) String(name string) string {
	text, _ := a[name].(string)
	return text
}

// numericParameters are the parameters that need not be strings.
var numericParameters = []string{"value", "timestamp", "step", "status", "max_results"}

// checkRequired wants every required parameter, in their order.
func (a Args) checkRequired(required []string) error {
	for _, name := range required {
		if err := a.checkParameter(name); err != nil {
			return err
		}
	}
	return nil
}

func (a Args) checkParameter(name string) error {
	value := a[name]
	if value == nil || value == "" {
		return newInvalidError("Missing value for required parameter '%s'.%s", name, seeDocsSuffix)
	}
	if _, ok := value.(string); !ok && !slices.Contains(numericParameters, name) {
		text, _ := json.Marshal(value)
		return newInvalidError("Invalid value %s for parameter '%s' supplied:  Hint: Value was of type '%s'.%s",
			text, name, pythonTypeName(value), seeDocsSuffix)
	}
	return nil
}

// getInt is a number in any form; fallback when absent.
func (a Args) getInt(name string, fallback int64) (int64, error) {
	switch value := a[name].(type) {
	case nil:
		return fallback, nil
	case float64:
		return int64(value), nil
	case string:
		n, err := strconv.ParseInt(value, 10, 64)
		if err == nil {
			return n, nil
		}
	}
	return 0, newInvalidError("Invalid value \"%v\" for parameter '%s' supplied:  Hint: Value was of type '%s'.%s",
		a[name], name, pythonTypeName(a[name]), seeDocsSuffix)
}

// getBool is false when absent and wants a JSON boolean otherwise.
func (a Args) getBool(name string) (bool, error) {
	value, ok := a[name].(bool)
	if !ok && a[name] != nil {
		return false, newInvalidError("Invalid value \"%v\" for parameter '%s' supplied:  Hint: Value was of type '%s'.%s",
			a[name], name, pythonTypeName(a[name]), seeDocsSuffix)
	}
	return value, nil
}

// getStrings is a list of strings: a repeated query parameter or a JSON array.
func (a Args) getStrings(name string) []string {
	switch value := a[name].(type) {
	case string:
		return []string{value}
	case []string:
		return value
	}
	list, _ := a[name].([]any)
	var texts []string
	for _, item := range list {
		text, _ := item.(string)
		texts = append(texts, text)
	}
	return texts
}

// getTags is the list of pairs in the argument tags.
func (a Args) getTags() map[string]string {
	tags := map[string]string{}
	list, _ := a["tags"].([]any)
	for _, item := range list {
		pair, _ := item.(map[string]any)
		tags[Args(pair).String("key")] = Args(pair).String("value")
	}
	return tags
}

// parseArgs tells also whether the body is JSON of another kind, on which MLflow
// stumbles.
func parseArgs(r *http.Request) (args Args, stumbles bool) {
	if r.Method == http.MethodGet && r.URL.RawQuery != "" {
		return parseQuery(r.URL.Query()), false
	}
	var value any
	body, err := io.ReadAll(r.Body)
	if err != nil || json.Unmarshal(body, &value) != nil || value == nil {
		return Args{}, false
	}
	object, ok := value.(map[string]any)
	if !ok {
		return Args{}, true
	}
	return object, false
}

func parseQuery(query url.Values) Args {
	args := Args{}
	for name, values := range query {
		args[name] = values[0]
		if len(values) > 1 {
			args[name] = values
		}
	}
	return args
}

func pythonTypeName(value any) string {
	switch value.(type) {
	case float64:
		return "int"
	case bool:
		return "bool"
	case []any:
		return "list"
	case map[string]any:
		return "dict"
	default:
		return "str"
	}
}
