// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"math"
	"slices"
)

// target is a promise about one figure of a setup.
type target struct {
	says string
	// models are the sizes that it is about; none: every size.
	models []int
	// most tells whether the bound is the most that is allowed, or the least.
	most  bool
	bound func(s setup) float64
	unit  string
	// measured is the figure; NaN where it was not measured.
	measured func(r *results, s setup) float64
}

const (
	atMost  = true
	atLeast = false
)

func constant(bound float64) func(setup) float64 { return func(setup) float64 { return bound } }

func medianOf(measure, quantity string) func(*results, setup) float64 {
	return func(r *results, s setup) float64 { return r.median(s, measure, ours, quantity) }
}

var targets = []target{
	{
		"Idle: requests to MLflow per poll interval, ceil(N/200) + 1", []int{1000}, atMost,
		func(s setup) float64 { return math.Ceil(float64(s.Models)/200) + 1 }, "",
		medianOf(idle, "requests per interval"),
	},
	{"Idle: writes to MLflow and to Kubernetes", nil, atMost, constant(0), "", func(r *results, s setup) float64 {
		return r.median(s, idle, ours, "writes") + r.median(s, idle, ours, "writes to Kubernetes")
	}},
	{"Idle: processor of the operator, % of a core", []int{1000}, atMost, constant(2), "", medianOf(idle, "processor of operator")},
	{"Idle: processor of MLflow, % of a core", nil, atMost, constant(10), "", medianOf(idle, "processor of mlflow")},
	{"Convergence: to the limit", []int{1000}, atMost, constant(1.3), " ×", func(r *results, s setup) float64 {
		return r.median(s, convergence, ours, "time") / r.median(s, convergence, limit, "time")
	}},
	{"Convergence: faster than the script", []int{1000}, atLeast, constant(3), " ×", func(r *results, s setup) float64 {
		return r.median(s, convergence, script, "time") / r.median(s, convergence, ours, "time")
	}},
	{"Convergence: time a model, to that at 1000 models", []int{largeModels}, atMost, constant(1.2), " ×", toLinear},
	{"One change: p50, idle, to the sequential minimum", nil, atMost, constant(2), " ×", func(r *results, s setup) float64 {
		return r.median(s, change, ours, "idle") / r.median(s, change, ours, "sequential minimum")
	}},
	{"One change: p99, under load, s", nil, atMost, constant(2), "", func(r *results, s setup) float64 {
		return quantile(r.of(s, change, ours, "under load"), 0.99) / 1000
	}},
	{"Restart: writes to MLflow and to Kubernetes", nil, atMost, constant(0), "", func(r *results, s setup) float64 {
		return r.median(s, restart, ours, "writes to MLflow") + r.median(s, restart, ours, "writes to Kubernetes")
	}},
	{"Connections: ms more for a get than with one worker", nil, atMost, constant(2), "", moreThanOneWorker},
	{"Memory: peak of the operator, MiB", []int{1000}, atMost, constant(120), "", medianOf(convergence, "peak memory")},
	{"Memory: peak of the operator, MiB", []int{largeModels}, atMost, constant(400), "", medianOf(convergence, "peak memory")},
}

// toLinear compares a large registry with one of a thousand models.
func toLinear(r *results, s setup) float64 {
	small := s
	small.Models = 1000
	perModel := func(s setup) float64 { return r.median(s, convergence, ours, "time") / float64(s.Models) }
	return perModel(s) / perModel(small)
}

// moreThanOneWorker is NaN for a server of one worker, with which the others are compared.
func moreThanOneWorker(r *results, s setup) float64 {
	one := s
	one.Workers = 1
	if one == s {
		return math.NaN()
	}
	return r.median(s, transport, ours, "get a model") - r.median(one, transport, ours, "get a model")
}

// targetTable holds what was measured against what was promised.
func targetTable(r *results) string {
	var rows [][]string
	for _, t := range targets {
		for _, s := range r.setups() {
			if row, known := t.row(r, s); known {
				rows = append(rows, row)
			}
		}
	}
	return table([]string{"Target", "Server", "Models", "Promised", "Measured", ""}, rows)
}

func (t target) row(r *results, s setup) ([]string, bool) {
	measured := t.measured(r, s)
	if math.IsNaN(measured) || !t.about(s.Models) {
		return nil, false
	}
	sign, bound := "≥", t.bound(s)
	if t.most {
		sign = "≤"
	}
	verdict := "**not met**"
	if measured == bound || (measured < bound) == t.most {
		verdict = "met"
	}
	return []string{
		t.says, s.server(), fmt.Sprint(s.Models), sign + " " + figure(bound) + t.unit, figure(measured) + t.unit, verdict,
	}, true
}

func (t target) about(models int) bool {
	return len(t.models) == 0 || slices.Contains(t.models, models)
}
