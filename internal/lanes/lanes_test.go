// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package lanes

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"
)

func TestUrgentRequestsGoFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := Fixed(1)
		if err := l.Acquire(t.Context()); err != nil {
			t.Fatal(err)
		}
		var order []string
		var callers sync.WaitGroup
		enter := func(ctx context.Context, name string) {
			callers.Go(func() {
				if err := l.Acquire(ctx); err != nil {
					return
				}
				order = append(order, name)
				l.Release()
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
		l.Release()
		callers.Wait()
		if diff := cmp.Diff([]string{"urgent", "first", "second"}, order); diff != "" {
			t.Errorf("order (-want +got):\n%s", diff)
		}
		if l.taken != 0 {
			t.Errorf("%d slots are taken in the end", l.taken)
		}
	})
}

// Who gives up in the moment of its turn hands the slot on.
func TestSlotOfWhoLeftIsNotLost(t *testing.T) {
	l := Fixed(1)
	turn := l.queue(false)
	next := l.queue(false)
	l.leave(turn)
	select {
	case <-next:
	default:
		t.Error("nobody has the slot")
	}
	l.leave(next)
	if l.taken != 0 {
		t.Errorf("%d slots are taken in the end", l.taken)
	}
}
