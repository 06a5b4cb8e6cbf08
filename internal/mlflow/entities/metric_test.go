// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package entities

import (
	"encoding/json"
	"math"
	"math/big"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

// metricValueReading holds the results of all methods of a value.
type metricValueReading struct {
	Rat                 string
	NaN, Infinite, Zero bool
	Text                string
}

func readValue(v MetricValue) metricValueReading {
	r := metricValueReading{NaN: v.IsNaN(), Infinite: v.IsInfinite(), Zero: v.IsZero(), Text: v.String()}
	if rat, ok := v.Rat(); ok {
		r.Rat = rat.RatString()
	}
	return r
}

func TestMetricValuesAreReadExactly(t *testing.T) {
	tests := map[string]struct {
		wire string
		want metricValueReading
	}{
		"a decimal is not rounded":      {`0.1`, metricValueReading{Rat: "1/10", Text: "0.1"}},
		"an integer":                    {`1.0`, metricValueReading{Rat: "1", Text: "1.0"}},
		"a negative":                    {`-2.5`, metricValueReading{Rat: "-5/2", Text: "-2.5"}},
		"an exponent":                   {`1e+16`, metricValueReading{Rat: "10000000000000000", Text: "1e+16"}},
		"a number in quotes":            {`"0.25"`, metricValueReading{Rat: "1/4", Text: "0.25"}},
		"zero":                          {`0.0`, metricValueReading{Rat: "0", Zero: true, Text: "0.0"}},
		"negative zero":                 {`-0.0`, metricValueReading{Rat: "0", Zero: true, Text: "-0.0"}},
		"less than any double":          {`1e-999999999`, metricValueReading{Rat: "0", Zero: true, Text: "1e-999999999"}},
		"the NaN of a run":              {`"NaN"`, metricValueReading{NaN: true, Text: "NaN"}},
		"infinity, as MLflow writes it": {`1.7976931348623157e+308`, metricValueReading{Infinite: true, Text: "Infinity"}},
		"its negative":                  {`-1.7976931348623157e+308`, metricValueReading{Infinite: true, Text: "-Infinity"}},
		"infinity by name":              {`"-inf"`, metricValueReading{Infinite: true, Text: "-Infinity"}},
		"more than any double":          {`1e+999999999`, metricValueReading{Infinite: true, Text: "Infinity"}},
		"no value":                      {`null`, metricValueReading{NaN: true, Text: "null"}},
		"a word":                        {`"great"`, metricValueReading{NaN: true, Text: "great"}},
		"a number with a space":         {`"1 "`, metricValueReading{NaN: true, Text: "1 "}},
		"a fraction is no decimal":      {`"1/2"`, metricValueReading{NaN: true, Text: "1/2"}},
		"an object":                     {`{"a": 1}`, metricValueReading{NaN: true, Text: `{"a": 1}`}},
		"more digits than a measurement": {
			"1" + strings.Repeat("0", 60), metricValueReading{NaN: true, Text: "1" + strings.Repeat("0", 47) + "…"},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var got Metric
			if err := json.Unmarshal([]byte(`{"value": `+test.wire+`}`), &got); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, readValue(got.Value)); diff != "" {
				t.Errorf("value (-want +got):\n%s", diff)
			}
		})
	}
}

func TestTheZeroMetricValueIsNotANumber(t *testing.T) {
	if diff := cmp.Diff(metricValueReading{NaN: true}, readValue(MetricValue{})); diff != "" {
		t.Errorf("value (-want +got):\n%s", diff)
	}
}

// FuzzMetricValue checks that a value is either a number or not, and that a number equals the
// one that floating point reads.
func FuzzMetricValue(f *testing.F) {
	for _, seed := range []string{
		`0.91`, `"NaN"`, `1.7976931348623157e+308`, `-0.0`, `5e-324`, `1e-400`, `"0x1p-2"`, `"1_0"`, `"Infinity"`, `null`, `{}`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, wire string) {
		var v MetricValue
		if json.Unmarshal([]byte(wire), &v) != nil {
			return
		}
		rat, finite := v.Rat()
		if finite == (v.IsNaN() || v.IsInfinite()) && len(v.String()) > 0 && !isAmbiguousSpelling(v.String()) {
			t.Errorf("%q: finite %t, NaN %t, infinite %t", wire, finite, v.IsNaN(), v.IsInfinite())
		}
		if finite {
			wantSameNumber(t, v.String(), rat)
		}
		if !utf8.ValidString(v.String()) || len(v.String()) > maxMetricText+len("…") {
			t.Errorf("%q: text %q", wire, v.String())
		}
	})
}

// isAmbiguousSpelling reports whether only one of the two parsers accepts a text, which is then
// not a number.
func isAmbiguousSpelling(text string) bool {
	return strings.ContainsAny(text, "xX_")
}

func wantSameNumber(t *testing.T, text string, rat *big.Rat) {
	t.Helper()
	want, err := strconv.ParseFloat(text, 64)
	got, _ := rat.Float64()
	if err != nil || math.Abs(got) != math.Abs(want) {
		t.Errorf("%q is exactly %s, which is %g, not %g", text, rat, got, want)
	}
}
