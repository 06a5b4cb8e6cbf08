// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package limiter

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// callerGroup starts goroutines that acquire a slot, one after the other.
type callerGroup struct {
	*testing.T
	limiter *Limiter
	// order has the names of the callers that got a slot, and releases their release functions.
	order    []string
	releases map[string]func()
	mu       sync.Mutex
	running  sync.WaitGroup
}

func newCallerGroup(t *testing.T, l *Limiter) *callerGroup {
	return &callerGroup{T: t, limiter: l, releases: map[string]func(){}}
}

// startCaller returns when the caller has a slot or waits for one.
func (c *callerGroup) startCaller(ctx context.Context, name string) {
	c.running.Go(func() {
		release, err := c.limiter.Acquire(ctx)
		if err != nil {
			return
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		c.order, c.releases[name] = append(c.order, name), release
	})
	synctest.Wait()
}

func (c *callerGroup) releaseCaller(name string) {
	c.mu.Lock()
	release := c.releases[name]
	c.mu.Unlock()
	release()
	synctest.Wait()
}

func (c *callerGroup) wantOrder(want ...string) {
	c.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	if diff := cmp.Diff(want, c.order); diff != "" {
		c.Errorf("order (-want +got):\n%s", diff)
	}
}

func TestHighPriorityRequestsGoFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCallerGroup(t, NewFixed(1))
		canceled, cancel := context.WithCancel(t.Context())
		c.startCaller(t.Context(), "first")
		c.startCaller(t.Context(), "second")
		c.startCaller(canceled, "canceled")
		c.startCaller(t.Context(), "third")
		c.startCaller(WithHighPriority(t.Context()), "edit")
		cancel()
		synctest.Wait()
		for _, name := range []string{"first", "edit", "second", "third"} {
			c.releaseCaller(name)
		}
		c.running.Wait()
		c.wantOrder("first", "edit", "second", "third")
		if got := c.limiter.InFlight(); got != 0 {
			t.Errorf("%d requests in flight in the end, want 0", got)
		}
	})
}

func TestHighPriorityRequestsDoNotStarveOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCallerGroup(t, NewFixed(1))
		c.startCaller(t.Context(), "one")
		c.startCaller(t.Context(), "other")
		for i := range highPriorityBurst + 2 {
			c.startCaller(WithHighPriority(t.Context()), fmt.Sprint("edit ", i))
		}
		c.releaseCaller("one")
		for i := range highPriorityBurst {
			c.releaseCaller(fmt.Sprint("edit ", i))
		}
		c.releaseCaller("other")
		c.wantOrder("one", "edit 0", "edit 1", "edit 2", "edit 3", "other", "edit 4")
		c.releaseCaller("edit 4")
		c.releaseCaller("edit 5")
		c.running.Wait()
	})
}

// If a server gains from one request at a time, the other slots are for high-priority requests, and for
// the time in which a request hangs.
func TestASlowRequestDoesNotBlockOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := NewAdaptive(4)
		l.tuner.limit, l.tuner.baseline = 1, 1
		c := newCallerGroup(t, l)
		c.startCaller(t.Context(), "hanging")
		c.startCaller(t.Context(), "next")
		c.startCaller(WithHighPriority(t.Context()), "edit")
		c.wantOrder("hanging", "edit")
		c.releaseCaller("edit")
		time.Sleep(slowAfter + time.Second)
		synctest.Wait()
		c.wantOrder("hanging", "edit", "next")
		c.releaseCaller("next")
		c.releaseCaller("hanging")
		c.running.Wait()
	})
}

// A request that is canceled when it gets a slot passes the slot on.
func TestSlotOfACanceledRequestIsReleased(t *testing.T) {
	l := NewFixed(1)
	first := l.enqueueRequest(false)
	next := l.enqueueRequest(false)
	l.cancelRequest(first)
	select {
	case <-next.granted:
	default:
		t.Error("the next request does not have the slot")
	}
	l.cancelRequest(next)
	if got := l.InFlight(); got != 0 {
		t.Errorf("%d requests in flight in the end, want 0", got)
	}
}

func TestWaitTimeIsMeasured(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCallerGroup(t, NewFixed(1))
		timed, waited := WithWaitTime(t.Context())
		c.startCaller(t.Context(), "first")
		c.startCaller(timed, "timed")
		time.Sleep(time.Second)
		c.releaseCaller("first")
		c.running.Wait()
		if got := waited(); got != time.Second {
			t.Errorf("wait time is %s, want 1s", got)
		}
		c.releaseCaller("timed")
	})
}
