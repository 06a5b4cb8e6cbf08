// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflow

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

// slots bound the requests that are in flight, reads and writes together. Who waits is
// served in the order of coming, the urgent first.
type slots struct {
	mu             sync.Mutex
	pace           pace
	taken          int
	urgent, others []chan struct{}
}

// acquire takes a slot and waits for it as long as ctx lives.
func (s *slots) acquire(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	turn := s.queue(IsUrgent(ctx))
	select {
	case <-turn:
		return nil
	case <-ctx.Done():
		s.leave(turn)
		return ctx.Err()
	}
}

// queue returns a channel that is closed when it is one's turn.
func (s *slots) queue(urgent bool) chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	turn := make(chan struct{})
	if urgent {
		s.urgent = append(s.urgent, turn)
	} else {
		s.others = append(s.others, turn)
	}
	s.grant()
	return turn
}

// leave gives up one's place, or the slot if it was given in the same moment.
func (s *slots) leave(turn chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	is := func(other chan struct{}) bool { return other == turn }
	before := s.waiting()
	s.urgent, s.others = slices.DeleteFunc(s.urgent, is), slices.DeleteFunc(s.others, is)
	if s.waiting() == before {
		s.taken--
		s.grant()
	}
}

// release gives a slot back after an answer.
func (s *slots) release() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.taken--
	s.pace.answered(time.Now(), s.waiting() > 0)
	s.grant()
}

func (s *slots) waiting() int {
	return len(s.urgent) + len(s.others)
}

// grant gives the free slots to whoever is next.
func (s *slots) grant() {
	for _, lane := range []*[]chan struct{}{&s.urgent, &s.others} {
		for len(*lane) > 0 && s.taken < s.pace.limit {
			close((*lane)[0])
			*lane = slices.Delete(*lane, 0, 1)
			s.taken++
		}
	}
}

// waiting is a call that ended before it was made: the server is not to blame.
func waiting(q call, cause error) *Error {
	return &Error{Endpoint: q.endpoint, reason: "given up before it was sent: " + cause.Error(), kinds: []error{cause}}
}
