// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"math"
	"testing"
)

func TestQuantile(t *testing.T) {
	for name, test := range map[string]struct {
		samples []float64
		q, want float64
	}{
		"the middle one of three":               {[]float64{3, 1, 2}, 0.5, 2},
		"halfway between two":                   {[]float64{4, 2}, 0.5, 3},
		"the only one is every quantile":        {[]float64{7}, 0.99, 7},
		"the highest":                           {[]float64{1, 2, 9}, 1, 9},
		"the lowest":                            {[]float64{5, 4}, 0, 4},
		"between the two highest, nearer to it": {[]float64{0, 100}, 0.99, 99},
		"no samples":                            {nil, 0.5, math.NaN()},
	} {
		t.Run(name, func(t *testing.T) {
			got := quantile(test.samples, test.q)
			if math.Abs(got-test.want) > 1e-9 || math.IsNaN(got) != math.IsNaN(test.want) {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
}

func TestQuantileDoesNotSortInPlace(t *testing.T) {
	samples := []float64{3, 1, 2}
	quantile(samples, 0.5)
	if samples[0] != 3 {
		t.Errorf("sorted in place: %v", samples)
	}
}

func TestSpread(t *testing.T) {
	for name, test := range map[string]struct {
		samples []float64
		want    float64
	}{
		"all the same":                  {[]float64{2, 2, 2}, 0},
		"one sample":                    {[]float64{2}, 0},
		"quarters at 9 and 11 about 10": {[]float64{8, 9, 10, 11, 12}, 0.1},
		"a median of nothing":           {[]float64{0, 0, 5}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			if got := spread(test.samples); math.Abs(got-test.want) > 1e-9 {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
}

func TestFormatFigure(t *testing.T) {
	for value, want := range map[float64]string{
		0: "0", 0.012345: "0.0123", 1.5: "1.5", 2: "2", 12.34: "12.3", 100: "100", 1234.5: "1234", 99.96: "100", math.Inf(1): "–",
	} {
		if got := formatFigure(value); got != want {
			t.Errorf("%v: got %s, want %s", value, got, want)
		}
	}
}
