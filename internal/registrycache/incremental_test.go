// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package registrycache

import (
	"testing"
	"time"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
)

// slowDown is a registry that is read every 90 s: two pages of 4.5 s.
func slowDown(s *fakeServer) { s.perPage = 4500 * time.Millisecond }

func newVersion(model, number string, updated entities.Timestamp) *entities.ModelVersion {
	return &entities.ModelVersion{Name: model, Version: number, LastUpdatedTimestamp: updated}
}

// newUpdatedModel is a model as it is after a version was registered at that time.
func newUpdatedModel(name, champion string, at entities.Timestamp) *entities.RegisteredModel {
	m := newModel(name, champion)
	m.LastUpdatedTimestamp = at
	return m
}

func (w *fixture) countIncrementals() int {
	w.server.mu.Lock()
	defer w.server.mu.Unlock()
	return w.server.incrementals
}

func TestIncrementalListFindsVersionsSooner(t *testing.T) {
	runStory(t, func(w *fixture) {
		w.server.configure(slowDown)
		v := w.connect()
		w.server.takeRequests()
		w.server.putModels(newUpdatedModel("m-001", "1", 2000), newUpdatedModel("m-002", "1", 2000))
		w.server.configure(func(s *fakeServer) {
			s.newestVersions = []*entities.ModelVersion{newVersion("m-001", "9", 2000), newVersion("m-002", "9", 1000), newVersion("m-001", "8", 1000)}
		})
		w.advanceClock(pollInterval)
		wantRequests(t, w, 2)
		wantEvents(t, w, Event{Key: newsKey, Model: "m-001"}, Event{Key: newsKey, Model: "m-002"})
		if m, _ := v.Model("m-001"); m.LastUpdatedTimestamp != 2000 {
			t.Errorf("the view shows the model of %d", m.LastUpdatedTimestamp)
		}

		w.advanceClock(pollInterval) // nothing new
		wantRequests(t, w, 0)
		wantEvents(t, w)
		w.advanceClock(pollInterval)
		wantRequests(t, w, 0, "", "")
		if got := w.countIncrementals(); got != 2 {
			t.Errorf("%d feeds between two lists, want 2", got)
		}
	}, newModels(300)...)
}

// MLflow may date a version after its model, which is then never as young as the version.
func TestIncrementalListReadsAModelOncePerVersion(t *testing.T) {
	runStory(t, func(w *fixture) {
		w.server.configure(slowDown)
		w.connect()
		w.server.takeRequests()
		w.server.configure(func(s *fakeServer) { s.newestVersions = []*entities.ModelVersion{newVersion("m-001", "9", 2000)} })
		w.advanceClock(pollInterval)
		wantRequests(t, w, 1)
		w.advanceClock(pollInterval)
		wantRequests(t, w, 0)
		wantEvents(t, w)
	}, newModels(300)...)
}

func TestIncrementalListReadsOnlyDeclaredModels(t *testing.T) {
	runStory(t, func(w *fixture) {
		w.declareModels(sortedNames(newModels(200))...)
		w.server.configure(slowDown)
		w.connect()
		w.server.takeRequests()
		w.server.configure(func(s *fakeServer) {
			s.newestVersions = []*entities.ModelVersion{newVersion("m-299", "9", 2000), newVersion("m-001", "9", 2000)}
		})
		w.advanceClock(pollInterval)
		wantRequests(t, w, 1)
	}, newModels(300)...)
}

// A server before 3.17 can't search for the names that the feed brings.
func TestIncrementalListWithoutNameSearch(t *testing.T) {
	runStory(t, func(w *fixture) {
		w.server.configure(slowDown)
		w.connect()
		w.server.takeRequests()
		var changed []*entities.ModelVersion
		for _, name := range []string{"m-001", "m-002", "m-003"} {
			w.server.putModels(newUpdatedModel(name, "1", 2000))
			changed = append(changed, newVersion(name, "9", 2000))
		}
		w.server.configure(func(s *fakeServer) { s.noNameSearch, s.newestVersions = true, changed })
		w.advanceClock(pollInterval)
		wantEvents(t, w, Event{Key: newsKey, Model: "m-001"}, Event{Key: newsKey, Model: "m-002"}, Event{Key: newsKey, Model: "m-003"})
		if _, gets := w.server.takeRequests(); gets != 3 {
			t.Errorf("%d gets, want 3", gets)
		}
		for range 6 {
			w.advanceClock(pollInterval)
		}
		if got := w.countIncrementals(); got < 2 {
			t.Errorf("%d feeds, want another one after the next list", got)
		}
	}, newModels(300)...)
}

func TestSmallRegistryUsesFullListsOnly(t *testing.T) {
	runStory(t, func(w *fixture) {
		w.connect()
		for range 10 {
			w.advanceClock(pollInterval)
		}
		if got := w.countIncrementals(); got != 0 {
			t.Errorf("%d feeds of a registry that is read as often as asked", got)
		}
	}, newModels(300)...)
}

// A feed that fails says nothing of the connection: a list does.
func TestIncrementalListStopsAfterAFailure(t *testing.T) {
	runStory(t, func(w *fixture) {
		w.server.configure(slowDown)
		w.connect()
		w.server.configure(func(s *fakeServer) { s.incrementalErr = mlflow.ErrServer })
		w.advanceClock(pollInterval)
		wantEvents(t, w)
		if !w.getState().Ready {
			t.Error("the connection is not ready, since its feed failed")
		}
		if lists := w.countPages(initialRetryDelay); lists != 2 {
			t.Errorf("%d pages after the feed failed, want the list at once", lists)
		}
		for range 6 {
			w.advanceClock(pollInterval)
		}
		if got := w.countIncrementals(); got != 1 {
			t.Errorf("%d feeds, want no other after the one that failed", got)
		}
		if !w.getState().IncrementalFailing {
			t.Error("nobody is told that the newest versions can't be read")
		}
	}, newModels(300)...)
}

// It is told until a feed succeeds, and does not come and go with each attempt.
func TestIncrementalListResumes(t *testing.T) {
	runStory(t, func(w *fixture) {
		w.server.configure(slowDown)
		w.connect()
		w.server.configure(func(s *fakeServer) { s.incrementalErr = mlflow.ErrServer })
		w.advanceClock(pollInterval)
		feeds := w.countIncrementals()
		for w.countIncrementals() == feeds {
			if !w.getState().IncrementalFailing {
				t.Fatal("it is not told any more, though no feed succeeded")
			}
			w.server.configure(func(s *fakeServer) { s.incrementalErr = nil })
			w.advanceClock(pollInterval)
		}
		if w.getState().IncrementalFailing {
			t.Error("it is still told, though a feed succeeded")
		}
	}, newModels(300)...)
}

func TestIncrementalListCountsTowardTheDutyCycle(t *testing.T) {
	runStory(t, func(w *fixture) {
		w.server.configure(slowDown)
		w.server.configure(func(s *fakeServer) { s.perIncremental = 2 * time.Second })
		w.connect()
		w.advanceClock(pollInterval)
		before := w.countIncrementals()
		w.advanceClock(39 * time.Second)
		if got := w.countIncrementals(); got != before {
			t.Error("another feed before its pause had passed")
		}
		for w.getState().EffectiveInterval == 90*time.Second {
			w.advanceClock(pollInterval)
		}
		if got := w.getState().EffectiveInterval; got != 110*time.Second {
			t.Errorf("effective interval is %s, want 110 s: a list of 9 s and a feed of 2 s", got)
		}
	}, newModels(300)...)
}
