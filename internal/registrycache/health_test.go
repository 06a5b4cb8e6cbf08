// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package registrycache

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-logr/logr/funcr"
	"github.com/google/go-cmp/cmp"
	clocktesting "k8s.io/utils/clock/testing"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
)

// A server that is down for a night is one line, and so is its return.
func TestLogReportsChangesOnce(t *testing.T) {
	var lines []string
	h := newHealth(clocktesting.NewFakeClock(time.Time{}), State{Known: true, ServerID: "http://mlflow"})
	h.setLog(funcr.New(func(_, args string) { lines = append(lines, args) }, funcr.Options{}))
	for range 100 {
		h.recordFailure(mlflow.ErrUnreachable, pollInterval)
	}
	for range 100 {
		h.recordSuccess(false, func(s *State) { s.ModelCount = 3 })
	}
	want := []string{
		`"level"=0 "msg"="Connection is not ready" "server"="http://mlflow" "cause"="no answer"`,
		`"level"=0 "msg"="Connection is ready" "server"="http://mlflow" "models"=3`,
	}
	if diff := cmp.Diff(want, lines); diff != "" {
		t.Errorf("log (-want +got):\n%s", diff)
	}
}

func TestFailureAndRecovery(t *testing.T) {
	runStory(t, func(w *fixture) {
		w.connect()
		w.server.failWith(errDown)
		w.server.putModels(newModel("a", "2"))
		w.advanceClock(pollInterval)
		wantEvents(t, w, stateEvent)
		_, err := w.provider.Get(newsKey)
		if !errors.Is(err, ErrNotReady) || !errors.Is(err, mlflow.ErrUnreachable) {
			t.Errorf("Get gives %v, want not ready because unreachable", err)
		}

		w.server.failWith(nil)
		w.advanceClock(initialRetryDelay)
		wantEvents(t, w, connectionEvent)
		if got := championVersion(w.getSnapshot(), "a"); got != "2" {
			t.Errorf("champion is %q after the recovery, want 2", got)
		}
		if _, infos := w.server.countRequests(); infos != 2 {
			t.Errorf("the server was asked %d times what it is, want 2: at the start and after the failure", infos)
		}
	}, newModel("a", "1"))
}

// A server that restarts is no news to thousands of objects: what they told stands until
// the outage has lasted.
func TestOutageIsReportedAfterTheGracePeriod(t *testing.T) {
	runStory(t, func(w *fixture) {
		w.connect()
		w.server.failWith(errDown)
		w.advanceClock(pollInterval)
		wantEvents(t, w, stateEvent)
		for range 4 { // 1, 2, 4 and 8 s: the retries of the first quarter of a minute
			if !w.getState().InGracePeriod {
				t.Fatal("the outage is settled, 15 s after it began")
			}
			w.advanceClock(8 * time.Second)
		}
		wantEvents(t, w, connectionEvent)
		if w.getState().InGracePeriod {
			t.Error("the outage is not settled, half a minute after it began")
		}
		w.advanceClock(pollInterval)
		wantEvents(t, w)
		w.server.failWith(nil)
		w.advanceClock(pollInterval)
		wantEvents(t, w, connectionEvent)
		if got := w.getState(); !got.Ready || got.InGracePeriod {
			t.Errorf("ready %t, unsettled %t after the recovery", got.Ready, got.InGracePeriod)
		}
	})
}

