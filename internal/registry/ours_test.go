// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package registry

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
)

// markFilter finds the models that carry our mark.
const markFilter = "tags.mark = 'ours'"

// requestsOf are what the server was asked since the last time: the filters of its lists,
// and the number of gets.
func (s *fakeServer) requestsOf() (filters []string, gets int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	filters, gets = s.filters, s.gets
	s.filters, s.gets = nil, 0
	return filters, gets
}

func wantRequests(t *testing.T, w *world, wantGets int, wantFilters ...string) {
	t.Helper()
	filters, gets := w.server.requestsOf()
	if diff := cmp.Diff(wantFilters, filters); diff != "" {
		t.Errorf("filters of the lists (-want +got):\n%s", diff)
	}
	if gets != wantGets {
		t.Errorf("%d gets, want %d", gets, wantGets)
	}
}

func TestWholeListWhereMostIsOurs(t *testing.T) {
	play(t, func(w *world) {
		w.declare(namesOf(many(300))...)
		w.ensure()
		wantRequests(t, w, 0, "", "", "")
		w.advance(interval)
		wantRequests(t, w, 0, "", "", "")
	}, many(600)...)
}

func TestPartOfALargeRegistryIsReadByName(t *testing.T) {
	play(t, func(w *world) {
		w.declare("m-003", "m-001", "m-002", "m-001", "new")
		const byName = "name IN ('m-001','m-002','m-003','new')"
		w.ensure()
		wantRequests(t, w, 0, "", "", "", byName) // how large it is has to be found out once
		if got := w.state().Models; got != 3 {
			t.Errorf("%d models are seen, want 3", got)
		}
		w.events()

		w.server.put(model("m-002", "2"), model("m-500", "2"), model("new", "1"))
		w.advance(interval)
		wantRequests(t, w, 0, byName)
		wantEvents(t, w, Event{Key: news, Model: "m-002"}, Event{Key: news, Model: "new"})
		if got := champion(w.view(), "m-002"); got != "2" {
			t.Errorf("champion is %q, want 2", got)
		}
	}, many(1500)...)
}

func TestOneOrTwoOfALargeRegistryAreReadByThemselves(t *testing.T) {
	play(t, func(w *world) {
		w.declare("m-003", "gone")
		w.ensure()
		wantRequests(t, w, 2, "", "", "")
		w.advance(interval)
		wantRequests(t, w, 2)
		w.server.set(func(s *fakeServer) { s.hidden = map[string]bool{"m-003": true} })
		w.advance(interval)
		if got := w.state(); !got.Ready {
			t.Errorf("a model that may not be read makes the connection not ready: %v", got.Err)
		}
		w.server.fail(errDown)
		w.advance(interval)
		if got := w.state().Err; !errors.Is(got, mlflow.ErrUnreachable) {
			t.Errorf("error is %v, want %v", got, mlflow.ErrUnreachable)
		}
	}, many(1500)...)
}

func TestNothingOfALargeRegistryIsOnePing(t *testing.T) {
	play(t, func(w *world) {
		w.declare()
		w.ensure()
		w.server.requestsOf()
		w.advance(interval)
		wantRequests(t, w, 0, "")
		if got := w.state(); !got.Ready || got.Models != 0 {
			t.Errorf("ready %t with %d models, want ready with none", got.Ready, got.Models)
		}
	}, many(1500)...)
}

func TestServerThatKnowsNoNamesIsAskedForOurMark(t *testing.T) {
	play(t, func(w *world) {
		w.declare("m-001", "m-002", "m-003", "new")
		w.server.set(func(s *fakeServer) { s.nameless, s.marked = true, map[string]bool{"m-001": true, "m-002": true} })
		w.ensure()
		wantRequests(t, w, 2, "", "", "", "name IN ('m-001','m-002','m-003','new')", markFilter)
		if got := w.state().Models; got != 3 {
			t.Errorf("%d models are seen, want 3", got)
		}
		w.advance(interval)
		wantRequests(t, w, 2, markFilter) // it need not be told twice
	}, many(1500)...)
}

