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

// ownerTagFilter finds the models with our owner tag.
const ownerTagFilter = "tags.owner = 'us'"

func TestFullListIfMostModelsAreDeclared(t *testing.T) {
	runStory(t, func(f *fixture) {
		f.declareModels(sortedNames(newModels(300))...)
		f.ensureConnection()
		wantRequests(t, f, 0, "", "", "")
		f.advanceClock(pollInterval)
		wantRequests(t, f, 0, "", "", "")
	}, newModels(600)...)
}

func TestDeclaredModelsOfALargeRegistryAreReadByName(t *testing.T) {
	runStory(t, func(f *fixture) {
		f.declareModels("m-003", "m-001", "m-002", "m-001", "new")
		const byName = "name IN ('m-001','m-002','m-003','new')"
		f.ensureConnection()
		wantRequests(t, f, 0, "", "", "", byName) // one full list finds out how large it is
		if got := f.getState().ModelCount; got != 3 {
			t.Errorf("%d models, want 3", got)
		}
		f.takeEvents()

		f.server.putModels(newModel("m-002", "2"), newModel("m-500", "2"), newModel("new", "1"))
		f.advanceClock(pollInterval)
		wantRequests(t, f, 0, byName)
		wantEvents(t, f, Event{Key: newsKey, Model: "m-002"}, Event{Key: newsKey, Model: "new"})
		if got := championVersion(f.getSnapshot(), "m-002"); got != "2" {
			t.Errorf("champion is %q, want 2", got)
		}
	}, newModels(1500)...)
}

func TestFewModelsOfALargeRegistryAreReadIndividually(t *testing.T) {
	runStory(t, func(f *fixture) {
		f.declareModels("m-003", "gone")
		f.ensureConnection()
		wantRequests(t, f, 2, "", "", "")
		f.advanceClock(pollInterval)
		wantRequests(t, f, 2)
		f.server.configure(func(s *fakeServer) { s.hidden = map[string]bool{"m-003": true} })
		f.advanceClock(pollInterval)
		if got := f.getState(); !got.Ready {
			t.Errorf("a model with a denied get makes the connection not ready: %v", got.Err)
		}
		f.server.failWith(errDown)
		f.advanceClock(pollInterval)
		if got := f.getState().Err; !errors.Is(got, mlflow.ErrUnreachable) {
			t.Errorf("error is %v, want %v", got, mlflow.ErrUnreachable)
		}
	}, newModels(1500)...)
}

func TestLargeRegistryWithoutDeclaredModelsIsPinged(t *testing.T) {
	runStory(t, func(f *fixture) {
		f.declareModels()
		f.ensureConnection()
		f.server.takeRequests()
		f.advanceClock(pollInterval)
		wantRequests(t, f, 0, "")
		if got := f.getState(); !got.Ready || got.ModelCount != 0 {
			t.Errorf("ready %t with %d models, want ready with none", got.Ready, got.ModelCount)
		}
	}, newModels(1500)...)
}

func TestServerWithoutNameSearchIsSearchedByOwnerTag(t *testing.T) {
	runStory(t, func(f *fixture) {
		f.declareModels("m-001", "m-002", "m-003", "new")
		f.server.configure(func(s *fakeServer) { s.noNameSearch, s.tagged = true, map[string]bool{"m-001": true, "m-002": true} })
		f.ensureConnection()
		wantRequests(t, f, 2, "", "", "", "name IN ('m-001','m-002','m-003','new')", ownerTagFilter)
		if got := f.getState().ModelCount; got != 3 {
			t.Errorf("%d models, want 3", got)
		}
		f.advanceClock(pollInterval)
		wantRequests(t, f, 2, ownerTagFilter) // the search for names is not tried again
	}, newModels(1500)...)
}

// Models without our owner tag cost a get each, which is as much as some rows of a list.
func TestManyUntaggedModelsUseAFullList(t *testing.T) {
	runStory(t, func(f *fixture) {
		f.declareModels(sortedNames(newModels(300))...)
		f.server.configure(func(s *fakeServer) { s.noNameSearch = true })
		f.ensureConnection()
		f.server.takeRequests()
		f.advanceClock(pollInterval)
		wantRequests(t, f, 0, slices.Repeat([]string{""}, 8)...)
		f.advanceClock(pollInterval)
		wantRequests(t, f, 0, slices.Repeat([]string{""}, 8)...) // the next poll does the same
		f.server.configure(func(s *fakeServer) {
			s.tagged = map[string]bool{}
			for _, m := range newModels(300) {
				s.tagged[m.Name] = true
			}
		})
		f.advanceClock(serverInfoInterval) // after which the poller measures the registry again
		f.server.takeRequests()
		f.advanceClock(pollInterval)
		wantRequests(t, f, 0, ownerTagFilter, ownerTagFilter)
	}, newModels(1500)...)
}

