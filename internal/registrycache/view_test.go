// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package registrycache

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
)

func TestUpdateWinsOverAnOlderList(t *testing.T) {
	runStory(t, func(w *fixture) {
		v := w.connect()
		gate := make(chan struct{})
		w.server.configure(func(s *fakeServer) { s.release = gate })
		w.advanceClock(pollInterval) // the list has read champion 1 and is held back

		w.server.putModels(newModel("a", "2"))
		updateAndNotify(v, newModel("a", "2"))
		wantEvents(t, w, Event{Key: newsKey, Model: "a"})
		close(gate)
		wantEvents(t, w)
		if got := championVersion(v, "a"); got != "2" {
			t.Errorf("champion is %q, want 2: the list is older than what was remembered", got)
		}

		w.server.putModels(newModel("a", "3"))
		w.advanceClock(pollInterval)
		wantEvents(t, w, Event{Key: newsKey, Model: "a"})
		if got := championVersion(v, "a"); got != "3" {
			t.Errorf("champion is %q, want 3: this list is younger", got)
		}
	}, newModel("a", "1"))
}

func TestRemoveWinsOverAnOlderList(t *testing.T) {
	runStory(t, func(w *fixture) {
		v := w.connect()
		gate := make(chan struct{})
		w.server.configure(func(s *fakeServer) { s.release = gate })
		w.advanceClock(pollInterval)

		w.server.dropModel("a")
		v.Remove("a")
		wantEvents(t, w, Event{Key: newsKey, Model: "a"})
		close(gate)
		wantEvents(t, w)
		if _, seen := v.Model("a"); seen {
			t.Error("a forgotten model came back with an older list")
		}
	}, newModel("a", "1"))
}

func TestUpdateReportsChangesOnly(t *testing.T) {
	runStory(t, func(w *fixture) {
		v := w.connect()
		updateAndNotify(v, newModel("a", "1"))
		v.Remove("b")
		wantEvents(t, w)
		updateAndNotify(v, newModel("a", "2"))
		w.server.putModels(newModel("a", "2"))
		wantEvents(t, w, Event{Key: newsKey, Model: "a"})
		w.advanceClock(pollInterval)
		wantEvents(t, w) // the list says what was remembered
	}, newModel("a", "1"))
}

// MLflow hides prompts from lists and shows them to gets. A view that believed the
// get would change with every poll.
func TestPromptIsRemoved(t *testing.T) {
	runStory(t, func(w *fixture) {
		v := w.connect()
		prompt := newModel("a", "1")
		prompt.Tags = map[string]string{"mlflow.prompt.is_prompt": "true"}
		w.server.dropModel("a")
		updateAndNotify(v, prompt)
		wantEvents(t, w, Event{Key: newsKey, Model: "a"})
		w.advanceClock(pollInterval)
		updateAndNotify(v, prompt)
		w.advanceClock(pollInterval)
		wantEvents(t, w)
		if _, seen := v.Model("a"); seen {
			t.Error("the view shows a prompt")
		}
	}, newModel("a", "1"))
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

// updateAndNotify is what a pass does that has read a model.
func updateAndNotify(v *Snapshot, m *entities.RegisteredModel) {
	if v.Update(m) {
		v.Notify(m.Name, "")
	}
}
