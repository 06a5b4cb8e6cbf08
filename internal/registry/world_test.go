// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package registry

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	clocktesting "k8s.io/utils/clock/testing"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
)

const interval = 30 * time.Second

var (
	news = Key{Namespace: "news", Name: "mlflow"}
	// everything is the event of a connection that changed as a whole.
	everything = Event{Key: news}
	// itsState is the event of a connection whose models need not know.
	itsState = Event{Key: news, StateOnly: true}
)

// world is a running Provider with one source, one server and a clock of its own.
type world struct {
	t        *testing.T
	clock    *clocktesting.FakeClock
	provider *Provider
	server   *fakeServer
	seen     chan Event
	looks    chan Look
	// ours are the declared models; nil is that nobody tells.
	ours []string
	stop context.CancelFunc
}

// play runs a story. When it ends everything is stopped, and the bubble fails the
// test if a goroutine is left.
func play(t *testing.T, story func(*world), models ...*entities.RegisteredModel) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, models...)
		story(w)
		w.stop()
		synctest.Wait()
	})
}

func newWorld(t *testing.T, models ...*entities.RegisteredModel) *world {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	clock := clocktesting.NewFakeClock(time.Date(2026, 5, 3, 12, 0, 0, 0, time.UTC))
	w := &world{t: t, clock: clock, stop: stop, seen: make(chan Event, 10_000), looks: make(chan Look, 10_000)}
	w.server = newFakeServer(clock, models...)
	w.provider = NewProvider(Options{Clock: clock, Observe: func(l Look) { w.looks <- l }})
	w.provider.jitter = func(pause time.Duration) time.Duration { return pause }
	w.provider.listerOf = func(*mlflow.Client) Lister { return w.server }
	w.listen(ctx)
	go func() { _ = w.provider.Start(ctx) }()
	synctest.Wait()
	return w
}

// listen starts a source that writes down what it is told.
func (w *world) listen(ctx context.Context) {
	w.t.Helper()
	src := w.provider.Source("test", func(_ context.Context, e Event) []reconcile.Request {
		w.seen <- e
		return nil
	})
	if err := src.Start(ctx, nil); err != nil {
		w.t.Fatal(err)
	}
}

// ensure takes the connection into the world, or changes it.
func (w *world) ensure(change ...func(*ConnectionConfig)) {
	w.t.Helper()
	config := ConnectionConfig{Client: mlflow.Config{URL: "http://mlflow:5000"}, PollInterval: interval}
	for _, c := range change {
		c(&config)
	}
	if err := w.provider.Ensure(news, config); err != nil {
		w.t.Fatal(err)
	}
	synctest.Wait()
}

// connected is the world with a first list read and its events taken.
func (w *world) connected() *View {
	w.t.Helper()
	w.ensure()
	w.events()
	return w.view()
}

// declare tells the poller which models are ours.
func (w *world) declare(names ...string) {
	w.ours = names
	w.provider.declared = func(context.Context, Key) (Ours, error) {
		return Ours{Names: slices.Clone(w.ours), Filter: markFilter}, nil
	}
}

func (w *world) advance(d time.Duration) {
	w.clock.Step(d)
	synctest.Wait()
}

func (w *world) view() *View {
	w.t.Helper()
	v, err := w.provider.Get(news)
	if err != nil {
		w.t.Fatal(err)
	}
	return v
}

func (w *world) state() State {
	return w.provider.State(news)
}

// events takes what was seen since the last time.
func (w *world) events() []Event {
	synctest.Wait()
	var events []Event
	for range len(w.seen) {
		events = append(events, <-w.seen)
	}
	return events
}

// pagesIn counts the pages that are asked for while d passes.
func (w *world) pagesIn(d time.Duration) int {
	before, _ := w.server.asked()
	w.advance(d)
	after, _ := w.server.asked()
	return after - before
}
