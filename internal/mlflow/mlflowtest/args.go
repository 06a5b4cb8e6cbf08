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

// Text is an argument that is a string; else it is empty.
func (a Args) Text(name string) string {
	text, _ := a[name].(string)
	return text
}

// numeric are the parameters that need not be strings.
var numeric = []string{"value", "timestamp", "step", "status", "max_results"}

// check wants every required parameter, in their order.
func (a Args) check(required []string) error {
	for _, name := range required {
		if err := a.checkOne(name); err != nil {
			return err
		}
	}
	return nil
}

func (a Args) checkOne(name string) error {
	value := a[name]
	if value == nil || value == "" {
		return invalid("Missing value for required parameter '%s'.%s", name, seeDocs)
	}
	if _, ok := value.(string); !ok && !slices.Contains(numeric, name) {
		text, _ := json.Marshal(value)
		return invalid("Invalid value %s for parameter '%s' supplied:  Hint: Value was of type '%s'.%s",
			text, name, pythonType(value), seeDocs)
	}
	return nil
}

// integer is a number in any form; fallback when absent.
func (a Args) integer(name string, fallback int64) (int64, error) {
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
	return 0, invalid("Invalid value \"%v\" for parameter '%s' supplied:  Hint: Value was of type '%s'.%s",
		a[name], name, pythonType(a[name]), seeDocs)
}

// boolean is false when absent and wants a JSON boolean otherwise.
func (a Args) boolean(name string) (bool, error) {
	value, ok := a[name].(bool)
	if !ok && a[name] != nil {
		return false, invalid("Invalid value \"%v\" for parameter '%s' supplied:  Hint: Value was of type '%s'.%s",
			a[name], name, pythonType(a[name]), seeDocs)
	}
	return value, nil
}

// strings is a list of strings: a repeated query parameter or a JSON array.
func (a Args) strings(name string) []string {
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

// tags is the list of pairs in the argument tags.
func (a Args) tags() map[string]string {
	tags := map[string]string{}
	list, _ := a["tags"].([]any)
	for _, item := range list {
		pair, _ := item.(map[string]any)
		tags[Args(pair).Text("key")] = Args(pair).Text("value")
	}
	return tags
}

// readArgs tells also whether the body is JSON of another kind, on which MLflow
// stumbles.
func readArgs(r *http.Request) (args Args, stumbles bool) {
	if r.Method == http.MethodGet && r.URL.RawQuery != "" {
		return queryArgs(r.URL.Query()), false
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

func queryArgs(query url.Values) Args {
	args := Args{}
	for name, values := range query {
		args[name] = values[0]
		if len(values) > 1 {
			args[name] = values
		}
	}
	return args
}

func pythonType(value any) string {
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
