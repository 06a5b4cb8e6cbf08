// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// slowConvergence is the limit above which later rounds skip a subject: a duration of minutes
// varies little.
const slowConvergence = 2 * time.Minute

// followUp is a measure of a converged registry. Only the first round takes it.
type followUp struct {
	measure  string
	subjects []string
	// allWorkers: measured with each number of workers, not only with the first one.
	allWorkers bool
	run        func(*bench, context.Context, *environment, subject, string) error
}

var followUps = []followUp{
	{idle, []string{operatorName}, true, (*bench).measureIdle},
	{idle, []string{scriptName, perObjectName, limitName}, false, (*bench).measureIdle},
	{change, []string{operatorName}, true, (*bench).measureChange},
	{drift, []string{operatorName, perObjectName}, false, (*bench).measureDrift},
	{restart, []string{operatorName}, true, (*bench).measureRestart},
}

// measureSetup measures each subject in each round, and then the HTTP clients.
func (b *bench) measureSetup(ctx context.Context, s setup) error {
	if b.isDue(limitName, s, 0) {
		if err := b.findFastestClient(ctx, s); err != nil {
			return err
		}
	}
	durations := map[string]time.Duration{}
	for round := range b.rounds {
		for _, name := range rotateSubjects(b.subjects, round) {
			if !b.isDue(name, s, round) || durations[name] > slowConvergence {
				continue
			}
			var err error
			if durations[name], err = b.runSubject(ctx, name, s, round); err != nil {
				return fmt.Errorf("round %d, %s: %w", round+1, name, err)
			}
		}
	}
	if b.isMeasured(transport) && s.Models == slices.Min(b.models) {
		return b.measureTransport(ctx, s)
	}
	return nil
}

// runSubject lets a subject converge a fresh registry. The first round then takes the follow-up
// measures.
func (b *bench) runSubject(ctx context.Context, name string, s setup, round int) (duration time.Duration, err error) {
	env, err := b.newEnvironment(ctx, s)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, env.tearDown()) }()
	c, err := b.newSubject(name, env)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, c.stop()) }()
	if duration, err = b.measureConvergence(ctx, env, c, name, round); err != nil || round > 0 {
		return duration, err
	}
	for _, a := range b.selectFollowUps(name, s) {
		if err := a.run(b, ctx, env, c, name); err != nil {
			return duration, fmt.Errorf("%s: %w", a.measure, err)
		}
	}
	return duration, nil
}

// measureConvergence measures the time and the CPU time of a convergence, and checks its result.
func (b *bench) measureConvergence(ctx context.Context, env *environment, c subject, name string, round int) (time.Duration, error) {
	if err := errors.Join(c.prepare(ctx), quiesce(ctx, env.roots)); err != nil {
		return 0, err
	}
	m, err := startMeter(env.roots)
	if err != nil {
		return 0, err
	}
	end, err := c.converge(ctx)
	if err != nil {
		return 0, err
	}
	duration := end.Sub(m.started)
	used, err := m.readElapsed()
	if err != nil {
		return 0, err
	}
	if err := checkRegistryConverged(ctx, env.server.URL, env.setup.Models); err != nil {
		return 0, err
	}
	b.logf("%s: round %d: %s converged in %.1f s", env.setup, round+1, name, duration.Seconds())
	r := b.newRecorder(env.setup, convergence, name, round)
	r.add("time", "s", duration.Seconds())
	recordCPUTimes(r, used)
	return duration, c.recordDetails(ctx, r)
}

func recordCPUTimes(r recorder, used map[string]time.Duration) {
	for _, name := range []string{"mlflow", "postgres", "operator", "script", "kube-apiserver", "etcd", harness} {
		if busy, measured := used[name]; measured {
			r.add("CPU time of "+name, "s", busy.Seconds())
		}
	}
}
