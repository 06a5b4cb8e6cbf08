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

// tuneModels is how many models are written for each attempt.
const tuneModels = 40

// tuneRounds is how often each attempt is made. What disturbs one makes it slower and never
// faster, so that the best of them counts.
const tuneRounds = 4

// attempts are the manners that are tried.
var attempts = []manner{
	{1, false}, {2, false}, {4, false}, {8, false}, {1, true}, {2, true}, {4, true}, {8, true},
}

// tune finds how bare calls are fastest: how many in flight a server gains from, past which
// answers only come later, and whether connections are worth keeping. It is found once for
// each kind of server, on its smallest registry.
func (b *bench) tune(ctx context.Context, s setup) error {
	key := tuned{s.Database, s.Workers}
	if b.manners[key] != (manner{}) {
		return nil
	}
	st, err := b.build(ctx, s)
	if err != nil {
		return err
	}
	times, err := b.tryAll(ctx, st)
	if err := errors.Join(err, st.tearDown()); err != nil {
		return fmt.Errorf("look for the fastest manner of calling: %w", err)
	}
	r := b.record(s, convergence, limit, 0)
	for _, m := range attempts {
		r.add("sample, "+m.String(), "s", times[m].Seconds())
	}
	b.manners[key] = fastest(times)
	b.say("%s: bare calls are fastest with %s", s, b.manners[key])
	return nil
}

func (b *bench) tryAll(ctx context.Context, st *stand) (map[manner]time.Duration, error) {
	times := map[manner]time.Duration{}
	for _, m := range slices.Repeat(attempts, tuneRounds) {
		took, err := (&limitContender{bench: b, stand: st, manner: m}).attempt(ctx)
		if err != nil {
			return nil, err
		}
		if best, tried := times[m]; !tried || took < best {
			times[m] = took
		}
	}
	return times, nil
}

// attempt converges some models, as a contender does all.
func (c *limitContender) attempt(ctx context.Context) (time.Duration, error) {
	if err := c.prepare(ctx); err != nil {
		return 0, err
	}
	models, err := c.api.firstModels(ctx, tuneModels)
	if err != nil {
		return 0, err
	}
	began := time.Now()
	values, err := c.gateValues(ctx, models)
	if err != nil {
		return 0, err
	}
	if err := c.write(ctx, models, values); err != nil {
		return 0, err
	}
	return time.Since(began), c.stop()
}

// fastest is the first of equals.
func fastest(times map[manner]time.Duration) manner {
	best := attempts[0]
	for _, m := range attempts {
		if times[m] < times[best] {
			best = m
		}
	}
	return best
}
