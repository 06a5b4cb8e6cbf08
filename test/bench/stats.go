// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"math"
	"slices"
)

// quantile is the value below which a share q of the samples lies, interpolated between
// neighbours; NaN when there are none.
func quantile(samples []float64, q float64) float64 {
	if len(samples) == 0 {
		return math.NaN()
	}
	sorted := slices.Sorted(slices.Values(samples))
	place := q * float64(len(sorted)-1)
	below := int(place)
	above := min(below+1, len(sorted)-1)
	share := place - float64(below)
	return sorted[below]*(1-share) + sorted[above]*share
}

func median(samples []float64) float64 { return quantile(samples, 0.5) }

// spread is half the distance between the quarters, as a share of the median: how far a
// typical sample lies from it.
func spread(samples []float64) float64 {
	middle := median(samples)
	if len(samples) < 2 || middle == 0 {
		return 0
	}
	return (quantile(samples, 0.75) - quantile(samples, 0.25)) / 2 / math.Abs(middle)
}
