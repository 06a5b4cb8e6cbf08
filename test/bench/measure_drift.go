// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"golang.org/x/sync/errgroup"
)

// movedAliases is the number of aliases that are moved.
const movedAliases = 20

// driftReverter is a subject that reports when it has reverted an alias.
type driftReverter interface {
	subject
	watchRevert(i int) *watch
}

var (
	_ driftReverter = (*operatorSubject)(nil)
	_ driftReverter = (*perObjectSubject)(nil)
)

// measureDrift moves aliases in MLflow at random moments of a poll interval, and waits until each
// one is reverted.
func (b *bench) measureDrift(ctx context.Context, env *environment, c subject, name string) error {
	g := c.(driftReverter)
	k, err := g.maintain(ctx, env.server.URL)
	if err != nil {
		return err
	}
	times, err := b.moveAliases(ctx, env, g, k.interval)
	if err := errors.Join(err, k.stop(ctx)); err != nil {
		return err
	}
	b.newRecorder(env.setup, drift, name, 0).add("time to revert", "s", times...)
	b.logf("%s: %s reverts an alias after %.0f s (median)", env.setup, name, median(times))
	return nil
}

// moveAliases selects models that no other measure changes, and the same models for each subject.
func (b *bench) moveAliases(ctx context.Context, env *environment, g driftReverter, interval time.Duration) ([]float64, error) {
	alone, loaded := splitChanges(env.setup.Models)
	skip := alone + loaded
	random := rand.New(rand.NewPCG(1, uint64(env.setup.Models)))
	chosen := random.Perm(env.setup.Models - skip)
	chosen = chosen[:min(movedAliases, len(chosen))]
	times := make([]float64, len(chosen))
	a := newQuickAckClient(env.server.URL)
	defer a.close()
	ctx, cancel := context.WithTimeout(ctx, b.convergeTimeout(env.setup)+3*interval)
	defer cancel()
	group, ctx := errgroup.WithContext(ctx)
	for n, model := range chosen {
		delay := time.Duration(random.Int64N(int64(interval)))
		group.Go(func() error {
			if err := sleep(ctx, delay); err != nil {
				return err
			}
			duration, err := moveAlias(ctx, a, g, skip+model+1)
			times[n] = duration.Seconds()
			return err
		})
	}
	return times, group.Wait()
}

func moveAlias(ctx context.Context, a *mlflowClient, g driftReverter, i int) (time.Duration, error) {
	reverted := g.watchRevert(i)
	if err := a.setAlias(ctx, modelName(i), champion, driftVersion); err != nil {
		return 0, err
	}
	moved := time.Now()
	at, err := reverted.wait(ctx)
	return at.Sub(moved), err
}
