// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"slices"
	"time"
)

// rotateSubjects returns the order of the subjects in a round. Each round starts with a
// different subject, so that no subject always runs right after the same one.
func rotateSubjects(subjects []string, round int) []string {
	n := len(subjects)
	order := make([]string, 0, n)
	for i := range n {
		order = append(order, subjects[(i+round)%n])
	}
	return order
}

// Durations for the estimate, measured on two cores.
const (
	// startupDuration covers a copy of the registry, a server and a control plane.
	startupDuration = 12 * time.Second
	// idleIntervals is the length of the idle measure in poll intervals.
	idleIntervals = 5
	// followUpDuration covers changes and a restart, or changes and moved aliases.
	followUpDuration = 100 * time.Second
)

// durationPerModel is the time to converge one model, with one worker and with several. With
// several workers, a persistent connection without quick acknowledgements adds 40 ms per response.
var durationPerModel = map[string][2]time.Duration{
	operatorName:  {50 * time.Millisecond, 40 * time.Millisecond},
	scriptName:    {50 * time.Millisecond, 320 * time.Millisecond},
	perObjectName: {45 * time.Millisecond, 80 * time.Millisecond},
	limitName:     {20 * time.Millisecond, 15 * time.Millisecond},
}

// estimateDuration returns the expected duration of the run.
func (b *bench) estimateDuration() time.Duration {
	var total time.Duration
	for _, models := range b.models {
		for _, workers := range b.workers {
			s := setup{Workers: workers, Models: models}
			for _, name := range b.subjects {
				total += b.estimateSubject(name, s)
			}
		}
	}
	if b.postgres {
		total *= 2
	}
	return total
}

func (b *bench) estimateSubject(name string, s setup) time.Duration {
	var total time.Duration
	converge := time.Duration(s.Models) * durationPerModel[name][min(s.Workers-1, 1)]
	for round := range b.rounds {
		if b.isDue(name, s, round) && (round == 0 || converge <= slowConvergence) {
			total += startupDuration + converge
		}
	}
	for _, a := range b.selectFollowUps(name, s) {
		if a.measure == idle {
			// The operator polls a large registry less often, because a poll may take at most a tenth
			// of the interval.
			total += idleIntervals * max(b.poll, time.Duration(s.Models)*9*time.Millisecond)
			continue
		}
		total += followUpDuration / 2
	}
	return total
}

// isDue reports whether a round measures the subject.
func (b *bench) isDue(name string, s setup, round int) bool {
	if !slices.Contains(b.subjects, name) {
		return false
	}
	if b.isMeasured(convergence) {
		return true
	}
	return round == 0 && len(b.selectFollowUps(name, s)) > 0
}

// selectFollowUps returns the measures that this setup takes of a subject after its convergence.
func (b *bench) selectFollowUps(name string, s setup) []followUp {
	var all []followUp
	for _, a := range followUps {
		if b.isMeasured(a.measure) && slices.Contains(a.subjects, name) && (a.allWorkers || s.Workers == b.workers[0]) {
			all = append(all, a)
		}
	}
	return all
}
