// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package batch

import (
	"context"
	"time"

	"github.com/neuronews/mlflow-registry-operator/internal/limiter"
)

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
