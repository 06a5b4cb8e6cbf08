// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"math"
	"slices"
)

// target is a bound for one figure of a setup.
type target struct {
	description string
	// models are the sizes of registry to which the target applies. Empty: all sizes.
	models []int
	// direction is atMost or atLeast.
	direction string
	bound     func(s setup) float64
	unit      string
	// measured returns the figure, or NaN if it was not measured.
	measured func(r *results, s setup) float64
}

const (
	atMost  = "≤"
	atLeast = "≥"
)

func constantBound(bound float64) func(setup) float64 { return func(setup) float64 { return bound } }

func operatorMedian(measure, quantity string) func(*results, setup) float64 {
	return func(r *results, s setup) float64 { return r.median(s, measure, operatorName, quantity) }
}

var targets = []target{
	{
		"Idle: requests to MLflow per poll interval, ceil(N/200) + 1", []int{1000}, atMost,
		func(s setup) float64 { return math.Ceil(float64(s.Models)/200) + 1 }, "",
		operatorMedian(idle, "requests per interval"),
	},
	{"Idle: writes to MLflow and Kubernetes", nil, atMost, constantBound(0), "", func(r *results, s setup) float64 {
		return r.median(s, idle, operatorName, "writes") + r.median(s, idle, operatorName, "writes to Kubernetes")
	}},
	{"Idle: CPU of the operator, % of a core", []int{1000}, atMost, constantBound(2), "", operatorMedian(idle, "CPU of operator")},
	{"Idle: CPU of MLflow, % of a core", nil, atMost, constantBound(10), "", operatorMedian(idle, "CPU of mlflow")},
	{"Convergence: time, relative to the limit", []int{1000}, atMost, constantBound(1.3), " ×", func(r *results, s setup) float64 {
		return r.median(s, convergence, operatorName, "time") / r.median(s, convergence, limitName, "time")
	}},
	{"Convergence: speedup over the script", []int{1000}, atLeast, constantBound(3), " ×", func(r *results, s setup) float64 {
		return r.median(s, convergence, scriptName, "time") / r.median(s, convergence, operatorName, "time")
	}},
	{"Convergence: time per model, relative to 1000 models", []int{largeModels}, atMost, constantBound(1.2), " ×", compareGrowth},
	{"One change: p50 while idle, relative to the sequential minimum", nil, atMost, constantBound(2), " ×", func(r *results, s setup) float64 {
		return r.median(s, change, operatorName, "idle") / r.median(s, change, operatorName, "sequential minimum")
	}},
	{"One change: p99 under load, s", nil, atMost, constantBound(2), "", func(r *results, s setup) float64 {
		return quantile(r.listValues(s, change, operatorName, "under load"), 0.99) / 1000
	}},
	{"Restart: writes to MLflow and Kubernetes", nil, atMost, constantBound(0), "", func(r *results, s setup) float64 {
		return r.median(s, restart, operatorName, "writes to MLflow") + r.median(s, restart, operatorName, "writes to Kubernetes")
	}},
	{"HTTP connections: ms added to a get, relative to one worker", nil, atMost, constantBound(2), "", compareWorkers},
	{"Memory: peak of the operator, MiB", []int{1000}, atMost, constantBound(120), "", operatorMedian(convergence, "peak memory")},
	{"Memory: peak of the operator, MiB", []int{largeModels}, atMost, constantBound(400), "", operatorMedian(convergence, "peak memory")},
}

// compareGrowth returns the time per model, relative to a registry of 1000 models.
func compareGrowth(r *results, s setup) float64 {
	small := s
	small.Models = 1000
	perModel := func(s setup) float64 { return r.median(s, convergence, operatorName, "time") / float64(s.Models) }
	return perModel(s) / perModel(small)
}

// compareWorkers returns the time of a get that several workers add, or NaN for a server with one
// worker.
func compareWorkers(r *results, s setup) float64 {
	one := s
	one.Workers = 1
	if one == s {
		return math.NaN()
	}
	return r.median(s, transport, operatorName, "get a model") - r.median(one, transport, operatorName, "get a model")
}

// formatTargets returns a table of all targets with their results.
func formatTargets(r *results) string {
	var rows [][]string
	for _, t := range targets {
		for _, s := range r.listSetups() {
			if row, known := t.formatRow(r, s); known {
				rows = append(rows, row)
			}
		}
	}
	return formatTable([]string{"Target", "Server", "Models", "Bound", "Measured", "Result"}, rows)
}

func (t target) formatRow(r *results, s setup) ([]string, bool) {
	measured := t.measured(r, s)
	if math.IsNaN(measured) || !t.appliesTo(s.Models) {
		return nil, false
	}
	bound := t.bound(s)
	result := "**not met**"
	if measured == bound || (measured < bound) == (t.direction == atMost) {
		result = "met"
	}
	return []string{
		t.description, s.serverName(), fmt.Sprint(s.Models), t.direction + " " + formatFigure(bound) + t.unit,
		formatFigure(measured) + t.unit, result,
	}, true
}

func (t target) appliesTo(models int) bool {
	return len(t.models) == 0 || slices.Contains(t.models, models)
}
