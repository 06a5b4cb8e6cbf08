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
	// userAgent identifies the requests of a User.
	userAgent = "mlflowtest-user"
	// workspaceHeader is the header with the workspace of a request.
	workspaceHeader = "X-MLFLOW-WORKSPACE"
)

// Call is one request as the server received it.
type Call struct {
	Method string
	// Endpoint is the path below the API's base, such as registered-models/get. For logged
	// models it is logged-models/get, /create, /finalize or /delete. Other paths are unchanged.
	Endpoint string
	// Args are the arguments.
	Args Args
	// Workspace is empty if the request names none.
	Workspace string
	// Username is the user of basic authentication; empty without it.
	Username string
	// Write reports whether the endpoint changes something.
	Write bool
	// Applied reports whether the request changed something, even if its answer was lost.
	Applied bool
	// Status is the HTTP status of the answer; 0 if there was none.
	Status int
	// ByUser reports whether a User of this package sent the request.
	ByUser bool

	route *route
	// invalidBody reports whether the body is JSON, but not an object.
	invalidBody bool
	// outsidePrefix reports whether the path is outside the path prefix.
	outsidePrefix bool
	// account is the caller. restricted is false for an admin, and without authentication.
	account    Account
	restricted bool
}

// Write is a call that changes something.
type Write = Call

func (s *Server) parseCall(r *http.Request) *Call {
	path, below := strings.CutPrefix(r.URL.Path, s.pathPrefix())
	args, invalidBody := parseArgs(r)
	username, _, _ := r.BasicAuth()
	call := &Call{
		Method:      r.Method,
		Endpoint:    path,
		Args:        args,
		Workspace:   r.Header.Get(workspaceHeader),
		Username:    username,
		ByUser:      r.UserAgent() == userAgent,
		invalidBody: invalidBody,
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

// resolveRoute sets the endpoint and the route of a call. Version 3.0 of the API has only the
// native routes.
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

// Args are the arguments of a call: the query of a GET, else the JSON body. A body that is not
// JSON has no arguments, as in MLflow.
type Args map[string]any

// String returns a string argument; empty if it is absent or not a string.
func (a Args) String(name string) string {
	text, _ := a[name].(string)
	return text
}

// numericParameters are the parameters that may be other than strings.
var numericParameters = []string{"value", "timestamp", "step", "status", "max_results"}

// checkRequired reports the first required parameter that is missing or not a string.
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

// getInt returns a number or a string with a number; fallback if it is absent.
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

// getBool returns a JSON boolean; false if it is absent.
func (a Args) getBool(name string) (bool, error) {
	value, ok := a[name].(bool)
	if !ok && a[name] != nil {
		return false, newInvalidError("Invalid value \"%v\" for parameter '%s' supplied:  Hint: Value was of type '%s'.%s",
			a[name], name, pythonTypeName(a[name]), seeDocsSuffix)
	}
	return value, nil
}

// getStrings returns a list of strings: a repeated query parameter or a JSON array.
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

// getTags returns the pairs in the argument tags.
func (a Args) getTags() map[string]string {
	tags := map[string]string{}
	list, _ := a["tags"].([]any)
	for _, item := range list {
		pair, _ := item.(map[string]any)
		tags[Args(pair).String("key")] = Args(pair).String("value")
	}
	return tags
}

// parseArgs returns the arguments of a request. It also reports whether the body is JSON but not
// an object, which is an internal error in MLflow.
func parseArgs(r *http.Request) (args Args, invalidBody bool) {
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