// A broken list may be followed by a long rest, and a failed request by none at all.
func TestOutageIsReportedWhenTheGracePeriodEnds(t *testing.T) {
	for name, begin := range map[string]func(*fixture, *Snapshot){
		"after a list that broke late": func(w *fixture, _ *Snapshot) {
			w.server.configure(slowDown)
			w.server.configure(func(s *fakeServer) { s.err, s.failFrom = errDown, 1 })
			w.advanceClock(pollInterval)
		},
		"between two seldom lists": func(w *fixture, v *Snapshot) {
			w.server.failWith(errDown)
			v.ReportError(errDown)
		},
	} {
		t.Run(name, func(t *testing.T) {
			runStory(t, func(w *fixture) {
				v := w.connect()
				begin(w, v)
				wantEvents(t, w, stateEvent)
				w.advanceClock(defaultGracePeriod - time.Second)
				if !w.getState().InGracePeriod {
					t.Error("the outage is settled too early")
				}
				w.takeEvents()
				w.advanceClock(time.Second)
				if w.getState().InGracePeriod {
					t.Error("the outage is not settled in time")
				}
				wantEvents(t, w, connectionEvent)
			}, newModels(300)...)
		})
	}
}

func TestADifferentFailureIsReported(t *testing.T) {
	runStory(t, func(w *fixture) {
		w.server.failWith(errDown)
		w.ensureConnection()
		w.takeEvents()
		w.server.failWith(mlflow.ErrUnauthenticated)
		w.advanceClock(initialRetryDelay)
		wantEvents(t, w, stateEvent)
		if got := w.getState().Err; !errors.Is(got, mlflow.ErrUnauthenticated) {
			t.Errorf("error is %v, want %v", got, mlflow.ErrUnauthenticated)
		}
	})
}

func TestReportErrorNotifiesAndPollsSoon(t *testing.T) {
	runStory(t, func(w *fixture) {
		v := w.connect()
		for range 50 {
			v.ReportError(mlflow.ErrUnauthenticated)
		}
		wantEvents(t, w, stateEvent)
		if got := w.getState().Err; !errors.Is(got, mlflow.ErrUnauthenticated) {
			t.Errorf("error is %v, want %v", got, mlflow.ErrUnauthenticated)
		}
		if early := w.countPages(initialRetryDelay - 1); early != 0 {
			t.Error("a blame polls at once: the server may have too much to do already")
		}
		if soon := w.countPages(1); soon != 1 {
			t.Errorf("%d requests after the retry pause, want 1 for 50 blames", soon)
		}
		wantEvents(t, w, connectionEvent)
		w.getSnapshot()
	})
}

func TestReportErrorIgnoresCanceledRequests(t *testing.T) {
	runStory(t, func(w *fixture) {
		v := w.connect()
		v.ReportError(nil)
		v.ReportError(context.Canceled)
		wantEvents(t, w)
		w.getSnapshot()
	})
}

// Lists succeed where gets fail: each recovery wakes everybody, who blame again.
// The pauses between have to grow, or the herd would come back every second.
func TestReportErrorAfterEachRecoveryBacksOff(t *testing.T) {
	runStory(t, func(w *fixture) {
		v := w.connect()
		for _, pause := range []time.Duration{1, 2, 4, 8, 16, 30, 30} {
			v.ReportError(mlflow.ErrServer)
			w.takeEvents()
			if early := w.countPages(pause*time.Second - 1); early != 0 {
				t.Errorf("polled before %d s", pause)
			}
			w.advanceClock(1)
			v = w.getSnapshot()
		}
		w.advanceClock(pollInterval) // nobody blames: all is well again
		v.ReportError(mlflow.ErrServer)
		w.takeEvents()
		if soon := w.countPages(initialRetryDelay); soon != 1 {
			t.Errorf("%d requests a second after the blame, want 1", soon)
		}
	})
}

func TestReportErrorDuringAListIsKept(t *testing.T) {
	runStory(t, func(w *fixture) {
		v := w.connect()
		gate := make(chan struct{})
		w.server.configure(func(s *fakeServer) { s.release = gate })
		w.advanceClock(pollInterval)
		v.ReportError(mlflow.ErrUnauthenticated)
		wantEvents(t, w, stateEvent)
		close(gate)
		synctest.Wait()
		if w.getState().Ready {
			t.Error("a list that began before the blame took it back")
		}
		w.advanceClock(initialRetryDelay)
		wantEvents(t, w, connectionEvent)
		w.getSnapshot()
	})
}
