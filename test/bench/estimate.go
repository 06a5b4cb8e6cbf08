// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"time"
)

// What a run takes, roughly, on two cores.
const (
	// start is a server with a fresh registry, and a control plane.
	start = 12 * time.Second
	// looking is idle in polls.
	looking = 5
	// rest is changes, moved aliases and a restart.
	rest = 100 * time.Second
)

// perModel is the time to converge one model, with one worker and with several: there a
// client that keeps its connections waits 40 ms more for each answer.
var perModel = map[string][2]time.Duration{
	ours:      {50 * time.Millisecond, 40 * time.Millisecond},
	script:    {50 * time.Millisecond, 320 * time.Millisecond},
	perObject: {45 * time.Millisecond, 80 * time.Millisecond},
	limit:     {20 * time.Millisecond, 15 * time.Millisecond},
}

func (b *bench) estimate() time.Duration {
	var total time.Duration
	for _, models := range b.models {
		for _, workers := range b.workers {
			s := setup{Workers: workers, Models: models}
			for _, name := range b.contenders {
				total += b.estimateTurns(name, s)
			}
		}
	}
	if b.postgres {
		total *= 2
	}
	return total
}

func (b *bench) estimateTurns(name string, s setup) time.Duration {
	var total time.Duration
	converge := time.Duration(s.Models) * perModel[name][min(s.Workers-1, 1)]
	for round := range b.rounds {
		if b.due(name, s, round) && (round == 0 || converge <= slow) {
			total += start + converge
		}
	}
	for _, a := range b.aftersOf(name, s) {
		if a.measure == idle {
			// A large registry is asked for less often: its list may take a tenth of the time.
			total += looking * max(b.poll, time.Duration(s.Models)*9*time.Millisecond)
			continue
		}
		total += rest / 2
	}
	return total
}
