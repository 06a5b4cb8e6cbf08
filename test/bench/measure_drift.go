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

// movedModels is how many aliases are moved by hand.
const movedModels = 20

// guardian tells when it has put an alias back.
type guardian interface {
	contender
	expectPutBack(i int) *waiter
}

var (
	_ guardian = (*operatorContender)(nil)
	_ guardian = (*perObjectContender)(nil)
)

// measureDrift moves aliases by hand, at random moments of a poll interval, and waits until
// each has been noticed and put back.
func (b *bench) measureDrift(ctx context.Context, st *stand, c contender, name string) error {
	g := c.(guardian)
	k, err := g.keep(ctx, st.server.URL)
	if err != nil {
		return err
	}
	times, err := b.moveAliases(ctx, st, g, k.interval)
	if err := errors.Join(err, k.release(ctx)); err != nil {
		return err
	}
	b.record(st.setup, drift, name, 0).add("put back", "s", times...)
	b.say("%s: %s puts an alias back after %.0f s", st.setup, name, median(times))
	return nil
}

// moveAliases takes models that nothing else was done to, and the same ones for everybody.
func (b *bench) moveAliases(ctx context.Context, st *stand, g guardian, interval time.Duration) ([]float64, error) {
	alone, loaded := shares(st.setup.Models)
	skip := alone + loaded
	chance := rand.New(rand.NewPCG(1, uint64(st.setup.Models)))
	chosen := chance.Perm(st.setup.Models - skip)
	chosen = chosen[:min(movedModels, len(chosen))]
	times := make([]float64, len(chosen))
	a := promptAPI(st.server.URL)
	defer a.close()
	ctx, cancel := context.WithTimeout(ctx, b.patience(st.setup)+3*interval)
	defer cancel()
	group, ctx := errgroup.WithContext(ctx)
	for n, model := range chosen {
		moment := time.Duration(chance.Int64N(int64(interval)))
		group.Go(func() error {
			if err := sleep(ctx, moment); err != nil {
				return err
			}
			took, err := moveAlias(ctx, a, g, skip+model+1)
			times[n] = took.Seconds()
			return err
		})
	}
	return times, group.Wait()
}

func moveAlias(ctx context.Context, a *api, g guardian, i int) (time.Duration, error) {
	putBack := g.expectPutBack(i)
	if err := a.setAlias(ctx, modelName(i), champion, handsVersion); err != nil {
		return 0, err
	}
	moved := time.Now()
	at, err := putBack.wait(ctx)
	return at.Sub(moved), err
}
