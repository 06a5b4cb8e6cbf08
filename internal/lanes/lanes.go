// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package lanes

import (
	"context"
	"slices"
	"sync"
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

// Lanes bound the requests that are in flight. Who waits is served in the order of coming,
// the urgent first.
type Lanes struct {
	mu             sync.Mutex
	pace           pace
	taken          int
	urgent, others []chan struct{}
}

// Fixed are lanes for so many requests at a time.
func Fixed(limit int) *Lanes {
	return &Lanes{pace: pace{limit: limit}}
}

// Adaptive are lanes for at most so many requests at a time, and for no more than whoever
// answers them gains from.
func Adaptive(largest int) *Lanes {
	return &Lanes{pace: newPace(largest)}
}

// Acquire takes a slot and waits for it as long as ctx lives.
func (l *Lanes) Acquire(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	turn := l.queue(IsUrgent(ctx))
	select {
	case <-turn:
		return nil
	case <-ctx.Done():
		l.leave(turn)
		return ctx.Err()
	}
}

// queue returns a channel that is closed when it is one's turn.
func (l *Lanes) queue(urgent bool) chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	turn := make(chan struct{})
	if urgent {
		l.urgent = append(l.urgent, turn)
	} else {
		l.others = append(l.others, turn)
	}
	l.grant()
	return turn
}

// leave gives up one's place, or the slot if it was given in the same moment.
func (l *Lanes) leave(turn chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	is := func(other chan struct{}) bool { return other == turn }
	before := l.waiting()
	l.urgent, l.others = slices.DeleteFunc(l.urgent, is), slices.DeleteFunc(l.others, is)
	if l.waiting() == before {
		l.taken--
		l.grant()
	}
}

// Release gives a slot back after an answer.
func (l *Lanes) Release() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.taken--
	l.pace.answered(time.Now(), l.waiting() > 0)
	l.grant()
}

// Taken is how many slots are held.
func (l *Lanes) Taken() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.taken
}

func (l *Lanes) waiting() int {
	return len(l.urgent) + len(l.others)
}

// grant gives the free slots to whoever is next.
func (l *Lanes) grant() {
	for _, lane := range []*[]chan struct{}{&l.urgent, &l.others} {
		for len(*lane) > 0 && l.taken < l.pace.limit {
			close((*lane)[0])
			*lane = slices.Delete(*lane, 0, 1)
			l.taken++
		}
	}
}
