// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflowtest

import (
	"encoding/json"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestNumbersPrintAsPythonDoes(t *testing.T) {
	cases := map[string]struct {
		value any
		want  string
	}{
		"a decimal":         {0.91, "0.91"},
		"an integer":        {float64(1), "1.0"},
		"a negative zero":   {math.Copysign(0, -1), "0.0"},
		"the last plain":    {1e15, "1000000000000000.0"},
		"the first with e":  {1e16, "1e+16"},
		"a small plain":     {0.0001, "0.0001"},
		"a small with e":    {0.00001, "1e-05"},
		"the smallest":      {5e-324, "5e-324"},
		"NaN":               {"NaN", `"NaN"`},
		"infinity":          {"Infinity", "1.7976931348623157e+308"},
		"negative infinity": {"-Infinity", "-1.7976931348623157e+308"},
		"a number in quote": {"1.5", "1.5"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			n, ok := parseNumber(tc.value)
			if !ok {
				t.Fatal("is no number")
			}
			got, err := json.Marshal(n)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, string(got)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
