// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package registry

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
)

func TestRememberBeatsAnOlderList(t *testing.T) {
	play(t, func(w *world) {
		v := w.connected()
		gate := make(chan struct{})
		w.server.set(func(s *fakeServer) { s.gate = gate })
		w.advance(interval) // the list has read champion 1 and is held back

		w.server.put(model("a", "2"))
		remember(v, model("a", "2"))
		wantEvents(t, w, Event{Key: news, Model: "a"})
		close(gate)
		wantEvents(t, w)
		if got := champion(v, "a"); got != "2" {
			t.Errorf("champion is %q, want 2: the list is older than what was remembered", got)
		}

		w.server.put(model("a", "3"))
		w.advance(interval)
		wantEvents(t, w, Event{Key: news, Model: "a"})
		if got := champion(v, "a"); got != "3" {
			t.Errorf("champion is %q, want 3: this list is younger", got)
		}
	}, model("a", "1"))
}

func TestForgetBeatsAnOlderList(t *testing.T) {
	play(t, func(w *world) {
		v := w.connected()
		gate := make(chan struct{})
		w.server.set(func(s *fakeServer) { s.gate = gate })
		w.advance(interval)

		w.server.drop("a")
		v.Forget("a")
		wantEvents(t, w, Event{Key: news, Model: "a"})
		close(gate)
		wantEvents(t, w)
		if _, seen := v.Model("a"); seen {
			t.Error("a forgotten model came back with an older list")
		}
	}, model("a", "1"))
}

func TestRememberIsNewsOnlyWhenItIs(t *testing.T) {
	play(t, func(w *world) {
		v := w.connected()
		remember(v, model("a", "1"))
		v.Forget("b")
		wantEvents(t, w)
		remember(v, model("a", "2"))
		w.server.put(model("a", "2"))
		wantEvents(t, w, Event{Key: news, Model: "a"})
		w.advance(interval)
		wantEvents(t, w) // the list says what was remembered
	}, model("a", "1"))
}

// MLflow hides prompts from lists and shows them to gets. A view that believed the
// get would change with every poll.
func TestPromptIsForgotten(t *testing.T) {
	play(t, func(w *world) {
		v := w.connected()
		prompt := model("a", "1")
		prompt.Tags = map[string]string{"mlflow.prompt.is_prompt": "true"}
		w.server.drop("a")
		remember(v, prompt)
		wantEvents(t, w, Event{Key: news, Model: "a"})
		w.advance(interval)
		remember(v, prompt)
		w.advance(interval)
		wantEvents(t, w)
		if _, seen := v.Model("a"); seen {
			t.Error("the view shows a prompt")
		}
	}, model("a", "1"))
}

func TestBlameWakesAndPollsSoon(t *testing.T) {
	play(t, func(w *world) {
		v := w.connected()
		for range 50 {
			v.Blame(mlflow.ErrUnauthenticated)
		}
		wantEvents(t, w, itsState)
		if got := w.state().Err; !errors.Is(got, mlflow.ErrUnauthenticated) {
			t.Errorf("error is %v, want %v", got, mlflow.ErrUnauthenticated)
		}
		if early := w.pagesIn(firstRetry - 1); early != 0 {
			t.Error("a blame polls at once: the server may have too much to do already")
		}
		if soon := w.pagesIn(1); soon != 1 {
			t.Errorf("%d requests after the retry pause, want 1 for 50 blames", soon)
		}
		wantEvents(t, w, everything)
		w.view()
	})
}

func TestBlameForNothing(t *testing.T) {
	play(t, func(w *world) {
		v := w.connected()
		v.Blame(nil)
		v.Blame(context.Canceled)
		wantEvents(t, w)
		w.view()
	})
}

// Lists succeed where gets fail: each recovery wakes everybody, who blame again.
// The pauses between have to grow, or the herd would come back every second.
func TestBlameAfterEachRecoveryBacksOff(t *testing.T) {
	play(t, func(w *world) {
		v := w.connected()
		for _, pause := range []time.Duration{1, 2, 4, 8, 16, 30, 30} {
			v.Blame(mlflow.ErrServer)
			w.events()
			if early := w.pagesIn(pause*time.Second - 1); early != 0 {
				t.Errorf("polled before %d s", pause)
			}
			w.advance(1)
			v = w.view()
		}
		w.advance(interval) // nobody blames: all is well again
		v.Blame(mlflow.ErrServer)
		w.events()
		if soon := w.pagesIn(firstRetry); soon != 1 {
			t.Errorf("%d requests a second after the blame, want 1", soon)
		}
	})
}

func TestBlameDuringAListOutlivesIt(t *testing.T) {
	play(t, func(w *world) {
		v := w.connected()
		gate := make(chan struct{})
		w.server.set(func(s *fakeServer) { s.gate = gate })
		w.advance(interval)
		v.Blame(mlflow.ErrUnauthenticated)
		wantEvents(t, w, itsState)
		close(gate)
		synctest.Wait()
		if w.state().Ready {
			t.Error("a list that began before the blame took it back")
		}
		w.advance(firstRetry)
		wantEvents(t, w, everything)
		w.view()
	})
}

// remember is what a pass does that has read a model.
func remember(v *View, m *entities.RegisteredModel) {
	if v.Note(m) {
		v.Wake(m.Name, "")
	}
}
