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

// An outage of a whole night is one log line, and so is its end.
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
	runStory(t, func(f *fixture) {
		f.connect()
		f.server.failWith(errDown)
		f.server.putModels(newModel("a", "2"))
		f.advanceClock(pollInterval)
		wantEvents(t, f, stateEvent)
		_, err := f.provider.Get(newsKey)
		if !errors.Is(err, ErrNotReady) || !errors.Is(err, mlflow.ErrUnreachable) {
			t.Errorf("Get gives %v, want not ready because unreachable", err)
		}

		f.server.failWith(nil)
		f.advanceClock(initialRetryDelay)
		wantEvents(t, f, connectionEvent)
		if got := championVersion(f.getSnapshot(), "a"); got != "2" {
			t.Errorf("champion is %q after the recovery, want 2", got)
		}
		if _, infos := f.server.countRequests(); infos != 2 {
			t.Errorf("the server info was requested %d times, want 2: at the start and after the failure", infos)
		}
	}, newModel("a", "1"))
}

// A restart of the server does not change the status of thousands of objects: they keep it during
// the grace period.
func TestOutageIsReportedAfterTheGracePeriod(t *testing.T) {
	runStory(t, func(f *fixture) {
		f.connect()
		f.server.failWith(errDown)
		f.advanceClock(pollInterval)
		wantEvents(t, f, stateEvent)
		for range 4 { // 1, 2, 4 and 8 s: the retries of the first quarter of a minute
			if !f.getState().InGracePeriod {
				t.Fatal("the grace period is over 15 s after the outage began")
			}
			f.advanceClock(8 * time.Second)
		}
		wantEvents(t, f, connectionEvent)
		if f.getState().InGracePeriod {
			t.Error("the grace period is not over 30 s after the outage began")
		}
		f.advanceClock(pollInterval)
		wantEvents(t, f)
		f.server.failWith(nil)
		f.advanceClock(pollInterval)
		wantEvents(t, f, connectionEvent)
		if got := f.getState(); !got.Ready || got.InGracePeriod {
			t.Errorf("ready %t, in grace period %t after the recovery", got.Ready, got.InGracePeriod)
		}
	})
}

// The next poll may be much later than the end of the grace period, or earlier.
func TestOutageIsReportedWhenTheGracePeriodEnds(t *testing.T) {
	for name, begin := range map[string]func(*fixture, *Snapshot){
		"after a list that failed late": func(f *fixture, _ *Snapshot) {
			f.server.configure(slowDown)
			f.server.configure(func(s *fakeServer) { s.err, s.failFrom = errDown, 1 })
			f.advanceClock(pollInterval)
		},
		"between two rare lists": func(f *fixture, snapshot *Snapshot) {
			f.server.failWith(errDown)
			snapshot.ReportError(errDown)
		},
	} {
		t.Run(name, func(t *testing.T) {
			runStory(t, func(f *fixture) {
				snapshot := f.connect()
				begin(f, snapshot)
				wantEvents(t, f, stateEvent)
				f.advanceClock(defaultGracePeriod - time.Second)
				if !f.getState().InGracePeriod {
					t.Error("the grace period ends too early")
				}
				f.takeEvents()
				f.advanceClock(time.Second)
				if f.getState().InGracePeriod {
					t.Error("the grace period does not end in time")
				}
				wantEvents(t, f, connectionEvent)
			}, newModels(300)...)
		})
	}
}

func TestADifferentFailureIsReported(t *testing.T) {
	runStory(t, func(f *fixture) {
		f.server.failWith(errDown)
		f.ensureConnection()
		f.takeEvents()
		f.server.failWith(mlflow.ErrUnauthenticated)
		f.advanceClock(initialRetryDelay)
		wantEvents(t, f, stateEvent)
		if got := f.getState().Err; !errors.Is(got, mlflow.ErrUnauthenticated) {
			t.Errorf("error is %v, want %v", got, mlflow.ErrUnauthenticated)
		}
	})
}

func TestReportErrorNotifiesAndPollsSoon(t *testing.T) {
	runStory(t, func(f *fixture) {
		snapshot := f.connect()
		for range 50 {
			snapshot.ReportError(mlflow.ErrUnauthenticated)
		}
		wantEvents(t, f, stateEvent)
		if got := f.getState().Err; !errors.Is(got, mlflow.ErrUnauthenticated) {
			t.Errorf("error is %v, want %v", got, mlflow.ErrUnauthenticated)
		}
		if early := f.countPages(initialRetryDelay - 1); early != 0 {
			t.Error("a reported error starts a poll at once, though the server may be overloaded")
		}
		if soon := f.countPages(1); soon != 1 {
			t.Errorf("%d requests after the retry pause, want 1 for 50 reported errors", soon)
		}
		wantEvents(t, f, connectionEvent)
		f.getSnapshot()
	})
}

func TestReportErrorIgnoresCanceledRequests(t *testing.T) {
	runStory(t, func(f *fixture) {
		snapshot := f.connect()
		snapshot.ReportError(nil)
		snapshot.ReportError(context.Canceled)
		wantEvents(t, f)
		f.getSnapshot()
	})
}

// If lists succeed while gets fail, each recovery enqueues all objects, and they report errors again.
// The delays in between must grow, or all of them would be enqueued every second.
func TestReportErrorAfterEachRecoveryBacksOff(t *testing.T) {
	runStory(t, func(f *fixture) {
		snapshot := f.connect()
		for _, pause := range []time.Duration{1, 2, 4, 8, 16, 30, 30} {
			snapshot.ReportError(mlflow.ErrServer)
			f.takeEvents()
			if early := f.countPages(pause*time.Second - 1); early != 0 {
				t.Errorf("polled before %d s", pause)
			}
			f.advanceClock(1)
			snapshot = f.getSnapshot()
		}
		f.advanceClock(pollInterval) // no error is reported: the connection is healthy
		snapshot.ReportError(mlflow.ErrServer)
		f.takeEvents()
		if soon := f.countPages(initialRetryDelay); soon != 1 {
			t.Errorf("%d requests a second after the reported error, want 1", soon)
		}
	})
}

func TestReportErrorDuringAListIsKept(t *testing.T) {
	runStory(t, func(f *fixture) {
		snapshot := f.connect()
		gate := make(chan struct{})
		f.server.configure(func(s *fakeServer) { s.release = gate })
		f.advanceClock(pollInterval)
		snapshot.ReportError(mlflow.ErrUnauthenticated)
		wantEvents(t, f, stateEvent)
		close(gate)
		synctest.Wait()
		if f.getState().Ready {
			t.Error("a list that began before the reported error made the connection ready")
		}
		f.advanceClock(initialRetryDelay)
		wantEvents(t, f, connectionEvent)
		f.getSnapshot()
	})
}
