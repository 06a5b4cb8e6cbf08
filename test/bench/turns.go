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

// slow is how long a convergence may take to be measured again in later rounds: what takes
// minutes varies little.
const slow = 2 * time.Minute

// after is a measure that is taken of a converged registry, in the first round.
type after struct {
	measure    string
	contenders []string
	// everywhere: with any number of workers, and not only with the first.
	everywhere bool
	take       func(*bench, context.Context, *stand, contender, string) error
}

var afters = []after{
	{idle, []string{ours}, true, (*bench).measureIdle},
	{idle, []string{script, perObject, limit}, false, (*bench).measureIdle},
	{change, []string{ours}, true, (*bench).measureChange},
	{drift, []string{ours, perObject}, false, (*bench).measureDrift},
	{restart, []string{ours}, true, (*bench).measureRestart},
}

// measureSetup gives each contender its turns, and then weighs the connections.
func (b *bench) measureSetup(ctx context.Context, s setup) error {
	if b.due(limit, s, 0) {
		if err := b.tune(ctx, s); err != nil {
			return err
		}
	}
	taken := map[string]time.Duration{}
	for round := range b.rounds {
		for _, name := range rotation(b.contenders, round) {
			if !b.due(name, s, round) || taken[name] > slow {
				continue
			}
			var err error
			if taken[name], err = b.turn(ctx, name, s, round); err != nil {
				return fmt.Errorf("round %d, %s: %w", round+1, name, err)
			}
		}
	}
	if b.wants(transport) && s.Models == slices.Min(b.models) {
		return b.measureTransport(ctx, s)
	}
	return nil
}

// due tells whether a contender has a turn in a round.
func (b *bench) due(name string, s setup, round int) bool {
	if !slices.Contains(b.contenders, name) {
		return false
	}
	if b.wants(convergence) {
		return true
	}
	return round == 0 && len(b.aftersOf(name, s)) > 0
}

func (b *bench) aftersOf(name string, s setup) []after {
	var all []after
	for _, a := range afters {
		if b.wants(a.measure) && slices.Contains(a.contenders, name) && (a.everywhere || s.Workers == b.workers[0]) {
			all = append(all, a)
		}
	}
	return all
}

// turn has a contender converge a fresh registry, and do in the first round what else is
// asked of it.
func (b *bench) turn(ctx context.Context, name string, s setup, round int) (took time.Duration, err error) {
	st, err := b.build(ctx, s)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, st.tearDown()) }()
	c, err := b.enter(name, st)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, c.stop()) }()
	if took, err = b.converge(ctx, st, c, name, round); err != nil || round > 0 {
		return took, err
	}
	for _, a := range b.aftersOf(name, s) {
		if err := a.take(b, ctx, st, c, name); err != nil {
			return took, fmt.Errorf("%s: %w", a.measure, err)
		}
	}
	return took, nil
}

// converge measures what a contender takes, and checks that it did its work.
func (b *bench) converge(ctx context.Context, st *stand, c contender, name string, round int) (time.Duration, error) {
	if err := errors.Join(c.prepare(ctx), calmDown(ctx, st.roots)); err != nil {
		return 0, err
	}
	m, err := newMeter(st.roots)
	if err != nil {
		return 0, err
	}
	end, err := c.converge(ctx)
	if err != nil {
		return 0, err
	}
	took := end.Sub(m.began)
	used, err := m.used()
	if err != nil {
		return 0, err
	}
	if err := checkConverged(ctx, st.server.URL, st.setup.Models); err != nil {
		return 0, err
	}
	b.say("%s: round %d: %s converged in %.1f s", st.setup, round+1, name, took.Seconds())
	r := b.record(st.setup, convergence, name, round)
	r.add("time", "s", took.Seconds())
	recordTimes(r, used)
	return took, c.figures(ctx, r)
}

func recordTimes(r recorder, used map[string]time.Duration) {
	for _, name := range []string{"mlflow", "postgres", "operator", "script", "kube-apiserver", "etcd", harness} {
		if busy, measured := used[name]; measured {
			r.add("processor time of "+name, "s", busy.Seconds())
		}
	}
}
