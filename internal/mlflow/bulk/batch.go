// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package bulk

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
)

// answer is what became of one ask.
type answer[V any] struct {
	value V
	err   error
}

// fetch reads all of some keys. It answers for each of them.
type fetch[K comparable, V any] func(ctx context.Context, keys []K) map[K]answer[V]

// batch joins the asks that come while it is busy. It has one fetch under way at most.
type batch[K comparable, V any] struct {
	fetch fetch[K, V]
	// largest is the number of keys that a fetch takes. It gets smaller where searches are
	// too large.
	largest atomic.Int64
	// full tells that as many asks wait as a fetch takes.
	full chan struct{}

	mu      sync.Mutex
	waiting []*ask[K, V]
	busy    bool

	// searched is what the searches of a fetch took. It belongs to run and whom it calls.
	searched time.Duration
}

// ask is one goroutine that waits for one key.
type ask[K comparable, V any] struct {
	key    K
	answer chan answer[V]
	// ctx is that of the goroutine.
	ctx context.Context
}

func newBatch[K comparable, V any](largest int, fetch fetch[K, V]) *batch[K, V] {
	b := &batch[K, V]{fetch: fetch, full: make(chan struct{}, 1)}
	b.largest.Store(int64(largest))
	return b
}

// learn takes half as many keys at a time where the answer to a search was too large, or
// took too long.
func (b *batch[K, V]) learn(err error) {
	if errors.Is(err, mlflow.ErrTooLarge) || errors.Is(err, mlflow.ErrTimeout) {
		b.largest.Store(max(b.largest.Load()/2, few))
	}
}

// get reads one key, with an answer that is younger than this call.
func (b *batch[K, V]) get(ctx context.Context, key K) (V, error) {
	a := &ask[K, V]{key: key, answer: make(chan answer[V], 1), ctx: ctx}
	b.join(a)
	select {
	case got := <-a.answer:
		return got.value, got.err
	case <-ctx.Done():
		var none V
		return none, ctx.Err()
	}
}

func (b *batch[K, V]) join(a *ask[K, V]) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.waiting = append(b.waiting, a)
	switch {
	case !b.busy:
		b.busy = true
		go b.run()
	case b.isFull():
		b.tellFull()
	}
}

// run fetches until nobody waits.
func (b *batch[K, V]) run() {
	for {
		asks := b.take()
		if len(asks) == 0 {
			return
		}
		b.searched = 0
		b.serve(asks)
		b.gather(gathering * b.searched)
	}
}

// take removes the next asks from the queue, the oldest first. Those whose goroutines
// have given up are dropped.
func (b *batch[K, V]) take() []*ask[K, V] {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.waiting = slices.DeleteFunc(b.waiting, func(a *ask[K, V]) bool { return a.ctx.Err() != nil })
	n := min(len(b.waiting), int(b.largest.Load()))
	asks := slices.Clone(b.waiting[:n])
	b.waiting = slices.Delete(b.waiting, 0, n)
	b.busy = n > 0
	return asks
}

// serve fetches the keys of the asks and tells each its answer.
func (b *batch[K, V]) serve(asks []*ask[K, V]) {
	ctx, cancel := whileAnyLives(asks)
	defer cancel()
	answers := b.fetch(ctx, keysOf(asks))
	for _, a := range asks {
		got, found := answers[a.key]
		if !found {
			got.err = errUnanswered
		}
		a.answer <- got
	}
}

// errUnanswered keeps a fetch that forgot a key from looking as if it had found nothing.
var errUnanswered = errors.New("nothing was read")

// whileAnyLives is a context that ends with the last of those who ask.
func whileAnyLives[K comparable, V any](asks []*ask[K, V]) (context.Context, context.CancelFunc) {
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

// keysOf are the keys in the order in which they were first asked for.
func keysOf[K comparable, V any](asks []*ask[K, V]) []K {
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
