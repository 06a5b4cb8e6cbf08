// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
	"encoding/json"
	"os"
	"slices"
)

// The measures. The flag -measures takes these names.
const (
	convergence = "convergence"
	idle        = "idle"
	change      = "change"
	drift       = "drift"
	restart     = "restart"
	transport   = "transport"
)

var measureNames = []string{convergence, idle, change, drift, restart, transport}

// setup is a kind of server and the size of its registry.
type setup struct {
	Database string `json:"database"`
	Workers  int    `json:"workers"`
	Models   int    `json:"models"`
}

// series identifies the samples of one quantity.
type series struct {
	setup
	Measure string `json:"measure"`
	Subject string `json:"subject"`
	// Quantity is what was measured, in the unit Unit.
	Quantity string `json:"quantity"`
	Unit     string `json:"unit"`
}

// sample holds the values of a series in one round.
type sample struct {
	series
	Round  int       `json:"round"`
	Values []float64 `json:"values"`
}

// hostInfo is what the figures depend on besides the code. It does not name the machine.
type hostInfo struct {
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
	Host    hostInfo `json:"host"`
	Samples []sample `json:"samples"`
}

// listSeriesValues returns the values of a series in all rounds, in any unit.
func (r *results) listSeriesValues(wanted series) []float64 {
	var all []float64
	for _, s := range r.Samples {
		s.Unit = wanted.Unit
		if s.series == wanted {
			all = append(all, s.Values...)
		}
	}
	return all
}

// listSetups returns all setups with samples, the small ones first.
func (r *results) listSetups() []setup {
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

// merge adds the series of an older run that this run did not measure.
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

func loadResults(path string) (*results, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	r := &results{}
	return r, json.Unmarshal(text, r)
}

// recorder adds the samples of one subject in one round.
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
