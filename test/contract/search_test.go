// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package contract

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
)

// searchModelNames returns the names on all pages of a search.
func (e *env) searchModelNames(request mlflow.SearchRequest) []string {
	e.Helper()
	var names []string
	for {
		page := requireValue(e.client.SearchRegisteredModels(e.Context(), request))(e)
		for _, model := range page.RegisteredModels {
			names = append(names, model.Name)
		}
		if page.NextPageToken == "" {
			return names
		}
		request.PageToken = page.NextPageToken
	}
}

// searchVersionNumbers returns the versions on one page of a search.
func (e *env) searchVersionNumbers(filter string, order ...string) []string {
	e.Helper()
	page := requireValue(e.client.SearchModelVersions(e.Context(), mlflow.SearchRequest{Filter: filter, OrderBy: order}))(e)
	var numbers []string
	for _, version := range page.ModelVersions {
		numbers = append(numbers, version.Version)
	}
	return numbers
}

func TestSearchesPageByToken(t *testing.T) {
	forEachOpenServer(t, func(e *env) {
		prefix := newName("paged")
		var want []string
		for i := range 5 {
			want = append(want, fmt.Sprintf("%s-%d", prefix, i))
			e.requireNoError(e.user.CreateModel(e.Context(), want[i], nil))
		}
		filter := "name LIKE '" + prefix + "-%'"
		for _, size := range []int{1, 2, 5, 1000} {
			got := e.searchModelNames(mlflow.SearchRequest{Filter: filter, MaxResults: size})
			if diff := cmp.Diff(want, got); diff != "" {
				e.Errorf("pages of %d (-want +got):\n%s", size, diff)
			}
		}
	})
}

func TestModelsAreOrdered(t *testing.T) {
	forEachOpenServer(t, func(e *env) {
		prefix := newName("ordered")
		for _, suffix := range []string{"-b", "-a"} {
			e.requireNoError(e.user.CreateModel(e.Context(), prefix+suffix, nil))
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
			e.runCase(sentence, func(e *env) {
				got := e.searchModelNames(mlflow.SearchRequest{Filter: filter, OrderBy: tc.order})
				if diff := cmp.Diff(tc.want, got); diff != "" {
					e.Errorf("(-want +got):\n%s", diff)
				}
			})
		}
		_, err := e.client.SearchRegisteredModels(e.Context(), mlflow.SearchRequest{OrderBy: []string{"creation_timestamp"}})
		e.requireKind(err, mlflow.ErrInvalidParameter)
	})
}

func TestVersionsAreOrdered(t *testing.T) {
	forEachOpenServer(t, func(e *env) {
		name := e.createModelWithVersions(3)
		e.requireNoError(e.user.SetVersionDescription(e.Context(), name, "1", "touched last"))
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
			e.runCase(sentence, func(e *env) {
				if diff := cmp.Diff(tc.want, e.searchVersionNumbers(filter, tc.order...)); diff != "" {
					e.Errorf("(-want +got):\n%s", diff)
				}
			})
		}
		_, err := e.client.SearchModelVersions(e.Context(), mlflow.SearchRequest{OrderBy: []string{"current_stage"}})
		e.requireKind(err, mlflow.ErrInvalidParameter)
	})
}

func TestASearchWithoutResultsReturnsAnEmptyPage(t *testing.T) {
	forEachOpenServer(t, func(e *env) {
		filter := "name = '" + newName("absent") + "'"
		if names := e.searchModelNames(mlflow.SearchRequest{Filter: filter}); len(names) != 0 {
			e.Errorf("found %v", names)
		}
		if numbers := e.searchVersionNumbers(filter); len(numbers) != 0 {
			e.Errorf("found %v", numbers)
		}
	})
}

func TestPageLimits(t *testing.T) {
	forEachOpenServer(t, func(e *env) {
		e.createModel()
		search := func(endpoint string, args map[string]any) error {
			return e.user.CallEndpoint(e.Context(), "GET", endpoint, args, nil)
		}
		e.requireNoError(search("registered-models/search", map[string]any{"max_results": 1000}))
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
			e.runCase(sentence, func(e *env) {
				e.requireRejected(search(tc.endpoint, tc.args), 400, "INVALID_PARAMETER_VALUE", "")
			})
		}
	})
}

// A page of size zero has a token that selects the same page again.
func TestAPageOfNoModelsNeverEnds(t *testing.T) {
	forEachOpenServer(t, func(e *env) {
		e.createModel()
		var answer struct {
			Models []any  `json:"registered_models"`
			Token  string `json:"next_page_token"`
		}
		e.requireNoError(e.user.CallEndpoint(e.Context(), "GET", "registered-models/search", map[string]any{"max_results": 0}, &answer))
		if len(answer.Models) != 0 || answer.Token == "" {
			e.Errorf("got %+v", answer)
		}
	})
}
