// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package contract

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/mlflowtest"
)

func TestFiltersOfVersions(t *testing.T) {
	forEachOpenServer(t, func(e *env) {
		name, other := e.createModel(), e.createModelWithVersions(1)
		runA, runB := newName("run"), newName("run")
		e.createVersion(mlflowtest.VersionSpec{Name: name, Source: "s3://" + name + "/1", RunID: runA, Tags: map[string]string{"a.b/c": "x"}})
		e.createVersion(mlflowtest.VersionSpec{Name: name, Source: "s3://" + name + "/2", RunID: runB, Tags: map[string]string{"q q": "a'b"}})
		e.createVersion(mlflowtest.VersionSpec{Name: name, Source: "s3://" + name + "/3", Tags: map[string]string{"a.b/c": "y", "t": "1"}})
		of := "name = '" + name + "'"
		cases := map[string]struct {
			filter string
			want   []string
		}{
			"the name":                     {of, []string{"3", "2", "1"}},
			"the name in double quotes":    {`name = "` + name + `"`, []string{"3", "2", "1"}},
			"a name that is like it":       {"name LIKE '" + name + "'", []string{"3", "2", "1"}},
			"a name in another case":       {"name ILIKE 'MODEL" + name[len("model"):] + "'", []string{"3", "2", "1"}},
			"a tag in backticks":           {of + " and tags.`a.b/c` = 'x'", []string{"1"}},
			"a tag in double quotes":       {of + ` and tags."a.b/c" = 'x'`, []string{"1"}},
			"the singular":                 {of + " and tag.t = '1'", []string{"3"}},
			"a quote in a value":           {of + " and tags.`q q` = \"a'b\"", []string{"2"}},
			"another value":                {of + " and tags.`a.b/c` != 'x'", []string{"3"}},
			"two tags":                     {of + " and tags.`a.b/c` = 'y' and tags.t = '1'", []string{"3"}},
			"a tag that nothing has":       {of + " and tags.absent != 'x'", nil},
			"a number":                     {of + " and version_number = 2", []string{"2"}},
			"a quoted number":              {of + " and version_number = '2'", []string{"2"}},
			"numbers from":                 {of + " and version_number >= 2", []string{"3", "2"}},
			"numbers above":                {of + " and version_number > 2", []string{"3"}},
			"a source":                     {"source_path = 's3://" + name + "/1'", []string{"1"}},
			"sources":                      {"source_path LIKE 's3://" + name + "/%'", []string{"3", "2", "1"}},
			"a run":                        {"run_id = '" + runA + "'", []string{"1"}},
			"runs":                         {"run_id IN ('" + runA + "','" + runB + "')", []string{"2", "1"}},
			"no run":                       {of + " and run_id = ''", []string{"3"}},
			"the word and in other cases":  {of + " AND version_number = 1", []string{"1"}},
			"one of another model's names": {"name = '" + other + "'", []string{"1"}},
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

func TestRejectedFilters(t *testing.T) {
	cases := map[string]string{
		"an unquoted value":           "name = m",
		"a dotted key without quotes": "tags.a.b/c = 'x'",
		"or":                          "name = 'a' or name = 'b'",
		"parentheses":                 "(name = 'a')",
		"the status":                  "status = 'READY'",
		"the logged model":            "model_id = 'm-1'",
		"aliases":                     "aliases = 'champion'",
		"the creation time":           "creation_timestamp > 1",
		"the stage":                   "current_stage = 'Production'",
	}
	forEachOpenServer(t, func(e *env) {
		for sentence, filter := range cases {
			e.runCase(sentence, func(e *env) {
				_, err := e.client.SearchModelVersions(e.Context(), mlflow.SearchRequest{Filter: filter})
				e.requireKind(err, mlflow.ErrInvalidParameter)
			})
		}
	})
}

func TestFiltersOfModels(t *testing.T) {
	forEachOpenServer(t, func(e *env) {
		name, owner := newName("model"), newName("owner")
		e.requireNoError(e.user.CreateModel(e.Context(), name, map[string]string{"registry.mlflow-operator.io/managed-by": owner}))
		byTag := requireValue(mlflow.FilterTag("registry.mlflow-operator.io/managed-by", owner))(e)
		for sentence, filter := range map[string]string{
			"the client's tag filter": byTag,
			"the name":                "name = '" + name + "'",
			"a pattern":               "name LIKE '" + name[:len(name)-1] + "_'",
			"both":                    "name = '" + name + "' AND " + byTag,
		} {
			e.runCase(sentence, func(e *env) {
				names := e.searchModelNames(mlflow.SearchRequest{Filter: filter})
				if len(names) == 0 || names[0] != name && sentence != "a pattern" {
					e.Errorf("%s: got %v", filter, names)
				}
			})
		}
	})
}

func TestTheClientsFiltersQuoteAnyName(t *testing.T) {
	forEachOpenServer(t, func(e *env) {
		for sentence, suffix := range map[string]string{"a quote": "'s", "a double quote": `"s`, "an umlaut": "ü", "a percent sign": "%"} {
			e.runCase(sentence, func(e *env) {
				name := newName("model") + suffix
				e.requireNoError(e.user.CreateModel(e.Context(), name, nil))
				filter := requireValue(mlflow.FilterEquals("name", name))(e)
				if diff := cmp.Diff([]string{name}, e.searchModelNames(mlflow.SearchRequest{Filter: filter})); diff != "" {
					e.Errorf("%s (-want +got):\n%s", filter, diff)
				}
			})
		}
	})
}
