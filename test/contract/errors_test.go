// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package contract

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/mlflowtest"
)

const api = "/api/2.0/mlflow/"

func (e *env) sendRaw(method, path string, body any) *mlflowtest.Response {
	e.Helper()
	return requireValue(e.user.SendRaw(e.Context(), method, path, body))(e)
}

func TestUnknownPathsAndMethodsReturnHTML(t *testing.T) {
	cases := map[string]struct {
		method, path string
		want         int
	}{
		"an unknown endpoint":    {"GET", api + "registered-models/absent", 404},
		"version 3.0 of the API": {"GET", "/api/3.0/mlflow/registered-models/get?name=m", 404},
		"a GET of a POST":        {"GET", api + "registered-models/create", 405},
		"a PUT of a PATCH":       {"PUT", api + "registered-models/update", 405},
		"a path of another API":  {"GET", "/v2/models", 404},
	}
	forEachOpenServer(t, func(e *env) {
		for sentence, tc := range cases {
			e.runCase(sentence, func(e *env) {
				answer := e.sendRaw(tc.method, tc.path, nil)
				if answer.Status != tc.want || strings.Contains(string(answer.Body), "error_code") ||
					!strings.HasPrefix(answer.Header.Get("Content-Type"), "text/html") {
					e.Errorf("got %d %s: %s", answer.Status, answer.Header.Get("Content-Type"), answer.Body)
				}
			})
		}
	})
}

func TestAServerBelowAWrongPathIsNotMLflow(t *testing.T) {
	forEachOpenServer(t, func(e *env) {
		client := e.newClient(func(c *mlflow.Config) { c.URL += "/elsewhere" })
		_, err := client.GetRegisteredModel(e.Context(), "m")
		e.requireKind(err, mlflow.ErrNotMLflow)
	})
}

func TestABrokenBodyReadsAsAnEmptyOne(t *testing.T) {
	forEachOpenServer(t, func(e *env) {
		missing := "Missing value for required parameter 'name'."
		name := e.createModel()
		for sentence, err := range map[string]error{
			"an empty object":    e.user.CallEndpoint(e.Context(), "POST", "registered-models/create", map[string]any{}, nil),
			"a DELETE's query":   e.user.CallEndpoint(e.Context(), "DELETE", "registered-models/delete?name="+name, map[string]any{}, nil),
			"a GET without one":  e.user.CallEndpoint(e.Context(), "GET", "registered-models/get", nil, nil),
			"a PATCH's query":    e.user.CallEndpoint(e.Context(), "PATCH", "registered-models/update?name="+name, map[string]any{}, nil),
			"an alias's version": e.user.CallEndpoint(e.Context(), "POST", "registered-models/alias?name="+name, map[string]any{}, nil),
		} {
			e.runCase(sentence, func(e *env) { e.requireRejected(err, 400, "INVALID_PARAMETER_VALUE", missing) })
		}
		e.getModel(name)
	})
}

func TestABodyThatIsNotAnObjectReturnsHTML(t *testing.T) {
	forEachOpenServer(t, func(e *env) {
		answer := e.sendRaw("POST", api+"registered-models/create", []int{1})
		if answer.Status != 500 || strings.Contains(string(answer.Body), "error_code") {
			e.Errorf("got %d: %s", answer.Status, answer.Body)
		}
	})
}

func TestUnknownArgumentsAreIgnored(t *testing.T) {
	forEachOpenServer(t, func(e *env) {
		name := e.createModel()
		e.requireNoError(e.user.CallEndpoint(e.Context(), "GET", "registered-models/get", map[string]any{"name": name, "colour": "blue"}, nil))
		e.requireNoError(e.user.CallEndpoint(e.Context(), "POST", "registered-models/set-tag",
			map[string]any{"name": name, "key": "k", "value": "v", "colour": "blue"}, nil))
	})
}

func TestTheFieldsOfAnError(t *testing.T) {
	forEachOpenServer(t, func(e *env) {
		answer := e.sendRaw("GET", api+"registered-models/get?name="+newName("absent"), nil)
		var body map[string]string
		e.requireNoError(json.Unmarshal(answer.Body, &body))
		want := byGeneration(e, []string{"error_class", "error_code", "message", "sqlstate"}, []string{"error_code", "message"})
		if diff := cmp.Diff(want, slices.Sorted(maps.Keys(body))); diff != "" {
			e.Errorf("(-want +got):\n%s", diff)
		}
		if byGeneration(e, true, false) && (body["error_class"] != "RESOURCE_NOT_FOUND" || body["sqlstate"] != "KAM00") {
			e.Errorf("got %v", body)
		}
	})
}

func TestTheClientReportsMLflowsMessage(t *testing.T) {
	forEachOpenServer(t, func(e *env) {
		name := newName("absent")
		_, err := e.client.GetRegisteredModel(e.Context(), name)
		if !strings.Contains(err.Error(), "Registered Model with name="+name+" not found") {
			e.Errorf("got %q", err)
		}
	})
}

func TestKeepAliveSinceMLflow3(t *testing.T) {
	forEachOpenServer(t, func(e *env) {
		answer := e.sendRaw("GET", api+"registered-models/search", nil)
		if answer.Closed != byGeneration(e, false, true) {
			e.Errorf("closed: %t", answer.Closed)
		}
	})
}
