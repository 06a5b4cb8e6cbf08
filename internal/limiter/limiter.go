// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package limiter

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

type priorityKey struct{}

// WithHighPriority is a context whose requests go before those of others. It is for what a person
// waits for.
func WithHighPriority(ctx context.Context) context.Context {
	return context.WithValue(ctx, priorityKey{}, true)
}

// IsHighPriority tells whether a context is that of Urgently, or comes from it.
func IsHighPriority(ctx context.Context) bool {
	return ctx.Value(priorityKey{}) != nil
}

type waitTimeKey struct{}

// WithWaitTime is a context that adds up how long its requests wait for a slot, and tells it.
func WithWaitTime(ctx context.Context) (timed context.Context, waited func() time.Duration) {
	var sum atomic.Int64
	return context.WithValue(ctx, waitTimeKey{}, &sum), func() time.Duration { return time.Duration(sum.Load()) }
}

const (
	// slowAfter is when a request that is under way does not count any more: it may hang, and the
	// others need not wait for its end.
	slowAfter = 2 * time.Second
	// highPriorityBurst is how many urgent requests may go before one that is not.
	highPriorityBurst = 4
)

// Limiter bound the requests that are in flight. Who waits is served in the order of coming,
// the urgent first.
type Limiter struct {
	mu sync.Mutex
	// maxInFlight is the most that may be in flight, slow ones and urgent ones among them.
	maxInFlight int
	tuner       tuner
	inFlight    map[*request]struct{}

	highPriority, ordinary []*request
	// burst counts the urgent requests that went before others that wait.
	burst int
}

// request is one request, from when it waits.
type request struct {
	granted chan struct{}
	// startedAt is when it got its slot.
	startedAt time.Time
}

// NewFixed are lanes for so many requests at a time.
func NewFixed(limit int) *Limiter {
	return &Limiter{maxInFlight: limit, tuner: tuner{limit: limit}, inFlight: map[*request]struct{}{}}
}

// NewAdaptive are lanes for at most so many requests at a time, and for no more than whoever
// answers them gains from, but for urgent ones.
func NewAdaptive(largest int) *Limiter {
	return &Limiter{maxInFlight: largest, tuner: newTuner(largest), inFlight: map[*request]struct{}{}}
}

// Acquire takes a slot and waits for it as long as ctx lives. The slot is given back by
// calling release after the answer.
func (l *Limiter) Acquire(ctx context.Context) (release func(), err error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	came := time.Now()
	f := l.enqueueRequest(IsHighPriority(ctx))
	if err := l.waitForSlot(ctx, f); err != nil {
		return nil, err
	}
	if sum, timed := ctx.Value(waitTimeKey{}).(*atomic.Int64); timed {
		sum.Add(int64(time.Since(came)))
	}
	return func() { l.releaseSlot(f) }, nil
}

// waitForSlot returns when it is the turn of f. Now and then it looks whether what is under way
// has become slow, which nobody tells.
func (l *Limiter) waitForSlot(ctx context.Context, f *request) error {
	select {
	case <-f.granted:
		return nil
	default:
	}
	ticker := time.NewTicker(slowAfter)
	defer ticker.Stop()
	for {
		select {
		case <-f.granted:
			return nil
		case <-ticker.C:
			l.mu.Lock()
			l.grantSlots()
			l.mu.Unlock()
		case <-ctx.Done():
			l.cancelRequest(f)
			return ctx.Err()
		}
	}
}

// enqueueRequest is one more that waits, or has its turn at once.
func (l *Limiter) enqueueRequest(urgent bool) *request {
	l.mu.Lock()
	defer l.mu.Unlock()
	f := &request{granted: make(chan struct{})}
	if urgent {
		l.highPriority = append(l.highPriority, f)
	} else {
		l.ordinary = append(l.ordinary, f)
	}
	l.grantSlots()
	return f
}

// cancelRequest gives up one's place, or the slot if it was given in the same moment.
func (l *Limiter) cancelRequest(f *request) {
	l.mu.Lock()
	defer l.mu.Unlock()
	is := func(other *request) bool { return other == f }
	l.highPriority, l.ordinary = slices.DeleteFunc(l.highPriority, is), slices.DeleteFunc(l.ordinary, is)
	delete(l.inFlight, f)
	l.grantSlots()
}

func (l *Limiter) releaseSlot(f *request) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.inFlight, f)
	l.tuner.recordAnswer(time.Now(), len(l.highPriority)+len(l.ordinary) > 0)
	l.grantSlots()
}

// InFlight is how many slots are held.
func (l *Limiter) InFlight() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.inFlight)
}

// grantSlots gives slots to whoever is next, as long as there are any.
func (l *Limiter) grantSlots() {
	for len(l.inFlight) < l.maxInFlight {
		quick := l.countFast() < l.tuner.limit
		switch {
		case len(l.highPriority) > 0 && (len(l.ordinary) == 0 || l.burst < highPriorityBurst || !quick):
			l.burst++
			l.highPriority = l.startNext(l.highPriority)
		case len(l.ordinary) > 0 && quick:
			l.burst = 0
			l.ordinary = l.startNext(l.ordinary)
		default:
			return
		}
	}
}

// startNext gives a slot to the first of a queue.
func (l *Limiter) startNext(queue []*request) []*request {
	f := queue[0]
	f.startedAt = time.Now()
	l.inFlight[f] = struct{}{}
	close(f.granted)
	return slices.Delete(queue, 0, 1)
}

// countFast counts the requests under way that are not slow.
func (l *Limiter) countFast() int {
	count := 0
	for f := range l.inFlight {
		if time.Since(f.startedAt) < slowAfter {
			count++
		}
	}
	return count
}
