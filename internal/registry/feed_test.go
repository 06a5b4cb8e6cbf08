// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package registry

import (
	"testing"
	"time"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
)

// slow is a registry that is read every 90 s: two pages of 4.5 s.
func slow(s *fakeServer) { s.perPage = 4500 * time.Millisecond }

func version(model, number string, updated entities.Timestamp) *entities.ModelVersion {
	return &entities.ModelVersion{Name: model, Version: number, LastUpdatedTimestamp: updated}
}

// updated is a model as it is after a version was registered at that time.
func updated(name, champion string, at entities.Timestamp) *entities.RegisteredModel {
	m := model(name, champion)
	m.LastUpdatedTimestamp = at
	return m
}

func (w *world) feeds() int {
	w.server.mu.Lock()
	defer w.server.mu.Unlock()
	return w.server.feeds
}

func TestFeedShortensTheWaitForVersions(t *testing.T) {
	play(t, func(w *world) {
		w.server.set(slow)
		v := w.connected()
		w.server.requestsOf()
		w.server.put(updated("m-001", "1", 2000), updated("m-002", "1", 2000))
		w.server.set(func(s *fakeServer) {
			s.newest = []*entities.ModelVersion{version("m-001", "9", 2000), version("m-002", "9", 1000), version("m-001", "8", 1000)}
		})
		w.advance(interval)
		wantRequests(t, w, 2)
		wantEvents(t, w, Event{Key: news, Model: "m-001"}, Event{Key: news, Model: "m-002"})
		if m, _ := v.Model("m-001"); m.LastUpdatedTimestamp != 2000 {
			t.Errorf("the view shows the model of %d", m.LastUpdatedTimestamp)
		}

		w.advance(interval) // nothing new
		wantRequests(t, w, 0)
		wantEvents(t, w)
		w.advance(interval)
		wantRequests(t, w, 0, "", "")
		if got := w.feeds(); got != 2 {
			t.Errorf("%d feeds between two lists, want 2", got)
		}
	}, many(300)...)
}

// MLflow may date a version after its model, which is then never as young as the version.
func TestFeedReadsAModelOncePerVersion(t *testing.T) {
	play(t, func(w *world) {
		w.server.set(slow)
		w.connected()
		w.server.requestsOf()
		w.server.set(func(s *fakeServer) { s.newest = []*entities.ModelVersion{version("m-001", "9", 2000)} })
		w.advance(interval)
		wantRequests(t, w, 1)
		w.advance(interval)
		wantRequests(t, w, 0)
		wantEvents(t, w)
	}, many(300)...)
}

func TestFeedReadsOnlyOurs(t *testing.T) {
	play(t, func(w *world) {
		w.declare(namesOf(many(200))...)
		w.server.set(slow)
		w.connected()
		w.server.requestsOf()
		w.server.set(func(s *fakeServer) {
			s.newest = []*entities.ModelVersion{version("m-299", "9", 2000), version("m-001", "9", 2000)}
		})
		w.advance(interval)
		wantRequests(t, w, 1)
	}, many(300)...)
}

// A server before 3.17 can't search for the names that the feed brings.
func TestFeedOfAServerThatKnowsNoNames(t *testing.T) {
	play(t, func(w *world) {
		w.server.set(slow)
		w.connected()
		w.server.requestsOf()
		var changed []*entities.ModelVersion
		for _, name := range []string{"m-001", "m-002", "m-003"} {
			w.server.put(updated(name, "1", 2000))
			changed = append(changed, version(name, "9", 2000))
		}
		w.server.set(func(s *fakeServer) { s.nameless, s.newest = true, changed })
		w.advance(interval)
		wantEvents(t, w, Event{Key: news, Model: "m-001"}, Event{Key: news, Model: "m-002"}, Event{Key: news, Model: "m-003"})
		if _, gets := w.server.requestsOf(); gets != 3 {
			t.Errorf("%d gets, want 3", gets)
		}
		for range 6 {
			w.advance(interval)
		}
		if got := w.feeds(); got < 2 {
			t.Errorf("%d feeds, want another one after the next list", got)
		}
	}, many(300)...)
}

func TestSmallRegistryNeedsNoFeed(t *testing.T) {
	play(t, func(w *world) {
		w.connected()
		for range 10 {
			w.advance(interval)
		}
		if got := w.feeds(); got != 0 {
			t.Errorf("%d feeds of a registry that is read as often as asked", got)
		}
	}, many(300)...)
}

// A feed that fails says nothing of the connection: a list does.
func TestFeedThatFailsIsGivenUp(t *testing.T) {
	play(t, func(w *world) {
		w.server.set(slow)
		w.connected()
		w.server.set(func(s *fakeServer) { s.feedErr = mlflow.ErrServer })
		w.advance(interval)
		wantEvents(t, w)
		if !w.state().Ready {
			t.Error("the connection is not ready, since its feed failed")
		}
		if lists := w.pagesIn(firstRetry); lists != 2 {
			t.Errorf("%d pages after the feed failed, want the list at once", lists)
		}
		for range 6 {
			w.advance(interval)
		}
		if got := w.feeds(); got != 1 {
			t.Errorf("%d feeds, want no other after the one that failed", got)
		}
		if !w.state().FeedFails {
			t.Error("nobody is told that the newest versions can't be read")
		}
	}, many(300)...)
}

// It is told until a feed succeeds, and does not come and go with each attempt.
func TestFeedThatSucceedsAgain(t *testing.T) {
	play(t, func(w *world) {
		w.server.set(slow)
		w.connected()
		w.server.set(func(s *fakeServer) { s.feedErr = mlflow.ErrServer })
		w.advance(interval)
		feeds := w.feeds()
		for w.feeds() == feeds {
			if !w.state().FeedFails {
				t.Fatal("it is not told any more, though no feed succeeded")
			}
			w.server.set(func(s *fakeServer) { s.feedErr = nil })
			w.advance(interval)
		}
		if w.state().FeedFails {
			t.Error("it is still told, though a feed succeeded")
		}
	}, many(300)...)
}

func TestFeedIsPaidFor(t *testing.T) {
	play(t, func(w *world) {
		w.server.set(slow)
		w.server.set(func(s *fakeServer) { s.perFeed = 2 * time.Second })
		w.connected()
		w.advance(interval)
		before := w.feeds()
		w.advance(39 * time.Second)
		if got := w.feeds(); got != before {
			t.Error("another feed before its pause had passed")
		}
		for w.state().EffectiveInterval == 90*time.Second {
			w.advance(interval)
		}
		if got := w.state().EffectiveInterval; got != 110*time.Second {
			t.Errorf("effective interval is %s, want 110 s: a list of 9 s and a feed of 2 s", got)
		}
	}, many(300)...)
}
