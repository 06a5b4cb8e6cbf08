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

// result is what became of one ask.
type result[V any] struct {
	value V
	err   error
}

// fetchFunc reads all of some keys. It answers for each of them.
type fetchFunc[K comparable, V any] func(ctx context.Context, keys []K) map[K]result[V]

// batcher joins the asks that come while it is busy. It has one fetch under way at most.
type batcher[K comparable, V any] struct {
	fetch fetchFunc[K, V]
	// maxKeys is the number of keys that a fetch takes. It gets smaller where searches are
	// too large.
	maxKeys atomic.Int64
	// fullSignal tells that as many asks wait as a fetch takes.
	fullSignal chan struct{}

	mu    sync.Mutex
	queue []*keyRequest[K, V]
	busy  bool

	// searchDuration is what the searches of a fetch took. It belongs to run and whom it calls.
	searchDuration time.Duration
}

// keyRequest is one goroutine that waits for one key.
type keyRequest[K comparable, V any] struct {
	key    K
	result chan result[V]
	// ctx is that of the goroutine.
	ctx context.Context
}

func newBatcher[K comparable, V any](largest int, fetch fetchFunc[K, V]) *batcher[K, V] {
	b := &batcher[K, V]{fetch: fetch, fullSignal: make(chan struct{}, 1)}
	b.maxKeys.Store(int64(largest))
	return b
}

// shrinkOnError takes half as many keys at a time where the answer to a search was too large, or
// took too long.
func (b *batcher[K, V]) shrinkOnError(err error) {
	if errors.Is(err, mlflow.ErrTooLarge) || errors.Is(err, mlflow.ErrTimeout) {
		b.maxKeys.Store(max(b.maxKeys.Load()/2, minBatchSize))
	}
}

// read reads one key, with an answer that is younger than this call.
func (b *batcher[K, V]) read(ctx context.Context, key K) (V, error) {
	a := &keyRequest[K, V]{key: key, result: make(chan result[V], 1), ctx: ctx}
	b.enqueueRequest(a)
	select {
	case got := <-a.result:
		return got.value, got.err
	case <-ctx.Done():
		var none V
		return none, ctx.Err()
	}
}

func (b *batcher[K, V]) enqueueRequest(a *keyRequest[K, V]) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.queue = append(b.queue, a)
	switch {
	case !b.busy:
		b.busy = true
		go b.runFetches()
	case b.isFull():
		b.signalFull()
	}
}

// runFetches fetches until nobody waits.
func (b *batcher[K, V]) runFetches() {
	for {
		asks := b.takeRequests()
		if len(asks) == 0 {
			return
		}
		b.searchDuration = 0
		b.fetchAndRespond(asks)
		b.waitForRequests(gatherFactor * b.searchDuration)
	}
}

// takeRequests removes the next asks from the queue, the oldest first. Those whose goroutines
// have given up are dropped.
func (b *batcher[K, V]) takeRequests() []*keyRequest[K, V] {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.queue = slices.DeleteFunc(b.queue, func(a *keyRequest[K, V]) bool { return a.ctx.Err() != nil })
	n := min(len(b.queue), int(b.maxKeys.Load()))
	asks := slices.Clone(b.queue[:n])
	b.queue = slices.Delete(b.queue, 0, n)
	b.busy = n > 0
	return asks
}

// fetchAndRespond fetches the keys of the asks and tells each its answer.
func (b *batcher[K, V]) fetchAndRespond(asks []*keyRequest[K, V]) {
	ctx, cancel := contextOfAny(asks)
	defer cancel()
	answers := b.fetch(ctx, distinctKeys(asks))
	for _, a := range asks {
		got, found := answers[a.key]
		if !found {
			got.err = errNoResult
		}
		a.result <- got
	}
}

// errNoResult keeps a fetch that forgot a key from looking as if it had found nothing.
var errNoResult = errors.New("nothing was read")

// contextOfAny is a context that ends with the last of those who ask.
func contextOfAny[K comparable, V any](asks []*keyRequest[K, V]) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(asks[0].ctx))
	var living atomic.Int64
	living.Store(int64(len(asks)))
	stops := make([]func() bool, 0, len(asks))
	for _, a := range asks {
		stops = append(stops, context.AfterFunc(a.ctx, func() {
			if living.Add(-1) == 0 {
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

// distinctKeys are the keys in the order in which they were first asked for.
func distinctKeys[K comparable, V any](asks []*keyRequest[K, V]) []K {
	keys := make([]K, 0, len(asks))
	seen := make(map[K]bool, len(asks))
	for _, a := range asks {
		if !seen[a.key] {
			seen[a.key] = true
			keys = append(keys, a.key)
		}
	}
	return keys
}

// gatherFactor is how many times as long as a search took asks gather before the next one. A
// search costs a server something for each model that it has, found or not: of ten thousand,
// as much as reading ten by themselves (MLflow 3.17.2).
const gatherFactor = 3

// beginSearch begins searches of a fetch, to be made with the context that comes with it. What
// they take until done is called counts, without the time that they wait to be sent.
func (b *batcher[K, V]) beginSearch(ctx context.Context) (timed context.Context, done func()) {
	timed, waited := limiter.WithWaitTime(ctx)
	began := time.Now()
	return timed, func() { b.searchDuration += time.Since(began) - waited() }
}

// waitForRequests waits, but not for more asks than a fetch takes.
func (b *batcher[K, V]) waitForRequests(atMost time.Duration) {
	b.mu.Lock()
	enough := b.isFull()
	select {
	case <-b.fullSignal: // said of asks that were served since
	default:
	}
	b.mu.Unlock()
	if enough {
		return
	}
	timer := time.NewTimer(atMost)
	defer timer.Stop()
	select {
	case <-b.fullSignal:
	case <-timer.C:
	}
}

// isFull tells whether as many asks wait as a fetch takes. It is for who holds the lock.
func (b *batcher[K, V]) isFull() bool {
	return len(b.queue) >= int(b.maxKeys.Load())
}

// signalFull ends the wait of gather.
func (b *batcher[K, V]) signalFull() {
	select {
	case b.fullSignal <- struct{}{}:
	default:
	}
}
