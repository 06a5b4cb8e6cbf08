// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflow

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

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
		"none":                                   {},
		"some":                                   {[]string{"a", "b"}, []int{2}},
		"many short ones":                        {many, []int{100, 100, 50}},
		"some long ones":                         {[]string{long, long, long}, []int{2, 1}},
		"some that are long in an address":       {[]string{foreign, foreign, foreign}, []int{2, 1}},
		"one that is longer than all":            {[]string{strings.Repeat("x", 5000), "a"}, []int{1, 1}},
		"one that no filter can express":         {[]string{"a", `it's "it"`, "b"}, []int{2}},
		"nothing but what no filter can express": {[]string{`it's "it"`}, nil},
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
