// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package registrycache

import (
	"context"
	"testing"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/mlflowtest"
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

// updateAndNotify is what a pass does that has read a model.
func updateAndNotify(v *Snapshot, m *entities.RegisteredModel) {
	if v.Update(m) {
		v.Notify(m.Name, "")
	}
}

// The whole way once, over a socket and with the client: a tag that a person sets
// wakes its model, and a get says the same as the list.
func TestSnapshotOfAServer(t *testing.T) {
	server := mlflowtest.Start(mlflowtest.Options{})
	defer server.Close()
	person := server.User()
	requireNoError(t, person.CreateModel(t.Context(), "a", map[string]string{"team": "nlp"}))
	provider, seen := startProvider(t)
	// Only the test asks for polls after the first.
	config := ConnectionConfig{Client: mlflow.Config{URL: server.URL}, PollInterval: time.Hour}
	requireNoError(t, provider.Ensure(newsKey, config))
	v := waitUntilReady(t, provider, seen)

	requireNoError(t, person.SetModelTag(t.Context(), "a", "team", "vision"))
	provider.PollNow(newsKey)
	listed, _ := v.Model("a")
	for listed.Tags["team"] != "vision" {
		<-seen // of the model, or of the whole connection if that was still to be told
		listed, _ = v.Model("a")
	}
	got, err := v.Client().GetRegisteredModel(t.Context(), "a")
	requireNoError(t, err)
	if !equalModels(listed, got) {
		t.Errorf("the list says %+v, the get %+v", listed, got)
	}
	if v.ServerInfo().Version == "" {
		t.Error("the server's version is not known")
	}
}

// startProvider starts a provider for the time of the test, and a source.
func startProvider(t *testing.T) (*Provider, <-chan Event) {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	provider, seen, stopped := NewProvider(Options{}), make(chan Event, 100), make(chan error)
	src := provider.Source("test", func(_ context.Context, e Event) []reconcile.Request {
		seen <- e
		return nil
	})
	requireNoError(t, src.Start(ctx, nil))
	go func() { stopped <- provider.Start(ctx) }()
	t.Cleanup(func() {
		stop()
		requireNoError(t, <-stopped)
	})
	return provider, seen
}

// waitUntilReady waits for the event that says so.
func waitUntilReady(t *testing.T, provider *Provider, seen <-chan Event) *Snapshot {
	t.Helper()
	for range seen {
		if v, err := provider.Get(newsKey); err == nil {
			return v
		}
	}
	return nil
}
