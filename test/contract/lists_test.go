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

// newListFilter is the client's filter for a list.
func (w *env) newListFilter(attribute string, values ...string) string {
	w.Helper()
	return requireValue(mlflow.FilterIn(attribute, values))(w)
}

// The second generation says that it doesn't know lists of names, and what it says is
// not taken for a filter that is wrong.
func TestAListOfNames(t *testing.T) {
	forEachOpenServer(t, func(w *env) {
		first, second := w.createModelWithVersions(1), w.createModelWithVersions(1)
		prompt := newName("prompt")
		w.requireNoError(w.user.CreatePrompt(w.Context(), prompt))
		request := mlflow.SearchRequest{Filter: w.newListFilter("name", second, first, prompt, newName("absent"), strings.ToUpper(first))}
		versions, noVersions := w.client.SearchModelVersions(w.Context(), request)
		_, noModels := w.client.SearchRegisteredModels(w.Context(), request)
		if byGeneration(w, false, true) {
			w.requireKind(noVersions, mlflow.ErrFilterNotSupported)
			w.requireKind(noModels, mlflow.ErrFilterNotSupported)
			return
		}
		w.requireNoError(errors.Join(noVersions, noModels))
		if len(versions.ModelVersions) != 2 {
			w.Errorf("got %+v", versions.ModelVersions)
		}
		if diff := cmp.Diff([]string{first, second}, w.searchModelNames(request)); diff != "" {
			w.Errorf("models (-want +got):\n%s", diff)
		}
		request.Filter = w.newListFilter("name", first)
		if diff := cmp.Diff([]string{first}, w.searchModelNames(request)); diff != "" {
			w.Errorf("a list of one (-want +got):\n%s", diff)
		}
	})
}

// specialNames are what a name may hold that could be taken for a part of the filter.
var specialNames = []string{
	"a,b", `a", "b`, "(a)", "a) OR", "a b ", " a", `6"`, "ünï", "😀", "a`b", "50%",
	"a_b", "a--b", "a#b", "a;b", "$1$", "{a}", "[a]", "a\u00a0b",
}

func TestTheClientsListsQuoteAnyName(t *testing.T) {
	forEachOpenServer(t, func(w *env) {
		if byGeneration(w, false, true) {
			return // TestAListOfNames says that the second has none
		}
		var names []string
		for _, oddity := range specialNames {
			names = append(names, oddity+newName("model"))
			w.requireNoError(w.user.CreateModel(w.Context(), names[len(names)-1], nil))
		}
		slices.Sort(names)
		if diff := cmp.Diff(names, w.searchModelNames(mlflow.SearchRequest{Filter: w.newListFilter("name", names...)})); diff != "" {
			w.Errorf("together (-want +got):\n%s", diff)
		}
		for _, name := range names {
			if diff := cmp.Diff([]string{name}, w.searchModelNames(mlflow.SearchRequest{Filter: w.newListFilter("name", name)})); diff != "" {
				w.Errorf("alone (-want +got):\n%s", diff)
			}
		}
	})
}

// The run of a version may be any text, so that a list must not fail for one of them.
func TestAListOfRunsOfVersions(t *testing.T) {
	forEachOpenServer(t, func(w *env) {
		name := w.createModel()
		runs := []string{newName("run"), newName("run")}
		for _, run := range slices.Concat(runs, []string{"12345"}) {
			w.createVersion(mlflowtest.VersionSpec{Name: name, Source: "s3://bucket/m", RunID: run})
		}
		cases := map[string]struct {
			filter string
			want   []string
		}{
			"two":                  {w.newListFilter("run_id", runs...), []string{"2", "1"}},
			"one":                  {w.newListFilter("run_id", runs[0]), []string{"1"}},
			"with a prefix":        {w.newListFilter("attribute.run_id", runs[1]), []string{"2"}},
			"among oddities":       {w.newListFilter("run_id", slices.Concat(specialNames, runs)...), []string{"2", "1"}},
			"in another case":      {w.newListFilter("run_id", strings.ToUpper(runs[0])), nil},
			"one without a letter": {w.newListFilter("run_id", "12345") + " and name = '" + name + "'", byGeneration(w, []string{"3"}, nil)},
		}
		for sentence, tc := range cases {
			w.runCase(sentence, func(w *env) {
				if diff := cmp.Diff(tc.want, w.searchVersionNumbers(tc.filter, "version_number DESC")); diff != "" {
					w.Errorf("%s (-want +got):\n%s", tc.filter, diff)
				}
			})
		}
	})
}

// What FilterIn does not write is what a server may refuse, together with the rest of
// the list.
func TestListSyntax(t *testing.T) {
	forEachOpenServer(t, func(w *env) {
		for sentence, tc := range map[string]struct {
			filter string
			want   error
		}{
			"double quotes":                   {`run_id IN ("a")`, byGeneration(w, nil, mlflow.ErrInvalidParameter)},
			"a single quote in double quotes": {`run_id IN ('b',"it's")`, byGeneration(w, nil, mlflow.ErrInvalidParameter)},
			"a single quote in single quotes": {`run_id IN ('it's')`, mlflow.ErrInvalidParameter},
			"an empty list":                   {`run_id IN ()`, mlflow.ErrInvalidParameter},
			"a prefix that runs alone have":   {`attributes.run_id IN ('a')`, mlflow.ErrInvalidParameter},
		} {
			w.runCase(sentence, func(w *env) {
				_, err := w.client.SearchModelVersions(w.Context(), mlflow.SearchRequest{Filter: tc.filter})
				w.requireKind(err, tc.want)
				if errors.Is(err, mlflow.ErrFilterNotSupported) {
					w.Errorf("%v is taken for a list that the server doesn't know", err)
				}
			})
		}
	})
}

// The web server of the second generation reads a first line of at most 4094 bytes.
func TestAListThatIsTooLongForAURL(t *testing.T) {
	forEachOpenServer(t, func(w *env) {
		for _, tc := range []struct {
			ids  int
			want error
		}{{90, nil}, {100, byGeneration(w, nil, mlflow.ErrNotMLflow)}} {
			var ids []string
			for i := range tc.ids {
				ids = append(ids, fmt.Sprintf("%032x", 0xa<<16+i))
			}
			_, err := w.client.SearchModelVersions(w.Context(), mlflow.SearchRequest{Filter: w.newListFilter("run_id", ids...)})
			w.requireKind(err, tc.want)
		}
	})
}
