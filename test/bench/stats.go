// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	_ "embed"
	"fmt"
	"math"
	"slices"
	"strings"
)

// quantile returns the value below which the share q of the samples lies. It interpolates between
// neighbours; NaN without samples.
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

// spread returns half the interquartile range, as a share of the median.
func spread(samples []float64) float64 {
	middle := median(samples)
	if len(samples) < 2 || middle == 0 {
		return 0
	}
	return (quantile(samples, 0.75) - quantile(samples, 0.25)) / 2 / math.Abs(middle)
}

// formatFigure keeps three significant digits. The noise of the machine is larger than that.
func formatFigure(value float64) string {
	if math.IsNaN(value) || math.IsInf(value, 0) {
		return "–"
	}
	if value == 0 {
		return "0"
	}
	digits := 2 - int(math.Floor(math.Log10(math.Abs(value))))
	if digits <= 0 {
		return fmt.Sprintf("%.0f", value)
	}
	text := fmt.Sprintf("%.*f", digits, value)
	if strings.Contains(text, ".") {
		text = strings.TrimRight(strings.TrimRight(text, "0"), ".")
	}
	return text
}

// formatRatio formats a / b.
func formatRatio(a, b float64) string {
	if text := formatFigure(a / b); text != "–" {
		return text + " ×"
	}
	return "–"
}

// formatSpread formats the median and the spread.
func formatSpread(samples []float64) string {
	if len(samples) < 2 {
		return formatFigure(median(samples))
	}
	return fmt.Sprintf("%s ± %.0f %%", formatFigure(median(samples)), 100*spread(samples))
}
