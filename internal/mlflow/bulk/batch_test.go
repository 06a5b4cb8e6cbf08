// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package bulk

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// library is what a batch reads from: a number by its name.
type library struct {
	t       *testing.T
	numbers map[string]int
	// gate holds each fetch after it has read.
	gate chan struct{}
	// fetched are the keys of each fetch, and ended the errors of its context.
	fetched [][]string
	ended   []error

	// single is whether it reads one by one, as from a server that can't search.
	single bool

	batch   *batch[string, int]
	callers sync.WaitGroup
	mu      sync.Mutex
	got     map[string][]int
	errs    []error
}

func newLibrary(t *testing.T, largest int) *library {
	l := &library{t: t, numbers: map[string]int{"a": 1, "b": 2, "c": 3}, gate: make(chan struct{}), got: map[string][]int{}}
	l.batch = newBatch(largest, l.fetch)
	return l
}

func (l *library) fetch(ctx context.Context, keys []string) map[string]answer[int] {
	l.fetched = append(l.fetched, keys)
	if !l.single {
		var done func()
		ctx, done = l.batch.searching(ctx)
		defer done()
	}
	answers := map[string]answer[int]{}
	for _, key := range keys {
		if number, known := l.numbers[key]; known {
			answers[key] = answer[int]{value: number}
		}
	}
	select {
	case <-l.gate:
	case <-ctx.Done():
	}
	l.ended = append(l.ended, ctx.Err())
	return answers
}

// ask asks in a goroutine of its own, and returns when the ask waits.
func (l *library) ask(ctx context.Context, key string) {
	l.callers.Go(func() {
		number, err := l.batch.get(ctx, key)
		l.mu.Lock()
		defer l.mu.Unlock()
		if err != nil {
			l.errs = append(l.errs, err)
			return
		}
		l.got[key] = append(l.got[key], number)
	})
	synctest.Wait()
}

func (l *library) wantFetched(want ...[]string) {
	l.t.Helper()
	if diff := cmp.Diff(want, l.fetched); diff != "" {
		l.t.Errorf("fetched (-want +got):\n%s", diff)
	}
}

func TestAsksThatComeMeanwhileAreJoined(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLibrary(t, 3)
		for _, key := range []string{"a", "b", "c", "b", "a"} {
			l.ask(t.Context(), key)
		}
		l.wantFetched([]string{"a"}) // nobody was there before it
		close(l.gate)
		l.callers.Wait()
		l.wantFetched([]string{"a"}, []string{"b", "c"}, []string{"a"})
		if diff := cmp.Diff(map[string][]int{"a": {1, 1}, "b": {2, 2}, "c": {3}}, l.got); diff != "" {
			t.Errorf("answers (-want +got):\n%s", diff)
		}
	})
}

// A search is dear where a server has many models, whatever it finds.
func TestAsksGatherAfterASearch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLibrary(t, 4)
		l.ask(t.Context(), "a")
		for _, key := range []string{"a", "b", "c"} {
			l.ask(t.Context(), key)
		}
		l.gate <- struct{}{} // the single one is back, and the others go out at once
		synctest.Wait()
		l.ask(t.Context(), "a")
		time.Sleep(100 * time.Millisecond) // that is how long their search takes
		l.gate <- struct{}{}
		time.Sleep(200 * time.Millisecond)
		l.ask(t.Context(), "b")
		time.Sleep(99 * time.Millisecond)
		synctest.Wait()
		l.wantFetched([]string{"a"}, []string{"a", "b", "c"})
		time.Sleep(time.Millisecond)
		synctest.Wait()
		l.wantFetched([]string{"a"}, []string{"a", "b", "c"}, []string{"a", "b"})
		close(l.gate)
		l.callers.Wait()
	})
}

// Reading one by one costs the same whoever else asks: nobody has to wait for that.
func TestNobodyGathersWhereNothingIsSearchedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLibrary(t, 4)
		l.single = true
		for _, key := range []string{"a", "a", "b", "c"} {
			l.ask(t.Context(), key)
		}
		l.gate <- struct{}{}
		synctest.Wait()
		time.Sleep(100 * time.Millisecond)
		l.gate <- struct{}{}
		l.ask(t.Context(), "b")
		l.wantFetched([]string{"a"}, []string{"a", "b", "c"}, []string{"b"})
		close(l.gate)
		l.callers.Wait()
	})
}

func TestNobodyWaitsForMoreThanASearchTakes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLibrary(t, 3)
		for _, key := range []string{"a", "a", "b", "c"} {
			l.ask(t.Context(), key)
		}
		l.gate <- struct{}{}
		synctest.Wait()
		time.Sleep(100 * time.Millisecond)
		l.gate <- struct{}{}
		for _, key := range []string{"a", "b", "c"} {
			l.ask(t.Context(), key)
		}
		l.wantFetched([]string{"a"}, []string{"a", "b", "c"}, []string{"a", "b", "c"})
		close(l.gate)
		l.callers.Wait()
	})
}

// An answer that was read before somebody asked is not theirs.
func TestNoAnswerIsOlderThanItsAsk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLibrary(t, 3)
		l.ask(t.Context(), "a")
		l.numbers["a"] = 7
		l.ask(t.Context(), "a")
		close(l.gate)
		l.callers.Wait()
		slices.Sort(l.got["a"])
		if diff := cmp.Diff([]int{1, 7}, l.got["a"]); diff != "" {
			t.Errorf("answers (-want +got):\n%s", diff)
		}
	})
}

func TestWhatIsNotAnsweredIsAnError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLibrary(t, 3)
		close(l.gate)
		l.ask(t.Context(), "unknown")
		l.callers.Wait()
		if len(l.errs) != 1 || !errors.Is(l.errs[0], errUnanswered) {
			t.Errorf("errors %v, want that nothing was read", l.errs)
		}
	})
}

func TestWhoGivesUpLeavesTheOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLibrary(t, 3)
		impatient, leave := context.WithCancel(t.Context())
		l.ask(impatient, "a")
		l.ask(impatient, "b") // waits for the one before it
		l.ask(t.Context(), "c")
		leave()
		synctest.Wait()
		if len(l.errs) != 2 || !errors.Is(l.errs[0], context.Canceled) {
			t.Errorf("errors %v, want two that gave up", l.errs)
		}
		close(l.gate)
		l.callers.Wait()
		l.wantFetched([]string{"a"}, []string{"c"})
		if diff := cmp.Diff([]error{context.Canceled, nil}, l.ended, cmp.Comparer(errors.Is)); diff != "" {
			t.Errorf("a fetch that nobody waits for ends (-want +got):\n%s", diff)
		}
	})
}

func TestFetchGoesOnWhileSomebodyWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLibrary(t, 3)
		impatient, leave := context.WithCancel(t.Context())
		l.ask(t.Context(), "c")
		l.ask(impatient, "a")
		l.ask(t.Context(), "a")
		l.gate <- struct{}{} // the first fetch ends, and the two ask together
		synctest.Wait()
		leave()
		synctest.Wait()
		close(l.gate)
		l.callers.Wait()
		if diff := cmp.Diff(map[string][]int{"a": {1}, "c": {3}}, l.got); diff != "" {
			t.Errorf("answers (-want +got):\n%s", diff)
		}
	})
}
