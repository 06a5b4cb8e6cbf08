// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package registrycache

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
)

// ownerTagFilter finds the models that carry our mark.
const ownerTagFilter = "tags.mark = 'ours'"

func TestFullListIfMostModelsAreDeclared(t *testing.T) {
	runStory(t, func(w *fixture) {
		w.declareModels(sortedNames(newModels(300))...)
		w.ensureConnection()
		wantRequests(t, w, 0, "", "", "")
		w.advanceClock(pollInterval)
		wantRequests(t, w, 0, "", "", "")
	}, newModels(600)...)
}

func TestDeclaredModelsOfALargeRegistryAreReadByName(t *testing.T) {
	runStory(t, func(w *fixture) {
		w.declareModels("m-003", "m-001", "m-002", "m-001", "new")
		const byName = "name IN ('m-001','m-002','m-003','new')"
		w.ensureConnection()
		wantRequests(t, w, 0, "", "", "", byName) // how large it is has to be found out once
		if got := w.getState().ModelCount; got != 3 {
			t.Errorf("%d models are seen, want 3", got)
		}
		w.takeEvents()

		w.server.putModels(newModel("m-002", "2"), newModel("m-500", "2"), newModel("new", "1"))
		w.advanceClock(pollInterval)
		wantRequests(t, w, 0, byName)
		wantEvents(t, w, Event{Key: newsKey, Model: "m-002"}, Event{Key: newsKey, Model: "new"})
		if got := championVersion(w.getSnapshot(), "m-002"); got != "2" {
			t.Errorf("champion is %q, want 2", got)
		}
	}, newModels(1500)...)
}

func TestFewModelsOfALargeRegistryAreReadIndividually(t *testing.T) {
	runStory(t, func(w *fixture) {
		w.declareModels("m-003", "gone")
		w.ensureConnection()
		wantRequests(t, w, 2, "", "", "")
		w.advanceClock(pollInterval)
		wantRequests(t, w, 2)
		w.server.configure(func(s *fakeServer) { s.hidden = map[string]bool{"m-003": true} })
		w.advanceClock(pollInterval)
		if got := w.getState(); !got.Ready {
			t.Errorf("a model that may not be read makes the connection not ready: %v", got.Err)
		}
		w.server.failWith(errDown)
		w.advanceClock(pollInterval)
		if got := w.getState().Err; !errors.Is(got, mlflow.ErrUnreachable) {
			t.Errorf("error is %v, want %v", got, mlflow.ErrUnreachable)
		}
	}, newModels(1500)...)
}

func TestLargeRegistryWithoutDeclaredModelsIsPinged(t *testing.T) {
	runStory(t, func(w *fixture) {
		w.declareModels()
		w.ensureConnection()
		w.server.takeRequests()
		w.advanceClock(pollInterval)
		wantRequests(t, w, 0, "")
		if got := w.getState(); !got.Ready || got.ModelCount != 0 {
			t.Errorf("ready %t with %d models, want ready with none", got.Ready, got.ModelCount)
		}
	}, newModels(1500)...)
}

func TestServerWithoutNameSearchIsSearchedByOwnerTag(t *testing.T) {
	runStory(t, func(w *fixture) {
		w.declareModels("m-001", "m-002", "m-003", "new")
		w.server.configure(func(s *fakeServer) { s.noNameSearch, s.tagged = true, map[string]bool{"m-001": true, "m-002": true} })
		w.ensureConnection()
		wantRequests(t, w, 2, "", "", "", "name IN ('m-001','m-002','m-003','new')", ownerTagFilter)
		if got := w.getState().ModelCount; got != 3 {
			t.Errorf("%d models are seen, want 3", got)
		}
		w.advanceClock(pollInterval)
		wantRequests(t, w, 2, ownerTagFilter) // it need not be told twice
	}, newModels(1500)...)
}

