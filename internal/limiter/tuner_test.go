// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package limiter

import (
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// fakeServer is a server of some workers. What comes while all are busy waits, and makes each
// of them slower by a part: threads that wait for each other cost time, too.
type fakeServer struct {
	workers  chan struct{}
	mu       sync.Mutex
	active   int
	slowdown float64
}

func (w *fakeServer) serveRequest() {
	w.mu.Lock()
	w.active++
	idle := w.active - cap(w.workers)
	w.mu.Unlock()
	w.workers <- struct{}{}
	time.Sleep(time.Duration(float64(8*time.Millisecond) * (1 + w.slowdown*float64(max(idle, 0)))))
	<-w.workers
	w.mu.Lock()
	w.active--
	w.mu.Unlock()
}

// TestTunerFindsTheBestLimit lets many callers use a server for a minute, and looks
// at how many requests were in flight on average in the end.
func TestTunerFindsTheBestLimit(t *testing.T) {
	for name, test := range map[string]struct {
		workers  int
		drag     float64
		distance time.Duration
		callers  int
		least    float64
		most     float64
	}{
		"one worker beside it":              {workers: 1, callers: 30, least: 1, most: 1.3},
		"one worker that others slow down":  {workers: 1, drag: .05, callers: 30, least: 1, most: 1.3},
		"one worker that is far away":       {workers: 1, distance: 8 * time.Millisecond, callers: 30, least: 1.7, most: 2.4},
		"four workers":                      {workers: 4, callers: 30, least: 3.7, most: 4},
		"four workers, and nothing waiting": {workers: 4, callers: 3, least: 4, most: 4},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := NewAdaptive(4)
				server := &fakeServer{workers: make(chan struct{}, test.workers), slowdown: test.drag}
				end := time.Now().Add(2 * time.Minute)
				var limits, looks float64
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
								limits, looks = limits+float64(l.tuner.limit), looks+1
							}
							l.mu.Unlock()
						}
					})
				}
				callers.Wait()
				if got := limits / looks; got < test.least || got > test.most {
					t.Errorf("%.2f requests in flight, want %.1f to %.1f", got, test.least, test.most)
				}
			})
		})
	}
}

func TestTunerKeepsALimitOfOne(t *testing.T) {
	p := newTuner(1)
	for range 10 {
		p.recordRate(100)
	}
	if p.limit != 1 {
		t.Errorf("%d requests in flight, want 1", p.limit)
	}
}