func TestSizeIsMeasuredAgainWhenMoreIsDeclared(t *testing.T) {
	runStory(t, func(f *fixture) {
		f.declareModels("m-001", "m-002", "m-003")
		f.ensureConnection()
		f.server.takeRequests()
		f.declared = sortedNames(newModels(600))
		f.advanceClock(pollInterval)
		filters, _ := f.server.takeRequests()
		if got := strings.Join(filters, "|"); got != strings.Repeat("|", 7) {
			t.Errorf("lists %q, want the full registry in 8 pages", got)
		}
		f.declared = f.declared[:3]
		f.advanceClock(pollInterval)
		wantRequests(t, f, 0, "name IN ('m-000','m-001','m-002')") // its size is known
	}, newModels(1500)...)
}

func TestSearchMethodIsDetectedAgain(t *testing.T) {
	runStory(t, func(f *fixture) {
		f.declareModels("m-001", "m-002", "m-003")
		f.server.configure(func(s *fakeServer) { s.noNameSearch = true })
		f.ensureConnection()
		f.server.configure(func(s *fakeServer) { s.noNameSearch = false })
		f.server.takeRequests()
		f.advanceClock(serverInfoInterval)
		wantRequests(t, f, 0, "", "", "", "name IN ('m-001','m-002','m-003')")
	}, newModels(1500)...)
}

func TestNamesThatCannotBeQuotedAreReadIndividually(t *testing.T) {
	const quoted = `it's "it"`
	runStory(t, func(f *fixture) {
		f.declareModels("m-001", "m-002", "m-003", quoted)
		f.ensureConnection()
		wantRequests(t, f, 1, "", "", "", "name IN ('m-001','m-002','m-003')")
		if got := championVersion(f.getSnapshot(), quoted); got != "7" {
			t.Errorf("champion is %q, want 7", got)
		}
	}, append(newModels(1500), newModel(quoted, "7"))...)
}

// Models that a list lacks are missing, and the connection is still ready.
func TestUnlistedModelsAreMissing(t *testing.T) {
	runStory(t, func(f *fixture) {
		f.declareModels(sortedNames(newModels(100))...)
		snapshot := f.connect()
		hidden := map[string]bool{}
		for _, m := range newModels(50) {
			hidden[m.Name] = true
		}
		f.server.configure(func(s *fakeServer) { s.hidden = hidden })
		f.advanceClock(pollInterval)
		if got := f.getState(); !got.Ready || got.MissingModels != 0 {
			t.Errorf("ready %t, %d missing; want ready and none missing yet: reconcilers had no time to get them", got.Ready, got.MissingModels)
		}
		if got := len(f.takeEvents()); got != 50 {
			t.Errorf("%d events, want one for each of the 50 unlisted models", got)
		}
		snapshot.Remove("m-000")                          // a get finds it deleted
		f.declared = f.declared[2:]                       // two are no longer declared
		updateAndNotify(snapshot, newModel("m-002", "1")) // and a get finds one
		f.takeEvents()
		f.advanceClock(pollInterval)
		if got := f.getState().MissingModels; got != 47 {
			t.Errorf("%d missing, want 47", got)
		}
		f.server.configure(func(s *fakeServer) { s.hidden = nil })
		f.advanceClock(pollInterval)
		if got := f.getState().MissingModels; got != 0 {
			t.Errorf("%d missing, want none: they are listed again", got)
		}
	}, newModels(200)...)
}

func TestUnknownDeclaredModelsReadTheWholeRegistry(t *testing.T) {
	runStory(t, func(f *fixture) {
		f.declareModels()
		f.provider.declaredModels = func(context.Context, Key) (DeclaredModels, error) {
			return DeclaredModels{}, fmt.Errorf("the cache has not started")
		}
		f.ensureConnection()
		wantRequests(t, f, 0, "", "", "")
	}, newModels(600)...)
}
