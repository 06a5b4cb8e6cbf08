// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"time"
)

// polls is how many polls of a converged registry are watched. Where each of them takes
// minutes, three have to do.
func polls(models int) int {
	if models >= largeModels {
		return 3
	}
	return 4
}

// measureIdle counts what a contender asks of a registry in which nothing happens.
func (b *bench) measureIdle(ctx context.Context, st *stand, c contender, name string) error {
	p, err := newProxy(st.server.URL)
	if err != nil {
		return err
	}
	defer p.close()
	k, err := c.keep(ctx, p.url)
	if err != nil {
		return err
	}
	r := b.record(st.setup, idle, name, 0)
	before := objectsOf(c)
	err = b.watchIdle(ctx, r, st, p, k)
	if rewritten := differing(before, objectsOf(c)); err == nil && name == ours {
		r.add("writes to Kubernetes", "objects", float64(len(rewritten)))
		b.promise(len(rewritten) == 0, "%s: the idle operator wrote to %v", st.setup, rewritten)
	}
	r.add("interval", "s", k.interval.Seconds())
	return errors.Join(err, k.release(ctx))
}

// objectsOf are the versions of the objects that a contender writes to; only one has any.
func objectsOf(c contender) map[string]string {
	o, ok := c.(*operatorContender)
	if !ok {
		return nil
	}
	return o.cluster.tracker.versions()
}

// watchIdle watches some intervals. Those of a poller begin just after a poll, and half an
// interval more makes sure that all polls are within, whatever their jitter.
func (b *bench) watchIdle(ctx context.Context, r recorder, st *stand, p *proxy, k kept) error {
	counted := time.Duration(polls(st.setup.Models)) * k.interval
	window := counted
	if !k.steady {
		window += k.interval / 2
	}
	m, err := newMeter(st.roots)
	if err != nil {
		return err
	}
	before := p.tally()
	if err := sleep(ctx, window); err != nil {
		return err
	}
	seen := p.tally().since(before)
	used, err := m.used()
	if err != nil {
		return err
	}
	minutes := counted.Minutes()
	r.add("requests", "per minute", float64(seen.requests)/minutes)
	r.add("traffic", "KB per minute", float64(seen.bytes)/1000/minutes)
	r.add("writes", "requests", float64(seen.writes))
	r.add("requests per interval", "requests", float64(seen.requests)/float64(polls(st.setup.Models)))
	for _, process := range []string{"mlflow", "postgres", "operator", "script"} {
		if busy, measured := used[process]; measured {
			r.add("processor of "+process, "% of a core", 100*busy.Seconds()/counted.Seconds())
		}
	}
	b.say("%s: idle %s: %.1f requests a minute, MLflow at %.1f %% of a core",
		st.setup, r.series.Contender, float64(seen.requests)/minutes, 100*used["mlflow"].Seconds()/counted.Seconds())
	if r.series.Contender != ours {
		return nil
	}
	b.promise(seen.writes == 0, "%s: the idle operator wrote to MLflow %d times: %v", st.setup, seen.writes, p.tally().byKind)
	return recordMemory(r, st.roots["operator"])
}

func sleep(ctx context.Context, duration time.Duration) error {
	select {
	case <-time.After(duration):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
