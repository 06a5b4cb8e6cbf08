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
	runStory(t, func(f *fixture) {
		snapshot := f.connect()
		gate := make(chan struct{})
		f.server.configure(func(s *fakeServer) { s.release = gate })
		f.advanceClock(pollInterval) // the list has read champion 1 and is blocked

		f.server.putModels(newModel("a", "2"))
		updateAndNotify(snapshot, newModel("a", "2"))
		wantEvents(t, f, Event{Key: newsKey, Model: "a"})
		close(gate)
		wantEvents(t, f)
		if got := championVersion(snapshot, "a"); got != "2" {
			t.Errorf("champion is %q, want 2: the list is older than the update", got)
		}

		f.server.putModels(newModel("a", "3"))
		f.advanceClock(pollInterval)
		wantEvents(t, f, Event{Key: newsKey, Model: "a"})
		if got := championVersion(snapshot, "a"); got != "3" {
			t.Errorf("champion is %q, want 3: this list is newer", got)
		}
	}, newModel("a", "1"))
}

func TestRemoveWinsOverAnOlderList(t *testing.T) {
	runStory(t, func(f *fixture) {
		snapshot := f.connect()
		gate := make(chan struct{})
		f.server.configure(func(s *fakeServer) { s.release = gate })
		f.advanceClock(pollInterval)

		f.server.dropModel("a")
		snapshot.Remove("a")
		wantEvents(t, f, Event{Key: newsKey, Model: "a"})
		close(gate)
		wantEvents(t, f)
		if _, seen := snapshot.Model("a"); seen {
			t.Error("an older list restored a removed model")
		}
	}, newModel("a", "1"))
}

func TestUpdateReportsChangesOnly(t *testing.T) {
	runStory(t, func(f *fixture) {
		snapshot := f.connect()
		updateAndNotify(snapshot, newModel("a", "1"))
		snapshot.Remove("b")
		wantEvents(t, f)
		updateAndNotify(snapshot, newModel("a", "2"))
		f.server.putModels(newModel("a", "2"))
		wantEvents(t, f, Event{Key: newsKey, Model: "a"})
		f.advanceClock(pollInterval)
		wantEvents(t, f) // the list is equal to the update
	}, newModel("a", "1"))
}

// MLflow omits prompts from lists and returns them to gets. A snapshot that accepted the
// get would change with every poll.
func TestPromptIsRemoved(t *testing.T) {
	runStory(t, func(f *fixture) {
		snapshot := f.connect()
		prompt := newModel("a", "1")
		prompt.Tags = map[string]string{"mlflow.prompt.is_prompt": "true"}
		f.server.dropModel("a")
		updateAndNotify(snapshot, prompt)
		wantEvents(t, f, Event{Key: newsKey, Model: "a"})
		f.advanceClock(pollInterval)
		updateAndNotify(snapshot, prompt)
		f.advanceClock(pollInterval)
		wantEvents(t, f)
		if _, seen := snapshot.Model("a"); seen {
			t.Error("the snapshot shows a prompt")
		}
	}, newModel("a", "1"))
}

// updateAndNotify does what a reconcile does after a get.
func updateAndNotify(snapshot *Snapshot, m *entities.RegisteredModel) {
	if snapshot.Update(m) {
		snapshot.Notify(m.Name, "")
	}
}

// End to end, over a socket and with the real client: a tag that a person sets
// sends an event for its model, and a get returns the same as the list.
func TestSnapshotOfAServer(t *testing.T) {
	server := mlflowtest.Start(mlflowtest.Options{})
	defer server.Close()
	person := server.User()
	requireNoError(t, person.CreateModel(t.Context(), "a", map[string]string{"team": "nlp"}))
	provider, seen := startProvider(t)
	// Only the test starts polls after the first.
	config := ConnectionConfig{Client: mlflow.Config{URL: server.URL}, PollInterval: time.Hour}
	requireNoError(t, provider.Ensure(newsKey, config))
	snapshot := waitUntilReady(t, provider, seen)

	requireNoError(t, person.SetModelTag(t.Context(), "a", "team", "vision"))
	provider.PollNow(newsKey)
	listed, _ := snapshot.Model("a")
	for listed.Tags["team"] != "vision" {
		<-seen // of the model, or of the whole connection if that is still pending
		listed, _ = snapshot.Model("a")
	}
	got, err := snapshot.Client().GetRegisteredModel(t.Context(), "a")
	requireNoError(t, err)
	if !equalModels(listed, got) {
		t.Errorf("the list returns %+v, the get %+v", listed, got)
	}
	if snapshot.ServerInfo().Version == "" {
		t.Error("the version of the server is empty")
	}
}

// startProvider starts a provider and a source, and stops both after the test.
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

// waitUntilReady waits for an event after which the connection is ready.
func waitUntilReady(t *testing.T, provider *Provider, seen <-chan Event) *Snapshot {
	t.Helper()
	for range seen {
		if snapshot, err := provider.Get(newsKey); err == nil {
			return snapshot
		}
	}
	return nil
}
