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

// WithHighPriority returns a context whose requests go before ordinary ones. Use it for requests for
// which a person waits.
func WithHighPriority(ctx context.Context) context.Context {
	return context.WithValue(ctx, priorityKey{}, true)
}

// IsHighPriority reports whether a context comes from WithHighPriority.
func IsHighPriority(ctx context.Context) bool {
	return ctx.Value(priorityKey{}) != nil
}

type waitTimeKey struct{}

// WithWaitTime returns a context whose requests add up how long they wait for a slot, and a function that returns
// the sum.
func WithWaitTime(ctx context.Context) (timed context.Context, waited func() time.Duration) {
	var sum atomic.Int64
	return context.WithValue(ctx, waitTimeKey{}, &sum), func() time.Duration { return time.Duration(sum.Load()) }
}

const (
	// slowAfter is the age at which a request in flight no longer counts: it may hang, and the
	// others need not wait for its end.
	slowAfter = 2 * time.Second
	// highPriorityBurst is how many high-priority requests may go before an ordinary one that waits.
	highPriorityBurst = 4
)

// Limiter bounds the number of requests in flight. Requests of the same priority get slots in the order of
// Acquire.
type Limiter struct {
	mu sync.Mutex
	// maxInFlight is the upper bound, including slow and high-priority requests.
	maxInFlight int
	tuner       tuner
	inFlight    map[*request]struct{}

	highPriority, ordinary []*request
	// burst counts the high-priority requests since the last ordinary one, while ordinary ones wait.
	burst int
}

// request is one request that waits for a slot or has one.
type request struct {
	// granted is closed when the request gets its slot.
	granted chan struct{}
	// startedAt is when it got its slot.
	startedAt time.Time
}

// NewFixed returns a limiter with a fixed limit.
func NewFixed(limit int) *Limiter {
	return &Limiter{maxInFlight: limit, tuner: tuner{limit: limit}, inFlight: map[*request]struct{}{}}
}

// NewAdaptive returns a limiter with an upper bound. Ordinary requests get no more slots than the server
// gains from; high-priority requests may use all.
func NewAdaptive(maxInFlight int) *Limiter {
	return &Limiter{maxInFlight: maxInFlight, tuner: newTuner(maxInFlight), inFlight: map[*request]struct{}{}}
}

// Acquire waits for a slot until ctx ends. Call release after the answer to free the
// slot.
func (l *Limiter) Acquire(ctx context.Context) (release func(), err error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	enqueuedAt := time.Now()
	r := l.enqueueRequest(IsHighPriority(ctx))
	if err := l.waitForSlot(ctx, r); err != nil {
		return nil, err
	}
	if sum, timed := ctx.Value(waitTimeKey{}).(*atomic.Int64); timed {
		sum.Add(int64(time.Since(enqueuedAt)))
	}
	return func() { l.releaseSlot(r) }, nil
}

// waitForSlot returns when the request gets its slot. At an interval it checks whether requests in flight
// have become slow, which no event reports.
func (l *Limiter) waitForSlot(ctx context.Context, r *request) error {
	select {
	case <-r.granted:
		return nil
	default:
	}
	ticker := time.NewTicker(slowAfter)
	defer ticker.Stop()
	for {
		select {
		case <-r.granted:
			return nil
		case <-ticker.C:
			l.mu.Lock()
			l.grantSlots()
			l.mu.Unlock()
		case <-ctx.Done():
			l.cancelRequest(r)
			return ctx.Err()
		}
	}
}

// enqueueRequest adds a request, which may get a slot at once.
func (l *Limiter) enqueueRequest(isHighPriority bool) *request {
	l.mu.Lock()
	defer l.mu.Unlock()
	r := &request{granted: make(chan struct{})}
	if isHighPriority {
		l.highPriority = append(l.highPriority, r)
	} else {
		l.ordinary = append(l.ordinary, r)
	}
	l.grantSlots()
	return r
}

// cancelRequest removes a request from its queue, or releases the slot if it got one at the same moment.
func (l *Limiter) cancelRequest(r *request) {
	l.mu.Lock()
	defer l.mu.Unlock()
	isSame := func(other *request) bool { return other == r }
	l.highPriority, l.ordinary = slices.DeleteFunc(l.highPriority, isSame), slices.DeleteFunc(l.ordinary, isSame)
	delete(l.inFlight, r)
	l.grantSlots()
}

func (l *Limiter) releaseSlot(r *request) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.inFlight, r)
	l.tuner.recordAnswer(time.Now(), len(l.highPriority)+len(l.ordinary) > 0)
	l.grantSlots()
}

// InFlight returns the number of requests in flight.
func (l *Limiter) InFlight() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.inFlight)
}

// grantSlots gives free slots to the next requests.
func (l *Limiter) grantSlots() {
	for len(l.inFlight) < l.maxInFlight {
		hasOrdinarySlot := l.countFast() < l.tuner.limit
		switch {
		case len(l.highPriority) > 0 && (len(l.ordinary) == 0 || l.burst < highPriorityBurst || !hasOrdinarySlot):
			l.burst++
			l.highPriority = l.startNext(l.highPriority)
		case len(l.ordinary) > 0 && hasOrdinarySlot:
			l.burst = 0
			l.ordinary = l.startNext(l.ordinary)
		default:
			return
		}
	}
}

// startNext gives a slot to the first request of a queue and returns the rest.
func (l *Limiter) startNext(queue []*request) []*request {
	r := queue[0]
	r.startedAt = time.Now()
	l.inFlight[r] = struct{}{}
	close(r.granted)
	return slices.Delete(queue, 0, 1)
}

// countFast counts the requests in flight that are not slow.
func (l *Limiter) countFast() int {
	count := 0
	for r := range l.inFlight {
		if time.Since(r.startedAt) < slowAfter {
			count++
		}
	}
	return count
}
