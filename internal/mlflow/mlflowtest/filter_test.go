// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflowtest

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The contract suite tests which filters real servers accept. These tests cover how this server
// parses them.
func TestFiltersAreParsed(t *testing.T) {
	cases := map[string]struct {
		filter string
		want   []filterClause
	}{
		"nothing": {"  ", nil},
		"a name":  {"name='m'", []filterClause{{key: "name", comparator: "=", values: []string{"m"}}}},
		"a tag and a number": {
			"tags.`a.b/c` != \"it's\" AND version_number>=2",
			[]filterClause{
				{isTag: true, prefix: "tags", key: "a.b/c", comparator: "!=", values: []string{"it's"}},
				{key: "version_number", comparator: ">=", values: []string{"2"}},
			},
		},
		"a list": {
			"run_id in ('a', \"b\")",
			[]filterClause{{key: "run_id", comparator: "IN", values: []string{"a", "b"}, doubleQuotes: true}},
		},
		"a list of values that look like lists": {
			`name IN ('a,b','c)', 'it"s')`,
			[]filterClause{{key: "name", comparator: "IN", values: []string{"a,b", "c)", `it"s`}}},
		},
		"an attribute by its full name": {
			"attribute.name like 'm%'",
			[]filterClause{{prefix: "attribute", key: "name", comparator: "LIKE", values: []string{"m%"}}},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got, err := parseFilter(tc.filter)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, got, cmp.AllowUnexported(filterClause{})); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestInvalidFilters(t *testing.T) {
	for _, filter := range []string{
		"name", "name = m", "name = 'a' name = 'b'", "name = 'a' and", "(name = 'a')",
		"run_id IN ('a',)", "run_id IN ()", "run_id IN (a)",
	} {
		if conditions, err := parseFilter(filter); err == nil {
			t.Errorf("%s was parsed as %+v", filter, conditions)
		}
	}
}

func TestPatterns(t *testing.T) {
	cases := map[string]struct {
		value, pattern string
		want           bool
	}{
		"any end":         {"model-1", "model-%", true},
		"one character":   {"model-1", "model-_", true},
		"not two":         {"model-12", "model-_", false},
		"a dot is a dot":  {"modelX1", "model.1", false},
		"the whole value": {"my model", "model", false},
		"an empty end":    {"model", "model%", true},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if got := matchesLike(tc.value, tc.pattern); got != tc.want {
				t.Errorf("got %t", got)
			}
		})
	}
}
