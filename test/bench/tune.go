// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// tuneModels is how many models are written for each attempt.
const tuneModels = 60

// attempts are tried forth and back, so that a server that gets slower or faster favours
// none.
var attempts = []int{1, 2, 4, 8, 8, 4, 2, 1}

// tune finds how many requests in flight a server gains from: past that, answers only come
// later. It is found once for each kind of server, on its smallest registry.
func (b *bench) tune(ctx context.Context, s setup) error {
	key := tuned{s.Database, s.Workers}
	if b.inFlight[key] != 0 {
		return nil
	}
	st, err := b.build(ctx, s)
	if err != nil {
		return err
	}
	times, err := b.tryAll(ctx, st)
	if err := errors.Join(err, st.tearDown()); err != nil {
		return fmt.Errorf("look for the best concurrency: %w", err)
	}
	r := b.record(s, convergence, limit, 0)
	for inFlight, took := range times {
		r.add(fmt.Sprintf("sample with %d in flight", inFlight), "s", took.Seconds())
	}
	b.inFlight[key] = fastest(times)
	b.say("%s: bare calls are fastest with %d in flight", s, b.inFlight[key])
	return nil
}

func (b *bench) tryAll(ctx context.Context, st *stand) (map[int]time.Duration, error) {
	times := map[int]time.Duration{}
	for _, inFlight := range attempts {
		c := &limitContender{bench: b, stand: st, inFlight: inFlight}
		if err := c.prepare(ctx); err != nil {
			return nil, err
		}
		models, err := c.api.listModels(ctx)
		if err != nil {
			return nil, err
		}
		models = models[:min(tuneModels, len(models))]
		began := time.Now()
		values, err := c.gateValues(ctx, models)
		if err != nil {
			return nil, err
		}
		if err := c.write(ctx, models, values); err != nil {
			return nil, err
		}
		times[inFlight] += time.Since(began)
		if err := c.stop(); err != nil {
			return nil, err
		}
	}
	return times, nil
}

func fastest(times map[int]time.Duration) int {
	best := attempts[0]
	for _, inFlight := range attempts {
		if times[inFlight] < times[best] {
			best = inFlight
		}
	}
	return best
}
