// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package contract

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/mlflowtest"
)

// newListFilter returns the client's filter for a list.
func (e *env) newListFilter(attribute string, values ...string) string {
	e.Helper()
	return requireValue(mlflow.FilterIn(attribute, values))(e)
}

// MLflow 2 rejects lists of names; the client must not report that as an invalid filter.
func TestAListOfNames(t *testing.T) {
	forEachOpenServer(t, func(e *env) {
		first, second := e.createModelWithVersions(1), e.createModelWithVersions(1)
		prompt := newName("prompt")
		e.requireNoError(e.user.CreatePrompt(e.Context(), prompt))
		request := mlflow.SearchRequest{Filter: e.newListFilter("name", second, first, prompt, newName("absent"), strings.ToUpper(first))}
		versions, noVersions := e.client.SearchModelVersions(e.Context(), request)
		_, noModels := e.client.SearchRegisteredModels(e.Context(), request)
		if byGeneration(e, false, true) {
			e.requireKind(noVersions, mlflow.ErrFilterNotSupported)
			e.requireKind(noModels, mlflow.ErrFilterNotSupported)
			return
		}
		e.requireNoError(errors.Join(noVersions, noModels))
		if len(versions.ModelVersions) != 2 {
			e.Errorf("got %+v", versions.ModelVersions)
		}
		if diff := cmp.Diff([]string{first, second}, e.searchModelNames(request)); diff != "" {
			e.Errorf("models (-want +got):\n%s", diff)
		}
		request.Filter = e.newListFilter("name", first)
		if diff := cmp.Diff([]string{first}, e.searchModelNames(request)); diff != "" {
			e.Errorf("a list of one (-want +got):\n%s", diff)
		}
	})
}

// specialNames are names that could look like a part of the filter.
var specialNames = []string{
	"a,b", `a", "b`, "(a)", "a) OR", "a b ", " a", `6"`, "ünï", "😀", "a`b", "50%",
	"a_b", "a--b", "a#b", "a;b", "$1$", "{a}", "[a]", "a\u00a0b",
}

func TestTheClientsListsQuoteAnyName(t *testing.T) {
	forEachOpenServer(t, func(e *env) {
		if byGeneration(e, false, true) {
			return // TestAListOfNames says that the second has none
		}
		var names []string
		for _, oddity := range specialNames {
			names = append(names, oddity+newName("model"))
			e.requireNoError(e.user.CreateModel(e.Context(), names[len(names)-1], nil))
		}
		slices.Sort(names)
		if diff := cmp.Diff(names, e.searchModelNames(mlflow.SearchRequest{Filter: e.newListFilter("name", names...)})); diff != "" {
			e.Errorf("together (-want +got):\n%s", diff)
		}
		for _, name := range names {
			if diff := cmp.Diff([]string{name}, e.searchModelNames(mlflow.SearchRequest{Filter: e.newListFilter("name", name)})); diff != "" {
				e.Errorf("alone (-want +got):\n%s", diff)
			}
		}
	})
}

// The run of a version may be any text, so a list must not fail for one of them.
func TestAListOfRunsOfVersions(t *testing.T) {
	forEachOpenServer(t, func(e *env) {
		name := e.createModel()
		runs := []string{newName("run"), newName("run")}
		for _, run := range slices.Concat(runs, []string{"12345"}) {
			e.createVersion(mlflowtest.VersionSpec{Name: name, Source: "s3://bucket/m", RunID: run})
		}
		cases := map[string]struct {
			filter string
			want   []string
		}{
			"two":                  {e.newListFilter("run_id", runs...), []string{"2", "1"}},
			"one":                  {e.newListFilter("run_id", runs[0]), []string{"1"}},
			"with a prefix":        {e.newListFilter("attribute.run_id", runs[1]), []string{"2"}},
			"among oddities":       {e.newListFilter("run_id", slices.Concat(specialNames, runs)...), []string{"2", "1"}},
			"in another case":      {e.newListFilter("run_id", strings.ToUpper(runs[0])), nil},
			"one without a letter": {e.newListFilter("run_id", "12345") + " and name = '" + name + "'", byGeneration(e, []string{"3"}, nil)},
		}
		for sentence, tc := range cases {
			e.runCase(sentence, func(e *env) {
				if diff := cmp.Diff(tc.want, e.searchVersionNumbers(tc.filter, "version_number DESC")); diff != "" {
					e.Errorf("%s (-want +got):\n%s", tc.filter, diff)
				}
			})
		}
	})
}

// TestListSyntax has lists that FilterIn never builds, because a server may reject all of them.
func TestListSyntax(t *testing.T) {
	forEachOpenServer(t, func(e *env) {
		for sentence, tc := range map[string]struct {
			filter string
			want   error
		}{
			"double quotes":                   {`run_id IN ("a")`, byGeneration(e, nil, mlflow.ErrInvalidParameter)},
			"a single quote in double quotes": {`run_id IN ('b',"it's")`, byGeneration(e, nil, mlflow.ErrInvalidParameter)},
			"a single quote in single quotes": {`run_id IN ('it's')`, mlflow.ErrInvalidParameter},
			"an empty list":                   {`run_id IN ()`, mlflow.ErrInvalidParameter},
			"a prefix that runs alone have":   {`attributes.run_id IN ('a')`, mlflow.ErrInvalidParameter},
		} {
			e.runCase(sentence, func(e *env) {
				_, err := e.client.SearchModelVersions(e.Context(), mlflow.SearchRequest{Filter: tc.filter})
				e.requireKind(err, tc.want)
				if errors.Is(err, mlflow.ErrFilterNotSupported) {
					e.Errorf("%v is reported as an unsupported list", err)
				}
			})
		}
	})
}

// The web server of MLflow 2 accepts a request line of at most 4094 bytes.
func TestAListThatIsTooLongForAURL(t *testing.T) {
	forEachOpenServer(t, func(e *env) {
		for _, tc := range []struct {
			ids  int
			want error
		}{{90, nil}, {100, byGeneration(e, nil, mlflow.ErrNotMLflow)}} {
			var ids []string
			for i := range tc.ids {
				ids = append(ids, fmt.Sprintf("%032x", 0xa<<16+i))
			}
			_, err := e.client.SearchModelVersions(e.Context(), mlflow.SearchRequest{Filter: e.newListFilter("run_id", ids...)})
			e.requireKind(err, tc.want)
		}
	})
}
