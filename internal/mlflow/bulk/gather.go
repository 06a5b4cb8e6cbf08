// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package bulk

import (
	"context"
	"time"

	"github.com/neuronews/mlflow-registry-operator/internal/lanes"
)

// gathering is how many times as long as a search took asks gather before the next one. A
// search costs a server something for each model that it has, found or not: of ten thousand,
// as much as reading ten by themselves (MLflow 3.17.2).
const gathering = 3

// searching begins searches of a fetch, to be made with the context that comes with it. What
// they take until done is called counts, without the time that they wait to be sent.
func (b *batch[K, V]) searching(ctx context.Context) (timed context.Context, done func()) {
	timed, waited := lanes.Timed(ctx)
	began := time.Now()
	return timed, func() { b.searched += time.Since(began) - waited() }
}

// gather waits, but not for more asks than a fetch takes.
func (b *batch[K, V]) gather(atMost time.Duration) {
	b.mu.Lock()
	enough := b.isFull()
	select {
	case <-b.full: // said of asks that were served since
	default:
	}
	b.mu.Unlock()
	if enough {
		return
	}
	timer := time.NewTimer(atMost)
	defer timer.Stop()
	select {
	case <-b.full:
	case <-timer.C:
	}
}

// isFull tells whether as many asks wait as a fetch takes. It is for who holds the lock.
func (b *batch[K, V]) isFull() bool {
	return len(b.waiting) >= int(b.largest.Load())
}

// tellFull ends the wait of gather.
func (b *batch[K, V]) tellFull() {
	select {
	case b.full <- struct{}{}:
	default:
	}
}
