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

// among is the client's filter for a list.
func (w *world) among(attribute string, values ...string) string {
	w.Helper()
	return got(mlflow.FilterIn(attribute, values))(w)
}

// The second generation says that it doesn't know lists of names, and what it says is
// not taken for a filter that is wrong.
func TestAListOfNames(t *testing.T) {
	everywhere(t, func(w *world) {
		first, second := w.modelWith(1), w.modelWith(1)
		prompt := fresh("prompt")
		w.must(w.people.CreatePrompt(w.Context(), prompt))
		request := mlflow.SearchRequest{Filter: w.among("name", second, first, prompt, fresh("absent"), strings.ToUpper(first))}
		versions, noVersions := w.client.SearchModelVersions(w.Context(), request)
		_, noModels := w.client.SearchRegisteredModels(w.Context(), request)
		if per(w, false, true) {
			w.is(noVersions, mlflow.ErrFilterNotSupported)
			w.is(noModels, mlflow.ErrFilterNotSupported)
			return
		}
		w.must(errors.Join(noVersions, noModels))
		if len(versions.ModelVersions) != 2 {
			w.Errorf("got %+v", versions.ModelVersions)
		}
		if diff := cmp.Diff([]string{first, second}, w.modelNames(request)); diff != "" {
			w.Errorf("models (-want +got):\n%s", diff)
		}
		request.Filter = w.among("name", first)
		if diff := cmp.Diff([]string{first}, w.modelNames(request)); diff != "" {
			w.Errorf("a list of one (-want +got):\n%s", diff)
		}
	})
}

// oddities are what a name may hold that could be taken for a part of the filter.
var oddities = []string{
	"a,b", `a", "b`, "(a)", "a) OR", "a b ", " a", `6"`, "ünï", "😀", "a`b", "50%",
	"a_b", "a--b", "a#b", "a;b", "$1$", "{a}", "[a]", "a\u00a0b",
}

func TestTheClientsListsQuoteAnyName(t *testing.T) {
	everywhere(t, func(w *world) {
		if per(w, false, true) {
			return // TestAListOfNames says that the second has none
		}
		var names []string
		for _, oddity := range oddities {
			names = append(names, oddity+fresh("model"))
			w.must(w.people.CreateModel(w.Context(), names[len(names)-1], nil))
		}
		slices.Sort(names)
		if diff := cmp.Diff(names, w.modelNames(mlflow.SearchRequest{Filter: w.among("name", names...)})); diff != "" {
			w.Errorf("together (-want +got):\n%s", diff)
		}
		for _, name := range names {
			if diff := cmp.Diff([]string{name}, w.modelNames(mlflow.SearchRequest{Filter: w.among("name", name)})); diff != "" {
				w.Errorf("alone (-want +got):\n%s", diff)
			}
		}
	})
}

// The run of a version may be any text, so that a list must not fail for one of them.
func TestAListOfRunsOfVersions(t *testing.T) {
	everywhere(t, func(w *world) {
		name := w.model()
		runs := []string{fresh("run"), fresh("run")}
		for _, run := range slices.Concat(runs, []string{"12345"}) {
			w.add(mlflowtest.VersionSpec{Name: name, Source: "s3://bucket/m", RunID: run})
		}
		cases := map[string]struct {
			filter string
			want   []string
		}{
			"two":                  {w.among("run_id", runs...), []string{"2", "1"}},
			"one":                  {w.among("run_id", runs[0]), []string{"1"}},
			"with a prefix":        {w.among("attribute.run_id", runs[1]), []string{"2"}},
			"among oddities":       {w.among("run_id", slices.Concat(oddities, runs)...), []string{"2", "1"}},
			"in another case":      {w.among("run_id", strings.ToUpper(runs[0])), nil},
			"one without a letter": {w.among("run_id", "12345") + " and name = '" + name + "'", per(w, []string{"3"}, nil)},
		}
		for sentence, tc := range cases {
			w.that(sentence, func(w *world) {
				if diff := cmp.Diff(tc.want, w.versionNumbers(tc.filter, "version_number DESC")); diff != "" {
					w.Errorf("%s (-want +got):\n%s", tc.filter, diff)
				}
			})
		}
	})
}

// What FilterIn does not write is what a server may refuse, together with the rest of
// the list.
func TestListsThatTheClientDoesNotWrite(t *testing.T) {
	everywhere(t, func(w *world) {
		for sentence, tc := range map[string]struct {
			filter string
			want   error
		}{
			"double quotes":                   {`run_id IN ("a")`, per(w, nil, mlflow.ErrInvalidParameter)},
			"a single quote in double quotes": {`run_id IN ('b',"it's")`, per(w, nil, mlflow.ErrInvalidParameter)},
			"a single quote in single quotes": {`run_id IN ('it's')`, mlflow.ErrInvalidParameter},
			"an empty list":                   {`run_id IN ()`, mlflow.ErrInvalidParameter},
			"a prefix that runs alone have":   {`attributes.run_id IN ('a')`, mlflow.ErrInvalidParameter},
		} {
			w.that(sentence, func(w *world) {
				_, err := w.client.SearchModelVersions(w.Context(), mlflow.SearchRequest{Filter: tc.filter})
				w.is(err, tc.want)
				if errors.Is(err, mlflow.ErrFilterNotSupported) {
					w.Errorf("%v is taken for a list that the server doesn't know", err)
				}
			})
		}
	})
}

// The web server of the second generation reads a first line of at most 4094 bytes.
func TestAListThatIsTooLongForAURL(t *testing.T) {
	everywhere(t, func(w *world) {
		for _, tc := range []struct {
			ids  int
			want error
		}{{90, nil}, {100, per(w, nil, mlflow.ErrNotMLflow)}} {
			var ids []string
			for i := range tc.ids {
				ids = append(ids, fmt.Sprintf("%032x", 0xa<<16+i))
			}
			_, err := w.client.SearchModelVersions(w.Context(), mlflow.SearchRequest{Filter: w.among("run_id", ids...)})
			w.is(err, tc.want)
		}
	})
}
