// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package limiter

import (
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// fakeServer is a server with some workers. Each request that waits for a worker slows down the others by
// a fraction, as threads of a real server do that contend for a lock.
type fakeServer struct {
	workers  chan struct{}
	mu       sync.Mutex
	active   int
	slowdown float64
}

func (s *fakeServer) serveRequest() {
	s.mu.Lock()
	s.active++
	waiting := s.active - cap(s.workers)
	s.mu.Unlock()
	s.workers <- struct{}{}
	time.Sleep(time.Duration(float64(8*time.Millisecond) * (1 + s.slowdown*float64(max(waiting, 0)))))
	<-s.workers
	s.mu.Lock()
	s.active--
	s.mu.Unlock()
}

// TestTunerFindsTheBestLimit runs many callers for two minutes and averages the limit over the
// second one.
func TestTunerFindsTheBestLimit(t *testing.T) {
	for name, test := range map[string]struct {
		workers  int
		slowdown float64
		distance time.Duration
		callers  int
		least    float64
		most     float64
	}{
		"one worker":                     {workers: 1, callers: 30, least: 1, most: 1.3},
		"one worker with contention":     {workers: 1, slowdown: .05, callers: 30, least: 1, most: 1.3},
		"one worker at a distance":       {workers: 1, distance: 8 * time.Millisecond, callers: 30, least: 1.7, most: 2.4},
		"four workers":                   {workers: 4, callers: 30, least: 3.7, most: 4},
		"four workers, and none waiting": {workers: 4, callers: 3, least: 4, most: 4},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := NewAdaptive(4)
				server := &fakeServer{workers: make(chan struct{}, test.workers), slowdown: test.slowdown}
				end := time.Now().Add(2 * time.Minute)
				var limits, samples float64
				var callers sync.WaitGroup
				for range test.callers {
					callers.Go(func() {
						for time.Now().Before(end) {
							release, err := l.Acquire(t.Context())
							if err != nil {
								t.Error(err)
								return
							}
							time.Sleep(test.distance)
							server.serveRequest()
							release()
							l.mu.Lock()
							if time.Until(end) < time.Minute {
								limits, samples = limits+float64(l.tuner.limit), samples+1
							}
							l.mu.Unlock()
						}
					})
				}
				callers.Wait()
				if got := limits / samples; got < test.least || got > test.most {
					t.Errorf("%.2f requests in flight, want %.1f to %.1f", got, test.least, test.most)
				}
			})
		})
	}
}

func TestTunerKeepsALimitOfOne(t *testing.T) {
	tuner := newTuner(1)
	for range 10 {
		tuner.recordRate(100)
	}
	if tuner.limit != 1 {
		t.Errorf("%d requests in flight, want 1", tuner.limit)
	}
}
