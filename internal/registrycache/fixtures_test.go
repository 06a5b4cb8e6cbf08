// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package registrycache

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
	clocktesting "k8s.io/utils/clock/testing"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m)
}

const pollInterval = 30 * time.Second

var (
	newsKey = Key{Namespace: "news", Name: "mlflow"}
	// connectionEvent is the event of a connection that changed as a whole.
	connectionEvent = Event{Key: newsKey}
	// stateEvent is the event of a connection whose models need not know.
	stateEvent = Event{Key: newsKey, StateOnly: true}
)

// fixture is a running Provider with one source, one server and a clock of its own.
type fixture struct {
	t        *testing.T
	clock    *clocktesting.FakeClock
	provider *Provider
	server   *fakeServer
	received chan Event
	polls    chan Poll
	// declared are the declared models; nil is that nobody tells.
	declared []string
	stop     context.CancelFunc
}

// runStory runs a story. When it ends everything is stopped, and the bubble fails the
// test if a goroutine is left.
func runStory(t *testing.T, story func(*fixture), models ...*entities.RegisteredModel) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := newFixture(t, models...)
		story(w)
		w.stop()
		synctest.Wait()
	})
}

func newFixture(t *testing.T, models ...*entities.RegisteredModel) *fixture {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	clock := clocktesting.NewFakeClock(time.Date(2026, 5, 3, 12, 0, 0, 0, time.UTC))
	w := &fixture{t: t, clock: clock, stop: stop, received: make(chan Event, 10_000), polls: make(chan Poll, 10_000)}
	w.server = newFakeServer(clock, models...)
	w.provider = NewProvider(Options{Clock: clock, ObservePoll: func(l Poll) { w.polls <- l }})
	w.provider.jitter = func(pause time.Duration) time.Duration { return pause }
	w.provider.newLister = func(*mlflow.Client) Lister { return w.server }
	w.startSource(ctx)
	go func() { _ = w.provider.Start(ctx) }()
	synctest.Wait()
	return w
}

// startSource starts a source that writes down what it is told.
func (w *fixture) startSource(ctx context.Context) {
	w.t.Helper()
	src := w.provider.Source("test", func(_ context.Context, e Event) []reconcile.Request {
		w.received <- e
		return nil
	})
	if err := src.Start(ctx, nil); err != nil {
		w.t.Fatal(err)
	}
}

// ensureConnection takes the connection into the world, or changes it.
func (w *fixture) ensureConnection(change ...func(*ConnectionConfig)) {
	w.t.Helper()
	config := ConnectionConfig{Client: mlflow.Config{URL: "http://mlflow:5000"}, PollInterval: pollInterval}
	for _, c := range change {
		c(&config)
	}
	if err := w.provider.Ensure(newsKey, config); err != nil {
		w.t.Fatal(err)
	}
	synctest.Wait()
}

// connect is the world with a first list read and its events taken.
func (w *fixture) connect() *Snapshot {
	w.t.Helper()
	w.ensureConnection()
	w.takeEvents()
	return w.getSnapshot()
}

// declareModels tells the poller which models are ours.
func (w *fixture) declareModels(names ...string) {
	w.declared = names
	w.provider.declaredModels = func(context.Context, Key) (DeclaredModels, error) {
		return DeclaredModels{Names: slices.Clone(w.declared), Filter: ownerTagFilter}, nil
	}
}

func (w *fixture) advanceClock(d time.Duration) {
	w.clock.Step(d)
	synctest.Wait()
}

func (w *fixture) getSnapshot() *Snapshot {
	w.t.Helper()
	v, err := w.provider.Get(newsKey)
	if err != nil {
		w.t.Fatal(err)
	}
	return v
}

func (w *fixture) getState() State {
	return w.provider.State(newsKey)
}

// takeEvents takes what was seen since the last time.
func (w *fixture) takeEvents() []Event {
	synctest.Wait()
	var events []Event
	for range len(w.received) {
		events = append(events, <-w.received)
	}
	return events
}

// countPages counts the pages that are asked for while d passes.
func (w *fixture) countPages(d time.Duration) int {
	before, _ := w.server.countRequests()
	w.advanceClock(d)
	after, _ := w.server.countRequests()
	return after - before
}

func wantRequests(t *testing.T, w *fixture, wantGets int, wantFilters ...string) {
	t.Helper()
	filters, gets := w.server.takeRequests()
	if diff := cmp.Diff(wantFilters, filters); diff != "" {
		t.Errorf("filters of the lists (-want +got):\n%s", diff)
	}
	if gets != wantGets {
		t.Errorf("%d gets, want %d", gets, wantGets)
	}
}

func wantEvents(t *testing.T, w *fixture, want ...Event) {
	t.Helper()
	if diff := cmp.Diff(want, w.takeEvents()); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}

func requireNoError(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
