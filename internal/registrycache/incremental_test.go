// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package registrycache

import (
	"testing"
	"time"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
)

// slowDown makes the effective interval 90 s: two pages of 4.5 s each.
func slowDown(s *fakeServer) { s.perPage = 4500 * time.Millisecond }

func newVersion(model, number string, updated entities.Timestamp) *entities.ModelVersion {
	return &entities.ModelVersion{Name: model, Version: number, LastUpdatedTimestamp: updated}
}

// newUpdatedModel returns a model whose last version was registered at that time.
func newUpdatedModel(name, champion string, at entities.Timestamp) *entities.RegisteredModel {
	m := newModel(name, champion)
	m.LastUpdatedTimestamp = at
	return m
}

func (f *fixture) countIncrementals() int {
	f.server.mu.Lock()
	defer f.server.mu.Unlock()
	return f.server.incrementals
}

func TestIncrementalListFindsVersionsSooner(t *testing.T) {
	runStory(t, func(f *fixture) {
		f.server.configure(slowDown)
		snapshot := f.connect()
		f.server.takeRequests()
		f.server.putModels(newUpdatedModel("m-001", "1", 2000), newUpdatedModel("m-002", "1", 2000))
		f.server.configure(func(s *fakeServer) {
			s.newestVersions = []*entities.ModelVersion{
				newVersion("m-001", "9", 2000), newVersion("m-002", "9", 1000), newVersion("m-001", "8", 1000),
			}
		})
		f.advanceClock(pollInterval)
		wantRequests(t, f, 2)
		wantEvents(t, f, Event{Key: newsKey, Model: "m-001"}, Event{Key: newsKey, Model: "m-002"})
		if m, _ := snapshot.Model("m-001"); m.LastUpdatedTimestamp != 2000 {
			t.Errorf("the snapshot shows the model with update time %d, want 2000", m.LastUpdatedTimestamp)
		}

		f.advanceClock(pollInterval) // nothing new
		wantRequests(t, f, 0)
		wantEvents(t, f)
		f.advanceClock(pollInterval)
		wantRequests(t, f, 0, "", "")
		if got := f.countIncrementals(); got != 2 {
			t.Errorf("%d incremental lists between two full lists, want 2", got)
		}
	}, newModels(300)...)
}

// MLflow may give a version a later update time than its model.
func TestIncrementalListReadsAModelOncePerVersion(t *testing.T) {
	runStory(t, func(f *fixture) {
		f.server.configure(slowDown)
		f.connect()
		f.server.takeRequests()
		f.server.configure(func(s *fakeServer) { s.newestVersions = []*entities.ModelVersion{newVersion("m-001", "9", 2000)} })
		f.advanceClock(pollInterval)
		wantRequests(t, f, 1)
		f.advanceClock(pollInterval)
		wantRequests(t, f, 0)
		wantEvents(t, f)
	}, newModels(300)...)
}

func TestIncrementalListReadsOnlyDeclaredModels(t *testing.T) {
	runStory(t, func(f *fixture) {
		f.declareModels(sortedNames(newModels(200))...)
		f.server.configure(slowDown)
		f.connect()
		f.server.takeRequests()
		f.server.configure(func(s *fakeServer) {
			s.newestVersions = []*entities.ModelVersion{newVersion("m-299", "9", 2000), newVersion("m-001", "9", 2000)}
		})
		f.advanceClock(pollInterval)
		wantRequests(t, f, 1)
	}, newModels(300)...)
}

