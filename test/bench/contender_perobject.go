// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// objectWorkers is controller-runtime's way: so many objects at a time.
const objectWorkers = 4

// perObjectContender is an operator as most are built: a queue of objects, each of which
// is read from the server by itself, now and after each poll interval.
type perObjectContender struct {
	bench  *bench
	stand  *stand
	api    *api
	cancel context.CancelFunc
	ended  sync.WaitGroup
	mu     sync.Mutex
	// awaited are those who wait for an alias to be put back, by model.
	awaited map[string]*waiter
}

func (c *perObjectContender) prepare(context.Context) error { return nil }

func (c *perObjectContender) converge(ctx context.Context) (time.Time, error) {
	if err := c.keepAll(ctx, c.stand.server.URL, time.Hour); err != nil {
		return time.Time{}, err
	}
	return time.Now(), c.stop()
}

func (c *perObjectContender) keep(ctx context.Context, url string) (kept, error) {
	release := func(context.Context) error { return c.stop() }
	return kept{interval: c.bench.poll, steady: true, release: release}, c.keepAll(ctx, url, c.bench.poll)
}

// keepAll works off the queue until the contender stops, and returns once each object had
// its first turn.
func (c *perObjectContender) keepAll(ctx context.Context, url string, poll time.Duration) error {
	ctx, c.cancel = context.WithCancel(ctx)
	models := c.stand.setup.Models
	queue := make(chan int, models)
	for i := range models {
		queue <- i + 1
	}
	var left atomic.Int64
	left.Store(int64(models))
	first := make(chan struct{})
	c.api = plainAPI(url, objectWorkers)
	for range objectWorkers {
		c.ended.Go(func() {
			c.work(ctx, c.api, queue, poll, func() {
				if left.Add(-1) == 0 {
					close(first)
				}
			})
		})
	}
	select {
	case <-first:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// work takes object after object. One that failed comes again after a second.
func (c *perObjectContender) work(ctx context.Context, a *api, queue chan int, poll time.Duration, done func()) {
	for {
		var i int
		select {
		case <-ctx.Done():
			return
		case i = <-queue:
		}
		pause := poll
		if err := c.reconcile(ctx, a, modelName(i)); err != nil {
			if ctx.Err() != nil {
				return
			}
			fmt.Fprintln(os.Stderr, "bench: per-object:", err)
			pause = time.Second
		} else {
			done()
		}
		time.AfterFunc(pause, func() { queue <- i })
	}
}

// reconcile reads the model, the candidate and its run, and writes what is not as it should be.
func (c *perObjectContender) reconcile(ctx context.Context, a *api, name string) error {
	m, err := a.model(ctx, name)
	if err != nil {
		return err
	}
	v, err := a.version(ctx, name, candidate)
	if err != nil {
		return err
	}
	run, err := a.run(ctx, v.RunID)
	if err != nil {
		return err
	}
	value, err := run.gateValue()
	if err != nil {
		return err
	}
	if tag(m.Tags, managedByTag) == "" {
		if err := a.setModelTag(ctx, name, managedByTag, owner(name)); err != nil {
			return err
		}
	}
	if m.alias(champion) == candidate {
		return nil
	}
	if err := a.promote(ctx, name, value); err != nil {
		return err
	}
	c.tellPutBack(name)
	return nil
}

// expectPutBack waits until the alias of the i-th model was written.
func (c *perObjectContender) expectPutBack(i int) *waiter {
	w := &waiter{at: make(chan time.Time, 1)}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.awaited == nil {
		c.awaited = map[string]*waiter{}
	}
	c.awaited[modelName(i)] = w
	return w
}

func (c *perObjectContender) tellPutBack(name string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if w := c.awaited[name]; w != nil {
		w.at <- time.Now()
		delete(c.awaited, name)
	}
}

func (c *perObjectContender) figures(context.Context, recorder) error { return nil }

func (c *perObjectContender) stop() error {
	if c.cancel != nil {
		c.cancel()
		c.ended.Wait()
		c.api.close()
	}
	return nil
}