// Models without our mark cost a get each, which is as much as some rows of a list.
func TestManyUntaggedModelsUseAFullList(t *testing.T) {
	runStory(t, func(w *fixture) {
		w.declareModels(sortedNames(newModels(300))...)
		w.server.configure(func(s *fakeServer) { s.noNameSearch = true })
		w.ensureConnection()
		w.server.takeRequests()
		w.advanceClock(pollInterval)
		wantRequests(t, w, 0, slices.Repeat([]string{""}, 8)...)
		w.advanceClock(pollInterval)
		wantRequests(t, w, 0, slices.Repeat([]string{""}, 8)...) // it stays with it
		w.server.configure(func(s *fakeServer) {
			s.tagged = map[string]bool{}
			for _, m := range newModels(300) {
				s.tagged[m.Name] = true
			}
		})
		w.advanceClock(serverInfoInterval) // how it is best read is found out again
		w.server.takeRequests()
		w.advanceClock(pollInterval)
		wantRequests(t, w, 0, ownerTagFilter, ownerTagFilter)
	}, newModels(1500)...)
}

func TestSizeIsMeasuredAgainWhenMoreIsDeclared(t *testing.T) {
	runStory(t, func(w *fixture) {
		w.declareModels("m-001", "m-002", "m-003")
		w.ensureConnection()
		w.server.takeRequests()
		w.declared = sortedNames(newModels(600))
		w.advanceClock(pollInterval)
		filters, _ := w.server.takeRequests()
		if got := strings.Join(filters, "|"); got != strings.Repeat("|", 7) {
			t.Errorf("lists %q, want the whole registry in 8 pages", got)
		}
		w.declared = w.declared[:3]
		w.advanceClock(pollInterval)
		wantRequests(t, w, 0, "name IN ('m-000','m-001','m-002')") // its size is known now
	}, newModels(1500)...)
}

func TestSearchMethodIsDetectedAgain(t *testing.T) {
	runStory(t, func(w *fixture) {
		w.declareModels("m-001", "m-002", "m-003")
		w.server.configure(func(s *fakeServer) { s.noNameSearch = true })
		w.ensureConnection()
		w.server.configure(func(s *fakeServer) { s.noNameSearch = false })
		w.server.takeRequests()
		w.advanceClock(serverInfoInterval)
		wantRequests(t, w, 0, "", "", "", "name IN ('m-001','m-002','m-003')")
	}, newModels(1500)...)
}

func TestNamesThatCannotBeQuotedAreReadIndividually(t *testing.T) {
	const quoted = `it's "it"`
	runStory(t, func(w *fixture) {
		w.declareModels("m-001", "m-002", "m-003", quoted)
		w.ensureConnection()
		wantRequests(t, w, 1, "", "", "", "name IN ('m-001','m-002','m-003')")
		if got := championVersion(w.getSnapshot(), quoted); got != "7" {
			t.Errorf("champion is %q, want 7", got)
		}
	}, append(newModels(1500), newModel(quoted, "7"))...)
}

// A list in which most of our models are missing says nothing but that.
func TestUnlistedModelsAreMissing(t *testing.T) {
	runStory(t, func(w *fixture) {
		w.declareModels(sortedNames(newModels(100))...)
		v := w.connect()
		hidden := map[string]bool{}
		for _, m := range newModels(50) {
			hidden[m.Name] = true
		}
		w.server.configure(func(s *fakeServer) { s.hidden = hidden })
		w.advanceClock(pollInterval)
		if got := w.getState(); !got.Ready || got.MissingModels != 0 {
			t.Errorf("ready %t, %d missed; want ready and none missed yet: there was no time to ask", got.Ready, got.MissingModels)
		}
		if got := len(w.takeEvents()); got != 50 {
			t.Errorf("%d events, want one for each of the 50 that are not shown", got)
		}
		v.Remove("m-000")                          // a get says that it is gone
		w.declared = w.declared[2:]                // and two are not declared any more
		updateAndNotify(v, newModel("m-002", "1")) // and one is there
		w.takeEvents()
		w.advanceClock(pollInterval)
		if got := w.getState().MissingModels; got != 47 {
			t.Errorf("%d missed, want 47", got)
		}
		w.server.configure(func(s *fakeServer) { s.hidden = nil })
		w.advanceClock(pollInterval)
		if got := w.getState().MissingModels; got != 0 {
			t.Errorf("%d missed, want none: they are shown again", got)
		}
	}, newModels(200)...)
}

func TestUnknownDeclaredModelsReadTheWholeRegistry(t *testing.T) {
	runStory(t, func(w *fixture) {
		w.declareModels()
		w.provider.declaredModels = func(context.Context, Key) (DeclaredModels, error) {
			return DeclaredModels{}, fmt.Errorf("the cache is not there")
		}
		w.ensureConnection()
		wantRequests(t, w, 0, "", "", "")
	}, newModels(600)...)
}
