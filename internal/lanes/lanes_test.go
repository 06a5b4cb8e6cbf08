// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package lanes

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// crowd are goroutines that want slots, one after the other.
type crowd struct {
	*testing.T
	lanes *Lanes
	// releases are those of who has a slot, by name, in the order of getting it.
	order    []string
	releases map[string]func()
	mu       sync.Mutex
	callers  sync.WaitGroup
}

func newCrowd(t *testing.T, lanes *Lanes) *crowd {
	return &crowd{T: t, lanes: lanes, releases: map[string]func(){}}
}

// enter returns when the caller has a slot or waits for one.
func (c *crowd) enter(ctx context.Context, name string) {
	c.callers.Go(func() {
		release, err := c.lanes.Acquire(ctx)
		if err != nil {
			return
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		c.order, c.releases[name] = append(c.order, name), release
	})
	synctest.Wait()
}

func (c *crowd) leave(name string) {
	c.mu.Lock()
	release := c.releases[name]
	c.mu.Unlock()
	release()
	synctest.Wait()
}

func (c *crowd) wantOrder(want ...string) {
	c.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	if diff := cmp.Diff(want, c.order); diff != "" {
		c.Errorf("order (-want +got):\n%s", diff)
	}
}

func TestUrgentRequestsGoFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCrowd(t, Fixed(1))
		impatient, leave := context.WithCancel(t.Context())
		c.enter(t.Context(), "first")
		c.enter(t.Context(), "second")
		c.enter(impatient, "impatient")
		c.enter(t.Context(), "third")
		c.enter(Urgently(t.Context()), "urgent")
		leave()
		synctest.Wait()
		for _, name := range []string{"first", "urgent", "second", "third"} {
			c.leave(name)
		}
		c.callers.Wait()
		c.wantOrder("first", "urgent", "second", "third")
		if got := c.lanes.Taken(); got != 0 {
			t.Errorf("%d slots are taken in the end", got)
		}
	})
}

func TestUrgentRequestsStarveNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCrowd(t, Fixed(1))
		c.enter(t.Context(), "one")
		c.enter(t.Context(), "other")
		for i := range turns + 2 {
			c.enter(Urgently(t.Context()), fmt.Sprint("urgent ", i))
		}
		c.leave("one")
		for i := range turns {
			c.leave(fmt.Sprint("urgent ", i))
		}
		c.leave("other")
		c.wantOrder("one", "urgent 0", "urgent 1", "urgent 2", "urgent 3", "other", "urgent 4")
		c.leave("urgent 4")
		c.leave("urgent 5")
		c.callers.Wait()
	})
}

// A server that gains from one request at a time has slots left for what is urgent, and for
// the time that one hangs.
func TestOneThatHangsHoldsUpNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := Adaptive(4)
		l.pace.limit, l.pace.settled = 1, 1
		c := newCrowd(t, l)
		c.enter(t.Context(), "hanging")
		c.enter(t.Context(), "next")
		c.enter(Urgently(t.Context()), "urgent")
		c.wantOrder("hanging", "urgent")
		c.leave("urgent")
		time.Sleep(slow + time.Second)
		synctest.Wait()
		c.wantOrder("hanging", "urgent", "next")
		c.leave("next")
		c.leave("hanging")
		c.callers.Wait()
	})
}

// Who gives up in the moment of its turn hands the slot on.
func TestSlotOfWhoLeftIsNotLost(t *testing.T) {
	l := Fixed(1)
	first := l.queue(false)
	next := l.queue(false)
	l.leave(first)
	select {
	case <-next.turn:
	default:
		t.Error("nobody has the slot")
	}
	l.leave(next)
	if got := l.Taken(); got != 0 {
		t.Errorf("%d slots are taken in the end", got)
	}
}

func TestTheWaitForASlotIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCrowd(t, Fixed(1))
		timed, waited := Timed(t.Context())
		c.enter(t.Context(), "first")
		c.enter(timed, "timed")
		time.Sleep(time.Second)
		c.leave("first")
		c.callers.Wait()
		if got := waited(); got != time.Second {
			t.Errorf("it waited for %s, want 1s", got)
		}
		c.leave("timed")
	})
}
