// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package batch

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/neuronews/mlflow-registry-operator/internal/limiter"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
)

// gatherFactor times the duration of a search is how long requests gather before the next one. A
// search costs a server time for each model that it has, found or not: with ten thousand models
// as much as ten gets (MLflow 3.17.2).
const gatherFactor = 3

// errNoResult is the error of a key that a fetch left out, so that it does not look missing.
var errNoResult = errors.New("nothing was read")

// result is the answer to one request.
type result[V any] struct {
	value V
	err   error
}

// fetchFunc reads keys. It returns a result for each of them.
type fetchFunc[K comparable, V any] func(ctx context.Context, keys []K) map[K]result[V]

// batcher joins the requests that arrive during a fetch. At most one fetch runs at a time.
type batcher[K comparable, V any] struct {
	fetch fetchFunc[K, V]
	// maxKeys is the maximum number of keys of a fetch. It shrinks if searches are too large.
	maxKeys atomic.Int64
	// fullSignal is sent when the queue is full: see isFull.
	fullSignal chan struct{}

	mu    sync.Mutex
	queue []*keyRequest[K, V]
	busy  bool

	// searchDuration is how long the searches of the current fetch took. Only the goroutine of
	// runFetches uses it.
	searchDuration time.Duration
}

// keyRequest is one goroutine that waits for one key.
type keyRequest[K comparable, V any] struct {
	key    K
	result chan result[V]
	// ctx is the context of the goroutine.
	ctx context.Context
}

func newBatcher[K comparable, V any](maxKeys int, fetch fetchFunc[K, V]) *batcher[K, V] {
	b := &batcher[K, V]{fetch: fetch, fullSignal: make(chan struct{}, 1)}
	b.maxKeys.Store(int64(maxKeys))
	return b
}

// shrinkOnError halves the number of keys if the answer to a search was too large or too late.
func (b *batcher[K, V]) shrinkOnError(err error) {
	if errors.Is(err, mlflow.ErrTooLarge) || errors.Is(err, mlflow.ErrTimeout) {
		b.maxKeys.Store(max(b.maxKeys.Load()/2, minBatchSize))
	}
}

// read reads one key. The answer was read after the call began.
func (b *batcher[K, V]) read(ctx context.Context, key K) (V, error) {
	req := &keyRequest[K, V]{key: key, result: make(chan result[V], 1), ctx: ctx}
	b.enqueueRequest(req)
	select {
	case got := <-req.result:
		return got.value, got.err
	case <-ctx.Done():
		var none V
		return none, ctx.Err()
	}
}

func (b *batcher[K, V]) enqueueRequest(req *keyRequest[K, V]) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.queue = append(b.queue, req)
	switch {
	case !b.busy:
		b.busy = true
		go b.runFetches()
	case b.isFull():
		b.signalFull()
	}
}

// runFetches fetches until the queue is empty.
func (b *batcher[K, V]) runFetches() {
	for {
		requests := b.takeRequests()
		if len(requests) == 0 {
			return
		}
		b.searchDuration = 0
		b.fetchAndRespond(requests)
		b.waitForRequests(gatherFactor * b.searchDuration)
	}
}

// takeRequests removes the next requests from the queue, the oldest first. It drops requests
// whose context has ended.
func (b *batcher[K, V]) takeRequests() []*keyRequest[K, V] {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.queue = slices.DeleteFunc(b.queue, func(req *keyRequest[K, V]) bool { return req.ctx.Err() != nil })
	n := min(len(b.queue), int(b.maxKeys.Load()))
	requests := slices.Clone(b.queue[:n])
	b.queue = slices.Delete(b.queue, 0, n)
	b.busy = n > 0
	return requests
}

// fetchAndRespond fetches the keys of the requests and sends each its result.
func (b *batcher[K, V]) fetchAndRespond(requests []*keyRequest[K, V]) {
	ctx, cancel := contextOfAny(requests)
	defer cancel()
	results := b.fetch(ctx, distinctKeys(requests))
	for _, req := range requests {
		got, found := results[req.key]
		if !found {
			got.err = errNoResult
		}
		req.result <- got
	}
}

// beginSearch starts to measure searches of a fetch, which must use the returned context. The
// time until done counts, except the time that the searches wait in the limiter.
func (b *batcher[K, V]) beginSearch(ctx context.Context) (timed context.Context, done func()) {
	timed, waited := limiter.WithWaitTime(ctx)
	began := time.Now()
	return timed, func() { b.searchDuration += time.Since(began) - waited() }
}

// waitForRequests waits for a time, or until the queue is full.
func (b *batcher[K, V]) waitForRequests(timeout time.Duration) {
	b.mu.Lock()
	full := b.isFull()
	select {
	case <-b.fullSignal: // a signal about requests that have an answer already
	default:
	}
	b.mu.Unlock()
	if full {
		return
	}
	timer := time.NewTimer(timeout)
	defer timer.Stop()
	select {
	case <-b.fullSignal:
	case <-timer.C:
	}
}

// isFull reports whether the queue fills a fetch. The caller holds the lock.
func (b *batcher[K, V]) isFull() bool {
	return len(b.queue) >= int(b.maxKeys.Load())
}

// signalFull ends waitForRequests.
func (b *batcher[K, V]) signalFull() {
	select {
	case b.fullSignal <- struct{}{}:
	default:
	}
}

// contextOfAny returns a context that ends when the contexts of all requests have ended.
func contextOfAny[K comparable, V any](requests []*keyRequest[K, V]) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(requests[0].ctx))
	var active atomic.Int64
	active.Store(int64(len(requests)))
	stops := make([]func() bool, 0, len(requests))
	for _, req := range requests {
		stops = append(stops, context.AfterFunc(req.ctx, func() {
			if active.Add(-1) == 0 {
				cancel()
			}
		}))
	}
	return ctx, func() {
		for _, stop := range stops {
			stop()
		}
		cancel()
	}
}

// distinctKeys returns the keys in the order of their first requests.
func distinctKeys[K comparable, V any](requests []*keyRequest[K, V]) []K {
	keys := make([]K, 0, len(requests))
	seen := make(map[K]bool, len(requests))
	for _, req := range requests {
		if !seen[req.key] {
			seen[req.key] = true
			keys = append(keys, req.key)
		}
	}
	return keys
}
