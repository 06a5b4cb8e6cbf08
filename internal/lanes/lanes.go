// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package lanes

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

type urgency struct{}

// Urgently is a context whose requests go before those of others. It is for what a person
// waits for.
func Urgently(ctx context.Context) context.Context {
	return context.WithValue(ctx, urgency{}, true)
}

// IsUrgent tells whether a context is that of Urgently, or comes from it.
func IsUrgent(ctx context.Context) bool {
	return ctx.Value(urgency{}) != nil
}

type waiting struct{}

// Timed is a context that adds up how long its requests wait for a slot, and tells it.
func Timed(ctx context.Context) (timed context.Context, waited func() time.Duration) {
	var sum atomic.Int64
	return context.WithValue(ctx, waiting{}, &sum), func() time.Duration { return time.Duration(sum.Load()) }
}

const (
	// slow is when a request that is under way does not count any more: it may hang, and the
	// others need not wait for its end.
	slow = 2 * time.Second
	// turns is how many urgent requests may go before one that is not.
	turns = 4
)

// Lanes bound the requests that are in flight. Who waits is served in the order of coming,
// the urgent first.
type Lanes struct {
	mu sync.Mutex
	// roof is the most that may be in flight, slow ones and urgent ones among them.
	roof   int
	pace   pace
	flying map[*flight]struct{}

	urgent, others []*flight
	// passed counts the urgent requests that went before others that wait.
	passed int
}

// flight is one request, from when it waits.
type flight struct {
	turn chan struct{}
	// began is when it got its slot.
	began time.Time
}

// Fixed are lanes for so many requests at a time.
func Fixed(limit int) *Lanes {
	return &Lanes{roof: limit, pace: pace{limit: limit}, flying: map[*flight]struct{}{}}
}

// Adaptive are lanes for at most so many requests at a time, and for no more than whoever
// answers them gains from, but for urgent ones.
func Adaptive(largest int) *Lanes {
	return &Lanes{roof: largest, pace: newPace(largest), flying: map[*flight]struct{}{}}
}

// Acquire takes a slot and waits for it as long as ctx lives. The slot is given back by
// calling release after the answer.
func (l *Lanes) Acquire(ctx context.Context) (release func(), err error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	came := time.Now()
	f := l.queue(IsUrgent(ctx))
	if err := l.wait(ctx, f); err != nil {
		return nil, err
	}
	if sum, timed := ctx.Value(waiting{}).(*atomic.Int64); timed {
		sum.Add(int64(time.Since(came)))
	}
	return func() { l.release(f) }, nil
}

// wait returns when it is the turn of f. Now and then it looks whether what is under way
// has become slow, which nobody tells.
func (l *Lanes) wait(ctx context.Context, f *flight) error {
	select {
	case <-f.turn:
		return nil
	default:
	}
	ticker := time.NewTicker(slow)
	defer ticker.Stop()
	for {
		select {
		case <-f.turn:
			return nil
		case <-ticker.C:
			l.mu.Lock()
			l.grant()
			l.mu.Unlock()
		case <-ctx.Done():
			l.leave(f)
			return ctx.Err()
		}
	}
}

// queue is one more that waits, or has its turn at once.
func (l *Lanes) queue(urgent bool) *flight {
	l.mu.Lock()
	defer l.mu.Unlock()
	f := &flight{turn: make(chan struct{})}
	if urgent {
		l.urgent = append(l.urgent, f)
	} else {
		l.others = append(l.others, f)
	}
	l.grant()
	return f
}

// leave gives up one's place, or the slot if it was given in the same moment.
func (l *Lanes) leave(f *flight) {
	l.mu.Lock()
	defer l.mu.Unlock()
	is := func(other *flight) bool { return other == f }
	l.urgent, l.others = slices.DeleteFunc(l.urgent, is), slices.DeleteFunc(l.others, is)
	delete(l.flying, f)
	l.grant()
}

func (l *Lanes) release(f *flight) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.flying, f)
	l.pace.answered(time.Now(), len(l.urgent)+len(l.others) > 0)
	l.grant()
}

// Taken is how many slots are held.
func (l *Lanes) Taken() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.flying)
}

// grant gives slots to whoever is next, as long as there are any.
func (l *Lanes) grant() {
	for len(l.flying) < l.roof {
		quick := l.quick() < l.pace.limit
		switch {
		case len(l.urgent) > 0 && (len(l.others) == 0 || l.passed < turns || !quick):
			l.passed++
			l.urgent = l.start(l.urgent)
		case len(l.others) > 0 && quick:
			l.passed = 0
			l.others = l.start(l.others)
		default:
			return
		}
	}
}

// start gives a slot to the first of a queue.
func (l *Lanes) start(queue []*flight) []*flight {
	f := queue[0]
	f.began = time.Now()
	l.flying[f] = struct{}{}
	close(f.turn)
	return slices.Delete(queue, 0, 1)
}

// quick counts the requests under way that are not slow.
func (l *Lanes) quick() int {
	count := 0
	for f := range l.flying {
		if time.Since(f.began) < slow {
			count++
		}
	}
	return count
}