// A server before MLflow 3.17 can't search for the names of the updated models.
func TestIncrementalListWithoutNameSearch(t *testing.T) {
	runStory(t, func(f *fixture) {
		f.server.configure(slowDown)
		f.connect()
		f.server.takeRequests()
		var changed []*entities.ModelVersion
		for _, name := range []string{"m-001", "m-002", "m-003"} {
			f.server.putModels(newUpdatedModel(name, "1", 2000))
			changed = append(changed, newVersion(name, "9", 2000))
		}
		f.server.configure(func(s *fakeServer) { s.noNameSearch, s.newestVersions = true, changed })
		f.advanceClock(pollInterval)
		wantEvents(t, f, Event{Key: newsKey, Model: "m-001"}, Event{Key: newsKey, Model: "m-002"}, Event{Key: newsKey, Model: "m-003"})
		if _, gets := f.server.takeRequests(); gets != 3 {
			t.Errorf("%d gets, want 3", gets)
		}
		for range 6 {
			f.advanceClock(pollInterval)
		}
		if got := f.countIncrementals(); got < 2 {
			t.Errorf("%d incremental lists, want another one after the next full list", got)
		}
	}, newModels(300)...)
}

func TestSmallRegistryUsesFullListsOnly(t *testing.T) {
	runStory(t, func(f *fixture) {
		f.connect()
		for range 10 {
			f.advanceClock(pollInterval)
		}
		if got := f.countIncrementals(); got != 0 {
			t.Errorf("%d incremental lists of a registry that is read in full at each interval", got)
		}
	}, newModels(300)...)
}

// A failed incremental list does not make the connection not ready: only a full list decides that.
func TestIncrementalListStopsAfterAFailure(t *testing.T) {
	runStory(t, func(f *fixture) {
		f.server.configure(slowDown)
		f.connect()
		f.server.configure(func(s *fakeServer) { s.incrementalErr = mlflow.ErrServer })
		f.advanceClock(pollInterval)
		wantEvents(t, f)
		if !f.getState().Ready {
			t.Error("the connection is not ready because an incremental list failed")
		}
		if lists := f.countPages(initialRetryDelay); lists != 2 {
			t.Errorf("%d pages after the incremental list failed, want a full list at once", lists)
		}
		for range 6 {
			f.advanceClock(pollInterval)
		}
		if got := f.countIncrementals(); got != 1 {
			t.Errorf("%d incremental lists, want none after the failed one", got)
		}
		if !f.getState().IncrementalFailing {
			t.Error("IncrementalFailing is false after an incremental list failed")
		}
	}, newModels(300)...)
}

// IncrementalFailing is true until an incremental list succeeds, and does not change with each attempt.
func TestIncrementalListResumes(t *testing.T) {
	runStory(t, func(f *fixture) {
		f.server.configure(slowDown)
		f.connect()
		f.server.configure(func(s *fakeServer) { s.incrementalErr = mlflow.ErrServer })
		f.advanceClock(pollInterval)
		failed := f.countIncrementals()
		for f.countIncrementals() == failed {
			if !f.getState().IncrementalFailing {
				t.Fatal("IncrementalFailing is false, but no incremental list succeeded")
			}
			f.server.configure(func(s *fakeServer) { s.incrementalErr = nil })
			f.advanceClock(pollInterval)
		}
		if f.getState().IncrementalFailing {
			t.Error("IncrementalFailing is true after an incremental list succeeded")
		}
	}, newModels(300)...)
}

func TestIncrementalListCountsTowardTheDutyCycle(t *testing.T) {
	runStory(t, func(f *fixture) {
		f.server.configure(slowDown)
		f.server.configure(func(s *fakeServer) { s.perIncremental = 2 * time.Second })
		f.connect()
		f.advanceClock(pollInterval)
		before := f.countIncrementals()
		f.advanceClock(39 * time.Second)
		if got := f.countIncrementals(); got != before {
			t.Error("another incremental list before its delay had passed")
		}
		for f.getState().EffectiveInterval == 90*time.Second {
			f.advanceClock(pollInterval)
		}
		if got := f.getState().EffectiveInterval; got != 110*time.Second {
			t.Errorf("effective interval is %s, want 110 s: a full list of 9 s and an incremental list of 2 s", got)
		}
	}, newModels(300)...)
}
