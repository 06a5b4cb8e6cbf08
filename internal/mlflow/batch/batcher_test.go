// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package batch

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

// fakeSource is what a batch reads from: a number by its name.
type fakeSource struct {
	t       *testing.T
	numbers map[string]int
	// release holds each fetch after it has read.
	release chan struct{}
	// fetched are the keys of each fetch, and ended the errors of its context.
	fetched     [][]string
	contextErrs []error

	// oneByOne is whether it reads one by one, as from a server that can't search.
	oneByOne bool

	batcher *batcher[string, int]
	callers sync.WaitGroup
	mu      sync.Mutex
	results map[string][]int
	errs    []error
}

func newFakeSource(t *testing.T, largest int) *fakeSource {
	l := &fakeSource{t: t, numbers: map[string]int{"a": 1, "b": 2, "c": 3}, release: make(chan struct{}), results: map[string][]int{}}
	l.batcher = newBatcher(largest, l.fetch)
	return l
}

func (l *fakeSource) fetch(ctx context.Context, keys []string) map[string]result[int] {
	l.fetched = append(l.fetched, keys)
	if !l.oneByOne {
		var done func()
		ctx, done = l.batcher.beginSearch(ctx)
		defer done()
	}
	answers := map[string]result[int]{}
	for _, key := range keys {
		if number, known := l.numbers[key]; known {
			answers[key] = result[int]{value: number}
		}
	}
	select {
	case <-l.release:
	case <-ctx.Done():
	}
	l.contextErrs = append(l.contextErrs, ctx.Err())
	return answers
}

// request asks in a goroutine of its own, and returns when the ask waits.
func (l *fakeSource) request(ctx context.Context, key string) {
	l.callers.Go(func() {
		number, err := l.batcher.read(ctx, key)
		l.mu.Lock()
		defer l.mu.Unlock()
		if err != nil {
			l.errs = append(l.errs, err)
			return
		}
		l.results[key] = append(l.results[key], number)
	})
	synctest.Wait()
}

func (l *fakeSource) wantFetched(want ...[]string) {
	l.t.Helper()
	if diff := cmp.Diff(want, l.fetched); diff != "" {
		l.t.Errorf("fetched (-want +got):\n%s", diff)
	}
}

func TestRequestsDuringAFetchAreBatched(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newFakeSource(t, 3)
		for _, key := range []string{"a", "b", "c", "b", "a"} {
			l.request(t.Context(), key)
		}
		l.wantFetched([]string{"a"}) // nobody was there before it
		close(l.release)
		l.callers.Wait()
		l.wantFetched([]string{"a"}, []string{"b", "c"}, []string{"a"})
		if diff := cmp.Diff(map[string][]int{"a": {1, 1}, "b": {2, 2}, "c": {3}}, l.results); diff != "" {
			t.Errorf("answers (-want +got):\n%s", diff)
		}
	})
}

// A search is dear where a server has many models, whatever it finds.
func TestRequestsGatherAfterASearch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newFakeSource(t, 4)
		l.request(t.Context(), "a")
		for _, key := range []string{"a", "b", "c"} {
			l.request(t.Context(), key)
		}
		l.release <- struct{}{} // the single one is back, and the others go out at once
		synctest.Wait()
		l.request(t.Context(), "a")
		time.Sleep(100 * time.Millisecond) // that is how long their search takes
		l.release <- struct{}{}
		time.Sleep(200 * time.Millisecond)
		l.request(t.Context(), "b")
		time.Sleep(99 * time.Millisecond)
		synctest.Wait()
		l.wantFetched([]string{"a"}, []string{"a", "b", "c"})
		time.Sleep(time.Millisecond)
		synctest.Wait()
		l.wantFetched([]string{"a"}, []string{"a", "b", "c"}, []string{"a", "b"})
		close(l.release)
		l.callers.Wait()
	})
}

// Reading one by one costs the same whoever else asks: nobody has to wait for that.
func TestRequestsDoNotGatherWithoutASearch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newFakeSource(t, 4)
		l.oneByOne = true
		for _, key := range []string{"a", "a", "b", "c"} {
			l.request(t.Context(), key)
		}
		l.release <- struct{}{}
		synctest.Wait()
		time.Sleep(100 * time.Millisecond)
		l.release <- struct{}{}
		l.request(t.Context(), "b")
		l.wantFetched([]string{"a"}, []string{"a", "b", "c"}, []string{"b"})
		close(l.release)
		l.callers.Wait()
	})
}

func TestGatheringIsBoundedByTheSearchDuration(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newFakeSource(t, 3)
		for _, key := range []string{"a", "a", "b", "c"} {
			l.request(t.Context(), key)
		}
		l.release <- struct{}{}
		synctest.Wait()
		time.Sleep(100 * time.Millisecond)
		l.release <- struct{}{}
		for _, key := range []string{"a", "b", "c"} {
			l.request(t.Context(), key)
		}
		l.wantFetched([]string{"a"}, []string{"a", "b", "c"}, []string{"a", "b", "c"})
		close(l.release)
		l.callers.Wait()
	})
}

// An answer that was read before somebody asked is not theirs.
func TestResultsAreNotOlderThanTheirRequests(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newFakeSource(t, 3)
		l.request(t.Context(), "a")
		l.numbers["a"] = 7
		l.request(t.Context(), "a")
		close(l.release)
		l.callers.Wait()
		slices.Sort(l.results["a"])
		if diff := cmp.Diff([]int{1, 7}, l.results["a"]); diff != "" {
			t.Errorf("answers (-want +got):\n%s", diff)
		}
	})
}

func TestKeysWithoutAResultFail(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newFakeSource(t, 3)
		close(l.release)
		l.request(t.Context(), "unknown")
		l.callers.Wait()
		if len(l.errs) != 1 || !errors.Is(l.errs[0], errNoResult) {
			t.Errorf("errors %v, want that nothing was read", l.errs)
		}
	})
}

func TestCanceledRequestsDoNotAffectOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newFakeSource(t, 3)
		impatient, leave := context.WithCancel(t.Context())
		l.request(impatient, "a")
		l.request(impatient, "b") // waits for the one before it
		l.request(t.Context(), "c")
		leave()
		synctest.Wait()
		if len(l.errs) != 2 || !errors.Is(l.errs[0], context.Canceled) {
			t.Errorf("errors %v, want two that gave up", l.errs)
		}
		close(l.release)
		l.callers.Wait()
		l.wantFetched([]string{"a"}, []string{"c"})
		if diff := cmp.Diff([]error{context.Canceled, nil}, l.contextErrs, cmp.Comparer(errors.Is)); diff != "" {
			t.Errorf("a fetch that nobody waits for ends (-want +got):\n%s", diff)
		}
	})
}

func TestFetchContinuesWhileARequestWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newFakeSource(t, 3)
		impatient, leave := context.WithCancel(t.Context())
		l.request(t.Context(), "c")
		l.request(impatient, "a")
		l.request(t.Context(), "a")
		l.release <- struct{}{} // the first fetch ends, and the two ask together
		synctest.Wait()
		leave()
		synctest.Wait()
		close(l.release)
		l.callers.Wait()
		if diff := cmp.Diff(map[string][]int{"a": {1}, "c": {3}}, l.results); diff != "" {
			t.Errorf("answers (-want +got):\n%s", diff)
		}
	})
}
