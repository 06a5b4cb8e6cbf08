// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"maps"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"
)

// idsPerCall is where asking for more runs at a time gains nothing.
const idsPerCall = 100

// limitContender makes the fewest calls at the best concurrency, and knows nothing but
// what has to be written: what a server can do, and no product.
type limitContender struct {
	bench  *bench
	stand  *stand
	manner manner
	api    *api
}

func (c *limitContender) prepare(context.Context) error {
	c.api = bareAPI(c.stand.server.URL, c.manner)
	return nil
}

// converge reads everything with a few calls, writes three things for each model, and
// reads everything once more.
func (c *limitContender) converge(ctx context.Context) (time.Time, error) {
	models, err := c.api.listModels(ctx)
	if err != nil {
		return time.Time{}, err
	}
	values, err := c.gateValues(ctx, models)
	if err != nil {
		return time.Time{}, err
	}
	if err := c.write(ctx, models, values); err != nil {
		return time.Time{}, err
	}
	_, err = c.api.listModels(ctx)
	return time.Now(), err
}

// gateValues are the metrics of all candidates, by run.
func (c *limitContender) gateValues(ctx context.Context, models []mlflowModel) (map[string]float64, error) {
	experiments, err := c.api.experiments(ctx)
	if err != nil {
		return nil, err
	}
	chunks := slices.Collect(slices.Chunk(models, idsPerCall))
	found := make([]map[string]float64, len(chunks))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(c.manner.inFlight)
	for i, chunk := range chunks {
		group.Go(func() error {
			var err error
			found[i], err = c.api.metricOfRuns(ctx, experiments, chunk)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	all := map[string]float64{}
	for _, some := range found {
		maps.Copy(all, some)
	}
	return all, nil
}

func (c *limitContender) write(ctx context.Context, models []mlflowModel, values map[string]float64) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(c.manner.inFlight)
	for _, m := range models {
		group.Go(func() error {
			if err := c.api.setModelTag(ctx, m.Name, managedByTag, owner(m.Name)); err != nil {
				return err
			}
			return c.api.promote(ctx, m.Name, values[m.LatestVersions[0].RunID])
		})
	}
	return group.Wait()
}

// keep reads the whole list, in pages as large as there are.
func (c *limitContender) keep(ctx context.Context, url string) (kept, error) {
	a := promptAPI(url)
	if _, err := a.listModels(ctx); err != nil {
		return kept{}, err
	}
	ctx, cancel := context.WithCancel(ctx)
	go every(ctx, c.bench.poll, func() { _, _ = a.listModels(ctx) })
	return kept{interval: c.bench.poll, release: func(context.Context) error {
		cancel()
		return nil
	}}, nil
}

func (c *limitContender) figures(_ context.Context, r recorder) error {
	kept := 1.0
	if c.manner.fresh {
		kept = 0
	}
	r.add("in flight", "requests", float64(c.manner.inFlight))
	r.add("kept connections", "yes or no", kept)
	return nil
}

func (c *limitContender) stop() error {
	c.api.close()
	return nil
}

// every does something at a fixed rate until the context ends.
func every(ctx context.Context, period time.Duration, something func()) {
	ticker := time.NewTicker(period)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			something()
		}
	}
}