// Models without our mark cost a get each, which is as much as some rows of a list.
func TestManyGetsAreWorthTheWholeList(t *testing.T) {
	play(t, func(w *world) {
		w.declare(namesOf(many(300))...)
		w.server.set(func(s *fakeServer) { s.nameless = true })
		w.ensure()
		w.server.requestsOf()
		w.advance(interval)
		wantRequests(t, w, 0, slices.Repeat([]string{""}, 8)...)
		w.advance(interval)
		wantRequests(t, w, 0, slices.Repeat([]string{""}, 8)...) // it stays with it
		w.server.set(func(s *fakeServer) {
			s.marked = map[string]bool{}
			for _, m := range many(300) {
				s.marked[m.Name] = true
			}
		})
		w.advance(identifyInterval) // how it is best read is found out again
		w.server.requestsOf()
		w.advance(interval)
		wantRequests(t, w, 0, markFilter, markFilter)
	}, many(1500)...)
}

func TestSizeIsFoundOutAgainWhenMoreIsDeclared(t *testing.T) {
	play(t, func(w *world) {
		w.declare("m-001", "m-002", "m-003")
		w.ensure()
		w.server.requestsOf()
		w.ours = namesOf(many(600))
		w.advance(interval)
		filters, _ := w.server.requestsOf()
		if got := strings.Join(filters, "|"); got != strings.Repeat("|", 7) {
			t.Errorf("lists %q, want the whole registry in 8 pages", got)
		}
		w.ours = w.ours[:3]
		w.advance(interval)
		wantRequests(t, w, 0, "name IN ('m-000','m-001','m-002')") // its size is known now
	}, many(1500)...)
}

func TestWayIsFoundOutAgainNowAndThen(t *testing.T) {
	play(t, func(w *world) {
		w.declare("m-001", "m-002", "m-003")
		w.server.set(func(s *fakeServer) { s.nameless = true })
		w.ensure()
		w.server.set(func(s *fakeServer) { s.nameless = false })
		w.server.requestsOf()
		w.advance(identifyInterval)
		wantRequests(t, w, 0, "", "", "", "name IN ('m-001','m-002','m-003')")
	}, many(1500)...)
}

func TestNameThatNoFilterCanExpressIsReadByItself(t *testing.T) {
	const quoted = `it's "it"`
	play(t, func(w *world) {
		w.declare("m-001", "m-002", "m-003", quoted)
		w.ensure()
		wantRequests(t, w, 1, "", "", "", "name IN ('m-001','m-002','m-003')")
		if got := champion(w.view(), quoted); got != "7" {
			t.Errorf("champion is %q, want 7", got)
		}
	}, append(many(1500), model(quoted, "7"))...)
}

// A list in which most of our models are missing says nothing but that.
func TestModelsThatAListLacksAreMissed(t *testing.T) {
	play(t, func(w *world) {
		w.declare(namesOf(many(100))...)
		v := w.connected()
		hidden := map[string]bool{}
		for _, m := range many(50) {
			hidden[m.Name] = true
		}
		w.server.set(func(s *fakeServer) { s.hidden = hidden })
		w.advance(interval)
		if got := w.state(); !got.Ready || got.Missed != 0 {
			t.Errorf("ready %t, %d missed; want ready and none missed yet: there was no time to ask", got.Ready, got.Missed)
		}
		if got := len(w.events()); got != 50 {
			t.Errorf("%d events, want one for each of the 50 that are not shown", got)
		}
		v.Forget("m-000")                // a get says that it is gone
		w.ours = w.ours[2:]              // and two are not declared any more
		remember(v, model("m-002", "1")) // and one is there
		w.events()
		w.advance(interval)
		if got := w.state().Missed; got != 47 {
			t.Errorf("%d missed, want 47", got)
		}
		w.server.set(func(s *fakeServer) { s.hidden = nil })
		w.advance(interval)
		if got := w.state().Missed; got != 0 {
			t.Errorf("%d missed, want none: they are shown again", got)
		}
	}, many(200)...)
}

func namesOf(models []*entities.RegisteredModel) []string {
	var names []string
	for _, m := range models {
		names = append(names, m.Name)
	}
	return names
}

func TestDeclaredModelsThatCantBeFoundOutAreAll(t *testing.T) {
	play(t, func(w *world) {
		w.declare()
		w.provider.declared = func(context.Context, Key) (Ours, error) { return Ours{}, fmt.Errorf("the cache is not there") }
		w.ensure()
		wantRequests(t, w, 0, "", "", "")
	}, many(600)...)
}
