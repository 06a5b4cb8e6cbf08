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

func (w *env) sendRaw(method, path string, body any) *mlflowtest.Response {
	w.Helper()
	return requireValue(w.user.SendRaw(w.Context(), method, path, body))(w)
}

func TestUnknownPathsAndMethodsReturnHTML(t *testing.T) {
	cases := map[string]struct {
		method, path string
		want         int
	}{
		"an unknown endpoint":     {"GET", api + "registered-models/absent", 404},
		"the third API":           {"GET", "/api/3.0/mlflow/registered-models/get?name=m", 404},
		"a GET of a POST":         {"GET", api + "registered-models/create", 405},
		"a PUT of a PATCH":        {"PUT", api + "registered-models/update", 405},
		"a path of another world": {"GET", "/v2/models", 404},
	}
	forEachOpenServer(t, func(w *env) {
		for sentence, tc := range cases {
			w.runCase(sentence, func(w *env) {
				answer := w.sendRaw(tc.method, tc.path, nil)
				if answer.Status != tc.want || strings.Contains(string(answer.Body), "error_code") ||
					!strings.HasPrefix(answer.Header.Get("Content-Type"), "text/html") {
					w.Errorf("got %d %s: %s", answer.Status, answer.Header.Get("Content-Type"), answer.Body)
				}
			})
		}
	})
}

func TestAServerBelowAWrongPathIsNotMLflow(t *testing.T) {
	forEachOpenServer(t, func(w *env) {
		client := w.newClient(func(c *mlflow.Config) { c.URL += "/elsewhere" })
		_, err := client.GetRegisteredModel(w.Context(), "m")
		w.requireKind(err, mlflow.ErrNotMLflow)
	})
}

func TestABrokenBodyReadsAsAnEmptyOne(t *testing.T) {
	forEachOpenServer(t, func(w *env) {
		missing := "Missing value for required parameter 'name'."
		name := w.createModel()
		for sentence, err := range map[string]error{
			"an empty object":    w.user.CallEndpoint(w.Context(), "POST", "registered-models/create", map[string]any{}, nil),
			"a DELETE's query":   w.user.CallEndpoint(w.Context(), "DELETE", "registered-models/delete?name="+name, map[string]any{}, nil),
			"a GET without one":  w.user.CallEndpoint(w.Context(), "GET", "registered-models/get", nil, nil),
			"a PATCH's query":    w.user.CallEndpoint(w.Context(), "PATCH", "registered-models/update?name="+name, map[string]any{}, nil),
			"an alias's version": w.user.CallEndpoint(w.Context(), "POST", "registered-models/alias?name="+name, map[string]any{}, nil),
		} {
			w.runCase(sentence, func(w *env) { w.requireRejected(err, 400, "INVALID_PARAMETER_VALUE", missing) })
		}
		w.getModel(name)
	})
}

func TestABodyThatIsNotAnObjectReturnsHTML(t *testing.T) {
	forEachOpenServer(t, func(w *env) {
		answer := w.sendRaw("POST", api+"registered-models/create", []int{1})
		if answer.Status != 500 || strings.Contains(string(answer.Body), "error_code") {
			w.Errorf("got %d: %s", answer.Status, answer.Body)
		}
	})
}

func TestUnknownArgumentsAreIgnored(t *testing.T) {
	forEachOpenServer(t, func(w *env) {
		name := w.createModel()
		w.requireNoError(w.user.CallEndpoint(w.Context(), "GET", "registered-models/get", map[string]any{"name": name, "colour": "blue"}, nil))
		w.requireNoError(w.user.CallEndpoint(w.Context(), "POST", "registered-models/set-tag",
			map[string]any{"name": name, "key": "k", "value": "v", "colour": "blue"}, nil))
	})
}

func TestTheFieldsOfAnError(t *testing.T) {
	forEachOpenServer(t, func(w *env) {
		answer := w.sendRaw("GET", api+"registered-models/get?name="+newName("absent"), nil)
		var body map[string]string
		w.requireNoError(json.Unmarshal(answer.Body, &body))
		want := byGeneration(w, []string{"error_class", "error_code", "message", "sqlstate"}, []string{"error_code", "message"})
		if diff := cmp.Diff(want, slices.Sorted(maps.Keys(body))); diff != "" {
			w.Errorf("(-want +got):\n%s", diff)
		}
		if byGeneration(w, true, false) && (body["error_class"] != "RESOURCE_NOT_FOUND" || body["sqlstate"] != "KAM00") {
			w.Errorf("got %v", body)
		}
	})
}

func TestTheClientReportsMLflowsMessage(t *testing.T) {
	forEachOpenServer(t, func(w *env) {
		name := newName("absent")
		_, err := w.client.GetRegisteredModel(w.Context(), name)
		if !strings.Contains(err.Error(), "Registered Model with name="+name+" not found") {
			w.Errorf("got %q", err)
		}
	})
}

func TestKeepAliveSinceMLflow3(t *testing.T) {
	forEachOpenServer(t, func(w *env) {
		answer := w.sendRaw("GET", api+"registered-models/search", nil)
		if answer.Closed != byGeneration(w, false, true) {
			w.Errorf("closed: %t", answer.Closed)
		}
	})
}
