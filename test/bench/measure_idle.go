// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"time"
)

// countIdlePolls returns the number of poll intervals to measure. A poll of a large registry
// takes minutes.
func countIdlePolls(models int) int {
	if models >= largeModels {
		return 3
	}
	return 4
}

// measureIdle counts the requests and the CPU time of a subject while nothing changes.
func (b *bench) measureIdle(ctx context.Context, env *environment, c subject, name string) error {
	p, err := newProxy(env.server.URL)
	if err != nil {
		return err
	}
	defer p.close()
	k, err := c.maintain(ctx, p.url)
	if err != nil {
		return err
	}
	r := b.newRecorder(env.setup, idle, name, 0)
	before := listResourceVersions(c)
	err = b.observeIdle(ctx, r, env, p, k)
	if rewritten := listChanged(before, listResourceVersions(c)); err == nil && name == operatorName {
		r.add("writes to Kubernetes", "objects", float64(len(rewritten)))
		b.checkGuarantee(len(rewritten) == 0, "%s: the idle operator wrote to %v", env.setup, rewritten)
	}
	r.add("interval", "s", k.interval.Seconds())
	return errors.Join(err, k.stop(ctx))
}

// listResourceVersions returns the resource versions of the objects of the operator; nil for
// other subjects.
func listResourceVersions(c subject) map[string]string {
	o, ok := c.(*operatorSubject)
	if !ok {
		return nil
	}
	return o.cluster.tracker.resourceVersions()
}

// observeIdle measures some poll intervals. The first one begins just after a poll; half an
// interval more makes sure that the jitter of the polls excludes none of them.
func (b *bench) observeIdle(ctx context.Context, r recorder, env *environment, p *proxy, k maintenance) error {
	counted := time.Duration(countIdlePolls(env.setup.Models)) * k.interval
	window := counted
	if !k.spread {
		window += k.interval / 2
	}
	m, err := startMeter(env.roots)
	if err != nil {
		return err
	}
	before := p.readTally()
	if err := sleep(ctx, window); err != nil {
		return err
	}
	seen := p.readTally().since(before)
	used, err := m.readElapsed()
	if err != nil {
		return err
	}
	minutes := counted.Minutes()
	r.add("requests", "per minute", float64(seen.requests)/minutes)
	r.add("traffic", "KB per minute", float64(seen.bytes)/1000/minutes)
	r.add("writes", "requests", float64(seen.writes))
	r.add("requests per interval", "requests", float64(seen.requests)/float64(countIdlePolls(env.setup.Models)))
	for _, process := range []string{"mlflow", "postgres", "operator", "script"} {
		if busy, measured := used[process]; measured {
			r.add("CPU of "+process, "% of a core", 100*busy.Seconds()/counted.Seconds())
		}
	}
	b.logf("%s: idle %s: %.1f requests per minute, MLflow at %.1f %% of a core",
		env.setup, r.series.Subject, float64(seen.requests)/minutes, 100*used["mlflow"].Seconds()/counted.Seconds())
	if r.series.Subject != operatorName {
		return nil
	}
	b.checkGuarantee(seen.writes == 0, "%s: the idle operator wrote to MLflow %d times: %v", env.setup, seen.writes, p.readTally().byKind)
	return recordMemory(r, env.roots["operator"])
}

func sleep(ctx context.Context, duration time.Duration) error {
	select {
	case <-time.After(duration):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
