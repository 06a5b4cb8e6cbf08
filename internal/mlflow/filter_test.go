// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflow

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestFilters(t *testing.T) {
	equals := func(value string) func() (string, error) {
		return func() (string, error) { return FilterEquals("name", value) }
	}
	tagged := func(key, value string) func() (string, error) {
		return func() (string, error) { return FilterTag(key, value) }
	}
	among := func(values ...string) func() (string, error) {
		return func() (string, error) { return FilterIn("run_id", values) }
	}
	tests := map[string]struct {
		filter  func() (string, error)
		want    string
		wantErr string
	}{
		"plain":                  {filter: equals("m"), want: `name = 'm'`},
		"a single quote inside":  {filter: equals("it's"), want: `name = "it's"`},
		"a double quote inside":  {filter: equals(`6" gun`), want: `name = '6" gun'`},
		"both quotes inside":     {filter: equals(`' or name != "x`), wantErr: "a value with both kinds of quotes can't be searched for"},
		"a backslash at its end": {filter: equals(`m\`), wantErr: "a value with a backslash or a control character can't be searched for"},
		"a line break":           {filter: equals("m\n"), wantErr: "a value with a backslash or a control character can't be searched for"},
		"a tag":                  {filter: tagged("a.b/c", "v"), want: "tags.`a.b/c` = 'v'"},
		"a tag with quotes":      {filter: tagged(`q'"`, "v"), want: "tags.`q'\"` = 'v'"},
		"a tag with a suffix": {
			filter: func() (string, error) { return FilterTagSuffix("a.b/c", "/0b1c") }, want: "tags.`a.b/c` LIKE '%/0b1c'",
		},
		"a tag with a backtick": {
			filter: tagged("a`b", "v"), wantErr: "a tag key with a backtick, a backslash or a control character can't be searched for",
		},
		"a list":        {filter: among("a", `b"`, "c,d", "e)"), want: `run_id IN ('a','b"','c,d','e)')`},
		"a list of one": {filter: among("a"), want: `run_id IN ('a')`},
		"an empty list": {filter: among(), wantErr: "a list without a value can't be searched for"},
		"a list with a quote": {
			filter: among("a", "it's"), wantErr: "a value with a single quote can't be searched for in a list",
		},
		"a list with a backslash": {
			filter: among("a", `b\x`), wantErr: "a value with a backslash or a control character can't be searched for",
		},
		"a tag with a bad value": {filter: tagged("k", `'"`), wantErr: "a value with both kinds of quotes can't be searched for"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := test.filter()
			if got != test.want || (err == nil) != (test.wantErr == "") || (err != nil && err.Error() != test.wantErr) {
				t.Errorf("filter is %s, error is %v", got, err)
			}
		})
	}
}

func TestFilterChunks(t *testing.T) {
	long, foreign := strings.Repeat("x", 1500), strings.Repeat("ü", 250)
	var many []string
	for i := range 250 {
		many = append(many, fmt.Sprintf("m-%03d", i))
	}
	tests := map[string]struct {
		values []string
		want   []int
	}{
		"none":                                {},
		"some":                                {[]string{"a", "b"}, []int{2}},
		"many short ones":                     {many, []int{100, 100, 50}},
		"some long ones":                      {[]string{long, long, long}, []int{2, 1}},
		"some that are long when escaped":     {[]string{foreign, foreign, foreign}, []int{2, 1}},
		"one longer than a chunk":             {[]string{strings.Repeat("x", 5000), "a"}, []int{1, 1}},
		"one that no filter can express":      {[]string{"a", `it's "it"`, "b"}, []int{2}},
		"only one that no filter can express": {[]string{`it's "it"`}, nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var got []int
			for _, chunk := range FilterChunks("name", test.values) {
				got = append(got, len(chunk.Values))
				if want, _ := FilterIn("name", chunk.Values); chunk.Filter != want {
					t.Errorf("filter %q, want %q", chunk.Filter, want)
				}
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("sizes of the chunks (-want +got):\n%s", diff)
			}
		})
	}
}
