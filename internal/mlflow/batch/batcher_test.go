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

// fakeSource is the source of a batcher: a number for each key.
type fakeSource struct {
	t       *testing.T
	numbers map[string]int
	// release lets one fetch return after it has read.
	release chan struct{}
	// fetched are the keys of each fetch, and contextErrs the errors of its context at its end.
	fetched     [][]string
	contextErrs []error

	// oneByOne lets a fetch read without a search.
	oneByOne bool

	batcher *batcher[string, int]
	callers sync.WaitGroup
	mu      sync.Mutex
	results map[string][]int
	errs    []error
}

func newFakeSource(t *testing.T, largest int) *fakeSource {
	s := &fakeSource{t: t, numbers: map[string]int{"a": 1, "b": 2, "c": 3}, release: make(chan struct{}), results: map[string][]int{}}
	s.batcher = newBatcher(largest, s.fetch)
	return s
}

func (s *fakeSource) fetch(ctx context.Context, keys []string) map[string]result[int] {
	s.fetched = append(s.fetched, keys)
	if !s.oneByOne {
		var done func()
		ctx, done = s.batcher.beginSearch(ctx)
		defer done()
	}
	answers := map[string]result[int]{}
	for _, key := range keys {
		if number, known := s.numbers[key]; known {
			answers[key] = result[int]{value: number}
		}
	}
	select {
	case <-s.release:
	case <-ctx.Done():
	}
	s.contextErrs = append(s.contextErrs, ctx.Err())
	return answers
}

// request reads a key in a goroutine of its own, and returns when it waits.
func (s *fakeSource) request(ctx context.Context, key string) {
	s.callers.Go(func() {
		number, err := s.batcher.read(ctx, key)
		s.mu.Lock()
		defer s.mu.Unlock()
		if err != nil {
			s.errs = append(s.errs, err)
			return
		}
		s.results[key] = append(s.results[key], number)
	})
	synctest.Wait()
}

func (s *fakeSource) wantFetched(want ...[]string) {
	s.t.Helper()
	if diff := cmp.Diff(want, s.fetched); diff != "" {
		s.t.Errorf("fetched (-want +got):\n%s", diff)
	}
}

func TestRequestsDuringAFetchAreBatched(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newFakeSource(t, 3)
		for _, key := range []string{"a", "b", "c", "b", "a"} {
			s.request(t.Context(), key)
		}
		s.wantFetched([]string{"a"}) // there was no request before it
		close(s.release)
		s.callers.Wait()
		s.wantFetched([]string{"a"}, []string{"b", "c"}, []string{"a"})
		if diff := cmp.Diff(map[string][]int{"a": {1, 1}, "b": {2, 2}, "c": {3}}, s.results); diff != "" {
			t.Errorf("answers (-want +got):\n%s", diff)
		}
	})
}

// A search is expensive if a server has many models, whatever it finds.
func TestRequestsGatherAfterASearch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newFakeSource(t, 4)
		s.request(t.Context(), "a")
		for _, key := range []string{"a", "b", "c"} {
			s.request(t.Context(), key)
		}
		s.release <- struct{}{} // the first fetch returns, and the next begins at once
		synctest.Wait()
		s.request(t.Context(), "a")
		time.Sleep(100 * time.Millisecond) // the duration of their search
		s.release <- struct{}{}
		time.Sleep(200 * time.Millisecond)
		s.request(t.Context(), "b")
		time.Sleep(99 * time.Millisecond)
		synctest.Wait()
		s.wantFetched([]string{"a"}, []string{"a", "b", "c"})
		time.Sleep(time.Millisecond)
		synctest.Wait()
		s.wantFetched([]string{"a"}, []string{"a", "b", "c"}, []string{"a", "b"})
		close(s.release)
		s.callers.Wait()
	})
}

// Gets cost the same for any number of requests, so requests do not wait for others.
func TestRequestsDoNotGatherWithoutASearch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newFakeSource(t, 4)
		s.oneByOne = true
		for _, key := range []string{"a", "a", "b", "c"} {
			s.request(t.Context(), key)
		}
		s.release <- struct{}{}
		synctest.Wait()
		time.Sleep(100 * time.Millisecond)
		s.release <- struct{}{}
		s.request(t.Context(), "b")
		s.wantFetched([]string{"a"}, []string{"a", "b", "c"}, []string{"b"})
		close(s.release)
		s.callers.Wait()
	})
}

func TestGatheringIsBoundedByTheSearchDuration(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newFakeSource(t, 3)
		for _, key := range []string{"a", "a", "b", "c"} {
			s.request(t.Context(), key)
		}
		s.release <- struct{}{}
		synctest.Wait()
		time.Sleep(100 * time.Millisecond)
		s.release <- struct{}{}
		for _, key := range []string{"a", "b", "c"} {
			s.request(t.Context(), key)
		}
		s.wantFetched([]string{"a"}, []string{"a", "b", "c"}, []string{"a", "b", "c"})
		close(s.release)
		s.callers.Wait()
	})
}

// A request never gets a value that was read before it began.
func TestResultsAreNotOlderThanTheirRequests(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newFakeSource(t, 3)
		s.request(t.Context(), "a")
		s.numbers["a"] = 7
		s.request(t.Context(), "a")
		close(s.release)
		s.callers.Wait()
		slices.Sort(s.results["a"])
		if diff := cmp.Diff([]int{1, 7}, s.results["a"]); diff != "" {
			t.Errorf("answers (-want +got):\n%s", diff)
		}
	})
}

func TestKeysWithoutAResultFail(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newFakeSource(t, 3)
		close(s.release)
		s.request(t.Context(), "unknown")
		s.callers.Wait()
		if len(s.errs) != 1 || !errors.Is(s.errs[0], errNoResult) {
			t.Errorf("errors %v, want that nothing was read", s.errs)
		}
	})
}

func TestCanceledRequestsDoNotAffectOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newFakeSource(t, 3)
		canceled, cancel := context.WithCancel(t.Context())
		s.request(canceled, "a")
		s.request(canceled, "b") // waits for the first one
		s.request(t.Context(), "c")
		cancel()
		synctest.Wait()
		if len(s.errs) != 2 || !errors.Is(s.errs[0], context.Canceled) {
			t.Errorf("errors %v, want two of canceled requests", s.errs)
		}
		close(s.release)
		s.callers.Wait()
		s.wantFetched([]string{"a"}, []string{"c"})
		if diff := cmp.Diff([]error{context.Canceled, nil}, s.contextErrs, cmp.Comparer(errors.Is)); diff != "" {
			t.Errorf("the context of a fetch without requests ends (-want +got):\n%s", diff)
		}
	})
}

func TestFetchContinuesWhileARequestWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newFakeSource(t, 3)
		canceled, cancel := context.WithCancel(t.Context())
		s.request(t.Context(), "c")
		s.request(canceled, "a")
		s.request(t.Context(), "a")
		s.release <- struct{}{} // the first fetch ends, and the next has both keys
		synctest.Wait()
		cancel()
		synctest.Wait()
		close(s.release)
		s.callers.Wait()
		if diff := cmp.Diff(map[string][]int{"a": {1}, "c": {3}}, s.results); diff != "" {
			t.Errorf("answers (-want +got):\n%s", diff)
		}
	})
}
