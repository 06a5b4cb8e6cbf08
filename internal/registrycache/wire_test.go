// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package registrycache

import (
	"context"
	"testing"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/mlflowtest"
)

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

func requireNoError(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
