// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package registry

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
func TestViewOfAServer(t *testing.T) {
	server := mlflowtest.Start(mlflowtest.Options{})
	defer server.Close()
	person := server.User()
	must(t, person.CreateModel(t.Context(), "a", map[string]string{"team": "nlp"}))
	provider, seen := serve(t)
	// Only the test asks for polls after the first.
	config := ConnectionConfig{Client: mlflow.Config{URL: server.URL}, PollInterval: time.Hour}
	must(t, provider.Ensure(news, config))
	v := ready(t, provider, seen)

	must(t, person.SetModelTag(t.Context(), "a", "team", "vision"))
	provider.PollNow(news)
	listed, _ := v.Model("a")
	for listed.Tags["team"] != "vision" {
		<-seen // of the model, or of the whole connection if that was still to be told
		listed, _ = v.Model("a")
	}
	got, err := v.Client().GetRegisteredModel(t.Context(), "a")
	must(t, err)
	if !equal(listed, got) {
		t.Errorf("the list says %+v, the get %+v", listed, got)
	}
	if v.ServerInfo().Version == "" {
		t.Error("the server's version is not known")
	}
}

// serve starts a provider for the time of the test, and a source.
func serve(t *testing.T) (*Provider, <-chan Event) {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	provider, seen, stopped := NewProvider(Options{}), make(chan Event, 100), make(chan error)
	src := provider.Source("test", func(_ context.Context, e Event) []reconcile.Request {
		seen <- e
		return nil
	})
	must(t, src.Start(ctx, nil))
	go func() { stopped <- provider.Start(ctx) }()
	t.Cleanup(func() {
		stop()
		must(t, <-stopped)
	})
	return provider, seen
}

// ready waits for the event that says so.
func ready(t *testing.T, provider *Provider, seen <-chan Event) *View {
	t.Helper()
	for range seen {
		if v, err := provider.Get(news); err == nil {
			return v
		}
	}
	return nil
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
