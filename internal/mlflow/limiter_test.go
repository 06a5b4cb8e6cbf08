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
)

func TestReadsAndWritesShareALimiter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var inFlight, sent atomic.Int32
		gate := make(chan struct{})
		client := newStubClient(t, func(*http.Request) (*http.Response, error) {
			sent.Add(1)
			inFlight.Add(1)
			defer inFlight.Add(-1)
			<-gate
			return newResponse(200, `{"registered_model": {}}`), nil
		}, func(c *Config) { c.MaxInFlight = 2 })

		var callers sync.WaitGroup
		for range 5 {
			callers.Go(func() { _ = readModel(t.Context(), client) })
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
	client := newStubClient(t, func(*http.Request) (*http.Response, error) {
		t.Error("the request is sent")
		return respondOK()
	}, func(c *Config) { c.MaxInFlight, c.ObserveRequest = 1, func(RequestInfo) { observed = true } })
	if _, err := client.limiter.Acquire(t.Context()); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err := readModel(ctx, client)
	if !errors.Is(err, context.Canceled) || errors.Is(err, ErrUnreachable) || observed {
		t.Errorf("error is %v, observed is %t", err, observed)
	}
}

func TestASlotIsReleasedDuringBackoff(t *testing.T) {
	requests := 0
	client := newStubClient(t, respondInTurn(&requests, refuseConnection, respondOK), func(c *Config) { c.MaxInFlight = 1 })
	client.waitBackoff = func(context.Context, int) error {
		if client.limiter.InFlight() != 0 {
			t.Error("the slot is held during the pause")
		}
		return nil
	}
	if err := readModel(t.Context(), client); err != nil {
		t.Error(err)
	}
}
