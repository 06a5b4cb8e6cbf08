// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"
)

// runsPerSearch is the page size above which a larger page gains nothing.
const runsPerSearch = 100

// limitSubject makes the fewest requests at the best concurrency. It knows what to write without
// a comparison: it shows the limit of the server and is not a product.
type limitSubject struct {
	bench  *bench
	env    *environment
	config clientConfig
	client *mlflowClient
}

func (l *limitSubject) prepare(context.Context) error {
	l.client = newClient(l.env.server.URL, l.config)
	return nil
}

// converge lists all models, writes three times per model, and lists all models once more.
func (l *limitSubject) converge(ctx context.Context) (time.Time, error) {
	models, err := l.client.listModels(ctx)
	if err != nil {
		return time.Time{}, err
	}
	values, err := l.readGateValues(ctx, models)
	if err != nil {
		return time.Time{}, err
	}
	if err := l.promoteModels(ctx, models, values); err != nil {
		return time.Time{}, err
	}
	_, err = l.client.listModels(ctx)
	return time.Now(), err
}

// readGateValues returns the gate metric of each candidate, by run.
func (l *limitSubject) readGateValues(ctx context.Context, models []mlflowModel) (map[string]float64, error) {
	experiments, err := l.client.listExperiments(ctx)
	if err != nil {
		return nil, err
	}
	chunks := slices.Collect(slices.Chunk(models, runsPerSearch))
	found := make([]map[string]float64, len(chunks))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(l.config.inFlight)
	for i, chunk := range chunks {
		group.Go(func() error {
			var err error
			found[i], err = l.client.searchGateValues(ctx, experiments, chunk)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	all := map[string]float64{}
	for _, chunk := range found {
		maps.Copy(all, chunk)
	}
	return all, nil
}

func (l *limitSubject) promoteModels(ctx context.Context, models []mlflowModel, values map[string]float64) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(l.config.inFlight)
	for _, m := range models {
		group.Go(func() error {
			if err := l.client.setModelTag(ctx, m.Name, managedByTag, ownerTagValue(m.Name)); err != nil {
				return err
			}
			return l.client.promoteCandidate(ctx, m.Name, values[m.LatestVersions[0].RunID])
		})
	}
	return group.Wait()
}

// maintain lists all models once per interval.
func (l *limitSubject) maintain(ctx context.Context, url string) (maintenance, error) {
	a := newQuickAckClient(url)
	if _, err := a.listModels(ctx); err != nil {
		return maintenance{}, err
	}
	ctx, cancel := context.WithCancel(ctx)
	go runEvery(ctx, l.bench.poll, func() { _, _ = a.listModels(ctx) })
	return maintenance{interval: l.bench.poll, stop: func(context.Context) error {
		cancel()
		return nil
	}}, nil
}

func (l *limitSubject) recordDetails(_ context.Context, r recorder) error {
	persistent := 1.0
	if l.config.freshConnections {
		persistent = 0
	}
	r.add("in flight", "requests", float64(l.config.inFlight))
	r.add("persistent connections", "yes or no", persistent)
	return nil
}

func (l *limitSubject) stop() error {
	l.client.close()
	return nil
}

// runEvery calls a function at a fixed rate until the context ends.
func runEvery(ctx context.Context, interval time.Duration, run func()) {
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			run()
		}
	}
}

// sampleModels is the number of models that one sample converges.
const sampleModels = 40

// sampleRounds is the number of samples per configuration. The fastest one counts: a disturbance
// only makes a sample slower.
const sampleRounds = 4

// clientConfigs are the candidates for the fastest configuration, the simplest first.
var clientConfigs = []clientConfig{
	{1, false}, {2, false}, {4, false}, {8, false}, {1, true}, {2, true}, {4, true}, {8, true},
}

// findFastestClient finds the number of concurrent requests above which only the latency grows,
// and whether persistent connections are faster. It runs once for each kind of server, on the
// smallest registry.
func (b *bench) findFastestClient(ctx context.Context, s setup) error {
	key := serverKind{s.Database, s.Workers}
	if b.fastestClients[key] != (clientConfig{}) {
		return nil
	}
	env, err := b.newEnvironment(ctx, s)
	if err != nil {
		return err
	}
	times, err := b.timeConfigs(ctx, env)
	if err := errors.Join(err, env.tearDown()); err != nil {
		return fmt.Errorf("find the fastest client: %w", err)
	}
	r := b.newRecorder(s, convergence, limitName, 0)
	for _, m := range clientConfigs {
		r.add("sample, "+m.String(), "s", times[m].Seconds())
	}
	b.fastestClients[key] = selectFastest(times)
	b.logf("%s: the fastest client has %s", s, b.fastestClients[key])
	return nil
}

func (b *bench) timeConfigs(ctx context.Context, env *environment) (map[clientConfig]time.Duration, error) {
	times := map[clientConfig]time.Duration{}
	for _, m := range slices.Repeat(clientConfigs, sampleRounds) {
		duration, err := (&limitSubject{bench: b, env: env, config: m}).timeSample(ctx)
		if err != nil {
			return nil, err
		}
		if best, tried := times[m]; !tried || duration < best {
			times[m] = duration
		}
	}
	return times, nil
}

// timeSample converges some models and returns the duration.
func (l *limitSubject) timeSample(ctx context.Context) (time.Duration, error) {
	if err := l.prepare(ctx); err != nil {
		return 0, err
	}
	models, err := l.client.listFirstModels(ctx, sampleModels)
	if err != nil {
		return 0, err
	}
	started := time.Now()
	values, err := l.readGateValues(ctx, models)
	if err != nil {
		return 0, err
	}
	if err := l.promoteModels(ctx, models, values); err != nil {
		return 0, err
	}
	return time.Since(started), l.stop()
}

// selectFastest prefers the simpler of equal configurations.
func selectFastest(times map[clientConfig]time.Duration) clientConfig {
	best := clientConfigs[0]
	for _, m := range clientConfigs {
		if times[m] < times[best] {
			best = m
		}
	}
	return best
}
