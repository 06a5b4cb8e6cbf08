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

// objectWorkers is the number of objects that are reconciled concurrently. Operators with slow
// backends often set MaxConcurrentReconciles to about this.
const objectWorkers = 4

// perObjectSubject is an operator without a shared snapshot: a queue of objects, each read from
// the server separately, at the start and after each poll interval.
type perObjectSubject struct {
	bench   *bench
	env     *environment
	client  *mlflowClient
	cancel  context.CancelFunc
	workers sync.WaitGroup
	mu      sync.Mutex
	// reverts holds the watches for reverted aliases, by model.
	reverts map[string]*watch
}

func (p *perObjectSubject) prepare(context.Context) error { return nil }

func (p *perObjectSubject) converge(ctx context.Context) (time.Time, error) {
	if err := p.startWorkers(ctx, p.env.server.URL, time.Hour); err != nil {
		return time.Time{}, err
	}
	return time.Now(), p.stop()
}

func (p *perObjectSubject) maintain(ctx context.Context, url string) (maintenance, error) {
	release := func(context.Context) error { return p.stop() }
	return maintenance{interval: p.bench.poll, spread: true, stop: release}, p.startWorkers(ctx, url, p.bench.poll)
}

// startWorkers processes the queue until the subject stops. It returns after the first reconcile
// of each object.
func (p *perObjectSubject) startWorkers(ctx context.Context, url string, poll time.Duration) error {
	ctx, p.cancel = context.WithCancel(ctx)
	models := p.env.setup.Models
	queue := make(chan int, models)
	for i := range models {
		queue <- i + 1
	}
	var left atomic.Int64
	left.Store(int64(models))
	first := make(chan struct{})
	p.client = newPlainClient(url, objectWorkers)
	for range objectWorkers {
		p.workers.Go(func() {
			p.processQueue(ctx, p.client, queue, poll, func() {
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

// processQueue reconciles one object after the other. A failed object is requeued after a second.
func (p *perObjectSubject) processQueue(ctx context.Context, a *mlflowClient, queue chan int, poll time.Duration, done func()) {
	for {
		var i int
		select {
		case <-ctx.Done():
			return
		case i = <-queue:
		}
		pause := poll
		if err := p.reconcile(ctx, a, modelName(i)); err != nil {
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

// reconcile reads the model, the candidate and its run, and writes what differs.
func (p *perObjectSubject) reconcile(ctx context.Context, a *mlflowClient, name string) error {
	m, err := a.getModel(ctx, name)
	if err != nil {
		return err
	}
	v, err := a.getVersion(ctx, name, candidate)
	if err != nil {
		return err
	}
	run, err := a.getRun(ctx, v.RunID)
	if err != nil {
		return err
	}
	value, err := run.gateValue()
	if err != nil {
		return err
	}
	if tagValue(m.Tags, managedByTag) == "" {
		if err := a.setModelTag(ctx, name, managedByTag, ownerTagValue(name)); err != nil {
			return err
		}
	}
	if m.aliasVersion(champion) == candidate {
		return nil
	}
	if err := a.promoteCandidate(ctx, name, value); err != nil {
		return err
	}
	p.notifyReverted(name)
	return nil
}

// watchRevert watches for a write of the alias of the i-th model.
func (p *perObjectSubject) watchRevert(i int) *watch {
	w := &watch{seen: make(chan time.Time, 1)}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.reverts == nil {
		p.reverts = map[string]*watch{}
	}
	p.reverts[modelName(i)] = w
	return w
}

func (p *perObjectSubject) notifyReverted(name string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if w := p.reverts[name]; w != nil {
		w.seen <- time.Now()
		delete(p.reverts, name)
	}
}

func (p *perObjectSubject) recordDetails(context.Context, recorder) error { return nil }

func (p *perObjectSubject) stop() error {
	if p.cancel != nil {
		p.cancel()
		p.workers.Wait()
		p.client.close()
	}
	return nil
}
