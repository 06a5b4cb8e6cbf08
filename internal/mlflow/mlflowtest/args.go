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
)

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
