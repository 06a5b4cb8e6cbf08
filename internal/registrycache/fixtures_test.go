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
	// connectionEvent is the event for all objects on the connection.
	connectionEvent = Event{Key: newsKey}
	// stateEvent is the event for the connection alone.
	stateEvent = Event{Key: newsKey, StateOnly: true}
)

// fixture is a running Provider with one source, one server and a fake clock.
type fixture struct {
	t        *testing.T
	clock    *clocktesting.FakeClock
	provider *Provider
	server   *fakeServer
	received chan Event
	polls    chan Poll
	// declared are the declared models; see declareModels.
	declared []string
	stop     context.CancelFunc
}

// runStory runs a story in a synctest bubble and stops the Provider after it. The bubble fails the
// test if a goroutine is left.
func runStory(t *testing.T, story func(*fixture), models ...*entities.RegisteredModel) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t, models...)
		story(f)
		f.stop()
		synctest.Wait()
	})
}

func newFixture(t *testing.T, models ...*entities.RegisteredModel) *fixture {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	clock := clocktesting.NewFakeClock(time.Date(2026, 5, 3, 12, 0, 0, 0, time.UTC))
	f := &fixture{t: t, clock: clock, stop: stop, received: make(chan Event, 10_000), polls: make(chan Poll, 10_000)}
	f.server = newFakeServer(clock, models...)
	f.provider = NewProvider(Options{Clock: clock, ObservePoll: func(p Poll) { f.polls <- p }})
	f.provider.jitter = func(pause time.Duration) time.Duration { return pause }
	f.provider.newLister = func(*mlflow.Client) Lister { return f.server }
	f.startSource(ctx)
	go func() { _ = f.provider.Start(ctx) }()
	synctest.Wait()
	return f
}

// startSource starts a source that records its events.
func (f *fixture) startSource(ctx context.Context) {
	f.t.Helper()
	src := f.provider.Source("test", func(_ context.Context, e Event) []reconcile.Request {
		f.received <- e
		return nil
	})
	if err := src.Start(ctx, nil); err != nil {
		f.t.Fatal(err)
	}
}

// ensureConnection adds the connection, or changes it.
func (f *fixture) ensureConnection(change ...func(*ConnectionConfig)) {
	f.t.Helper()
	config := ConnectionConfig{Client: mlflow.Config{URL: "http://mlflow:5000"}, PollInterval: pollInterval}
	for _, c := range change {
		c(&config)
	}
	if err := f.provider.Ensure(newsKey, config); err != nil {
		f.t.Fatal(err)
	}
	synctest.Wait()
}

// connect adds the connection, waits for the first list, and drops its events.
func (f *fixture) connect() *Snapshot {
	f.t.Helper()
	f.ensureConnection()
	f.takeEvents()
	return f.getSnapshot()
}

// declareModels sets the declared models; without it, all models are in scope.
func (f *fixture) declareModels(names ...string) {
	f.declared = names
	f.provider.declaredModels = func(context.Context, Key) (DeclaredModels, error) {
		return DeclaredModels{Names: slices.Clone(f.declared), Filter: ownerTagFilter}, nil
	}
}

func (f *fixture) advanceClock(d time.Duration) {
	f.clock.Step(d)
	synctest.Wait()
}

func (f *fixture) getSnapshot() *Snapshot {
	f.t.Helper()
	snapshot, err := f.provider.Get(newsKey)
	if err != nil {
		f.t.Fatal(err)
	}
	return snapshot
}

func (f *fixture) getState() State {
	return f.provider.State(newsKey)
}

// takeEvents returns the events since the last call.
func (f *fixture) takeEvents() []Event {
	synctest.Wait()
	var events []Event
	for range len(f.received) {
		events = append(events, <-f.received)
	}
	return events
}

// countPages advances the clock by d and counts the pages that are requested.
func (f *fixture) countPages(d time.Duration) int {
	before, _ := f.server.countRequests()
	f.advanceClock(d)
	after, _ := f.server.countRequests()
	return after - before
}

func wantRequests(t *testing.T, f *fixture, wantGets int, wantFilters ...string) {
	t.Helper()
	filters, gets := f.server.takeRequests()
	if diff := cmp.Diff(wantFilters, filters); diff != "" {
		t.Errorf("filters of the lists (-want +got):\n%s", diff)
	}
	if gets != wantGets {
		t.Errorf("%d gets, want %d", gets, wantGets)
	}
}

func wantEvents(t *testing.T, f *fixture, want ...Event) {
	t.Helper()
	if diff := cmp.Diff(want, f.takeEvents()); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}

func requireNoError(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
