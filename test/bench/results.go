// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
	"encoding/json"
	"os"
	"slices"
)

// The contenders, by the names that they have in results and reports.
const (
	ours      = "operator"
	script    = "script"
	perObject = "per-object"
	limit     = "limit"
)

var contenders = []string{ours, script, perObject, limit}

// The measures, by the names that -only takes.
const (
	convergence = "convergence"
	idle        = "idle"
	change      = "change"
	drift       = "drift"
	restart     = "restart"
	transport   = "transport"
)

var measures = []string{convergence, idle, change, drift, restart, transport}

// setup is a kind of server, with a registry of a size.
type setup struct {
	Database string `json:"database"`
	Workers  int    `json:"workers"`
	Models   int    `json:"models"`
}

// series is what samples of one quantity have in common.
type series struct {
	setup
	Measure   string `json:"measure"`
	Contender string `json:"contender"`
	// Quantity names what was measured and Unit in what.
	Quantity string `json:"quantity"`
	Unit     string `json:"unit"`
}

// sample is what one round measured of a series.
type sample struct {
	series
	Round  int       `json:"round"`
	Values []float64 `json:"values"`
}

// about is what figures depend on besides the code; it names no machine.
type about struct {
	Commit        string  `json:"commit"`
	Cores         int     `json:"cores"`
	MemoryGiB     float64 `json:"memoryGiB"`
	Platform      string  `json:"platform"`
	GoVersion     string  `json:"goVersion"`
	MLflowVersion string  `json:"mlflowVersion"`
	PollSeconds   float64 `json:"pollSeconds"`
}

// results are the raw data of a run.
type results struct {
	About   about    `json:"about"`
	Samples []sample `json:"samples"`
}

// values are all samples of a series, whatever its unit.
func (r *results) values(wanted series) []float64 {
	var all []float64
	for _, s := range r.Samples {
		s.Unit = wanted.Unit
		if s.series == wanted {
			all = append(all, s.Values...)
		}
	}
	return all
}

// setups are those that something was measured in, the small ones first.
func (r *results) setups() []setup {
	var all []setup
	for _, s := range r.Samples {
		if !slices.Contains(all, s.setup) {
			all = append(all, s.setup)
		}
	}
	slices.SortFunc(all, compareSetups)
	return all
}

func compareSetups(a, b setup) int {
	return cmp.Or(-cmp.Compare(a.Database, b.Database), cmp.Compare(a.Workers, b.Workers), cmp.Compare(a.Models, b.Models))
}

// merge keeps of an older run the series that this one did not measure.
func (r *results) merge(older *results) {
	measured := map[series]bool{}
	for _, s := range r.Samples {
		measured[s.series] = true
	}
	for _, s := range older.Samples {
		if !measured[s.series] {
			r.Samples = append(r.Samples, s)
		}
	}
}

func (r *results) save(path string) error {
	text, err := json.MarshalIndent(r, "", " ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(text, '\n'), 0o644)
}

func load(path string) (*results, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	r := &results{}
	return r, json.Unmarshal(text, r)
}

// recorder adds the samples of one turn.
type recorder struct {
	results *results
	series  series
	round   int
}

func (r recorder) add(quantity, unit string, values ...float64) {
	s := sample{series: r.series, Round: r.round, Values: values}
	s.Quantity, s.Unit = quantity, unit
	r.results.Samples = append(r.results.Samples, s)
}
