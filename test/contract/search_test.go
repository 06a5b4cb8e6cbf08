// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package contract

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
)

// searchModelNames asks for all pages and returns the names.
func (w *env) searchModelNames(request mlflow.SearchRequest) []string {
	w.Helper()
	var names []string
	for {
		page := requireValue(w.client.SearchRegisteredModels(w.Context(), request))(w)
		for _, model := range page.RegisteredModels {
			names = append(names, model.Name)
		}
		if page.NextPageToken == "" {
			return names
		}
		request.PageToken = page.NextPageToken
	}
}

// searchVersionNumbers is one page of the versions that a filter finds.
func (w *env) searchVersionNumbers(filter string, order ...string) []string {
	w.Helper()
	page := requireValue(w.client.SearchModelVersions(w.Context(), mlflow.SearchRequest{Filter: filter, OrderBy: order}))(w)
	var numbers []string
	for _, version := range page.ModelVersions {
		numbers = append(numbers, version.Version)
	}
	return numbers
}

func TestSearchesPageByToken(t *testing.T) {
	forEachOpenServer(t, func(w *env) {
		prefix := newName("paged")
		var want []string
		for i := range 5 {
			want = append(want, fmt.Sprintf("%s-%d", prefix, i))
			w.requireNoError(w.user.CreateModel(w.Context(), want[i], nil))
		}
		filter := "name LIKE '" + prefix + "-%'"
		for _, size := range []int{1, 2, 5, 1000} {
			got := w.searchModelNames(mlflow.SearchRequest{Filter: filter, MaxResults: size})
			if diff := cmp.Diff(want, got); diff != "" {
				w.Errorf("pages of %d (-want +got):\n%s", size, diff)
			}
		}
	})
}

func TestModelsAreOrdered(t *testing.T) {
	forEachOpenServer(t, func(w *env) {
		prefix := newName("ordered")
		for _, suffix := range []string{"-b", "-a"} {
			w.requireNoError(w.user.CreateModel(w.Context(), prefix+suffix, nil))
		}
		filter := "name LIKE '" + prefix + "-%'"
		cases := map[string]struct {
			order []string
			want  []string
		}{
			"by name by default": {nil, []string{prefix + "-a", prefix + "-b"}},
			"by name downwards":  {[]string{"name DESC"}, []string{prefix + "-b", prefix + "-a"}},
			"oldest first":       {[]string{"last_updated_timestamp ASC"}, []string{prefix + "-b", prefix + "-a"}},
			"newest first":       {[]string{"timestamp DESC"}, []string{prefix + "-a", prefix + "-b"}},
		}
		for sentence, tc := range cases {
			w.runCase(sentence, func(w *env) {
				got := w.searchModelNames(mlflow.SearchRequest{Filter: filter, OrderBy: tc.order})
				if diff := cmp.Diff(tc.want, got); diff != "" {
					w.Errorf("(-want +got):\n%s", diff)
				}
			})
		}
		_, err := w.client.SearchRegisteredModels(w.Context(), mlflow.SearchRequest{OrderBy: []string{"creation_timestamp"}})
		w.requireKind(err, mlflow.ErrInvalidParameter)
	})
}

func TestVersionsAreOrdered(t *testing.T) {
	forEachOpenServer(t, func(w *env) {
		name := w.createModelWithVersions(3)
		w.requireNoError(w.user.SetVersionDescription(w.Context(), name, "1", "touched last"))
		filter := "name = '" + name + "'"
		cases := map[string]struct {
			order []string
			want  []string
		}{
			"last updated first by default": {nil, []string{"1", "3", "2"}},
			"by number":                     {[]string{"version_number ASC"}, []string{"1", "2", "3"}},
			"by number downwards":           {[]string{"version_number DESC"}, []string{"3", "2", "1"}},
			"newest first":                  {[]string{"creation_timestamp DESC"}, []string{"3", "2", "1"}},
		}
		for sentence, tc := range cases {
			w.runCase(sentence, func(w *env) {
				if diff := cmp.Diff(tc.want, w.searchVersionNumbers(filter, tc.order...)); diff != "" {
					w.Errorf("(-want +got):\n%s", diff)
				}
			})
		}
		_, err := w.client.SearchModelVersions(w.Context(), mlflow.SearchRequest{OrderBy: []string{"current_stage"}})
		w.requireKind(err, mlflow.ErrInvalidParameter)
	})
}

func TestASearchWithoutResultsReturnsAnEmptyPage(t *testing.T) {
	forEachOpenServer(t, func(w *env) {
		filter := "name = '" + newName("absent") + "'"
		if names := w.searchModelNames(mlflow.SearchRequest{Filter: filter}); len(names) != 0 {
			w.Errorf("found %v", names)
		}
		if numbers := w.searchVersionNumbers(filter); len(numbers) != 0 {
			w.Errorf("found %v", numbers)
		}
	})
}

func TestPageLimits(t *testing.T) {
	forEachOpenServer(t, func(w *env) {
		w.createModel()
		search := func(endpoint string, args map[string]any) error {
			return w.user.CallEndpoint(w.Context(), "GET", endpoint, args, nil)
		}
		w.requireNoError(search("registered-models/search", map[string]any{"max_results": 1000}))
		cases := map[string]struct {
			endpoint string
			args     map[string]any
		}{
			"too many models":    {"registered-models/search", map[string]any{"max_results": 1001}},
			"too many versions":  {"model-versions/search", map[string]any{"max_results": 200_001}},
			"no versions":        {"model-versions/search", map[string]any{"max_results": 0}},
			"a token of models":  {"registered-models/search", map[string]any{"page_token": "?"}},
			"a token of version": {"model-versions/search", map[string]any{"page_token": "?"}},
		}
		for sentence, tc := range cases {
			w.runCase(sentence, func(w *env) {
				w.requireRejected(search(tc.endpoint, tc.args), 400, "INVALID_PARAMETER_VALUE", "")
			})
		}
	})
}

// A page of no models has a token that leads to itself.
func TestAPageOfNoModelsNeverEnds(t *testing.T) {
	forEachOpenServer(t, func(w *env) {
		w.createModel()
		var answer struct {
			Models []any  `json:"registered_models"`
			Token  string `json:"next_page_token"`
		}
		w.requireNoError(w.user.CallEndpoint(w.Context(), "GET", "registered-models/search", map[string]any{"max_results": 0}, &answer))
		if len(answer.Models) != 0 || answer.Token == "" {
			w.Errorf("got %+v", answer)
		}
	})
}
