// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflow

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"
)

func TestReadsAndWritesShareALimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var inFlight, sent atomic.Int32
		gate := make(chan struct{})
		client := stubbed(t, func(*http.Request) (*http.Response, error) {
			sent.Add(1)
			inFlight.Add(1)
			defer inFlight.Add(-1)
			<-gate
			return answer(200, `{"registered_model": {}}`), nil
		}, func(c *Config) { c.MaxInFlight = 2 })

		var callers sync.WaitGroup
		for range 5 {
			callers.Go(func() { _ = read(t.Context(), client) })
			callers.Go(func() { _ = client.SetRegisteredModelTag(t.Context(), "m", "k", "v") })
		}
		for range 5 {
			synctest.Wait()
			if got := inFlight.Load(); got != 2 {
				t.Errorf("%d requests are in flight, want 2", got)
			}
			gate <- struct{}{}
			gate <- struct{}{}
		}
		callers.Wait()
		if got := sent.Load(); got != 10 {
			t.Errorf("%d requests are sent, want 10", got)
		}
	})
}

func TestWaitingForASlotEndsWithTheContext(t *testing.T) {
	observed := false
	client := stubbed(t, func(*http.Request) (*http.Response, error) {
		t.Error("the request is sent")
		return fine()
	}, func(c *Config) { c.MaxInFlight, c.Observe = 1, func(RequestInfo) { observed = true } })
	if err := client.slots.acquire(t.Context()); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err := read(ctx, client)
	if !errors.Is(err, context.Canceled) || errors.Is(err, ErrUnreachable) || observed {
		t.Errorf("error is %v, observed is %t", err, observed)
	}
}

func TestASlotIsFreeWhileARetryWaits(t *testing.T) {
	requests := 0
	client := stubbed(t, inTurn(&requests, refused, fine), func(c *Config) { c.MaxInFlight = 1 })
	client.pause = func(context.Context, int) error {
		if client.slots.taken != 0 {
			t.Error("the slot is held during the pause")
		}
		return nil
	}
	if err := read(t.Context(), client); err != nil {
		t.Error(err)
	}
}

func TestUrgentRequestsGoFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := slots{pace: newPace(1)}
		if err := s.acquire(t.Context()); err != nil {
			t.Fatal(err)
		}
		var order []string
		var callers sync.WaitGroup
		enter := func(ctx context.Context, name string) {
			callers.Go(func() {
				if err := s.acquire(ctx); err != nil {
					return
				}
				order = append(order, name)
				s.release()
			})
			synctest.Wait()
		}
		impatient, leave := context.WithCancel(t.Context())
		enter(t.Context(), "first")
		enter(impatient, "impatient")
		enter(t.Context(), "second")
		enter(Urgently(t.Context()), "urgent")
		leave()
		synctest.Wait()
		s.release()
		callers.Wait()
		if diff := cmp.Diff([]string{"urgent", "first", "second"}, order); diff != "" {
			t.Errorf("order (-want +got):\n%s", diff)
		}
		if s.taken != 0 {
			t.Errorf("%d slots are taken in the end", s.taken)
		}
	})
}

// Who gives up in the moment of its turn hands the slot on.
func TestSlotOfWhoLeftIsNotLost(t *testing.T) {
	s := slots{pace: newPace(1)}
	turn := s.queue(false)
	next := s.queue(false)
	s.leave(turn)
	select {
	case <-next:
	default:
		t.Error("nobody has the slot")
	}
	s.leave(next)
	if s.taken != 0 {
		t.Errorf("%d slots are taken in the end", s.taken)
	}
}
