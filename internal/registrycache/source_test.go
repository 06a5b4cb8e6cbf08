// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package registrycache

import (
	"context"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/controller-runtime/pkg/controller/priorityqueue"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
)

func TestEventQueueReturnsEachEventOnce(t *testing.T) {
	other := Key{Namespace: "sport", Name: "mlflow"}
	tests := map[string]struct {
		added, want []Event
	}{
		"no events":        {},
		"a repeated event": {[]Event{{Key: newsKey, Model: "a"}, {Key: newsKey, Model: "a"}}, []Event{{Key: newsKey, Model: "a"}}},
		"sorted": {
			[]Event{{Key: other, Model: "a"}, {Key: newsKey, Model: "b"}, {Key: newsKey, Model: "a"}},
			[]Event{{Key: newsKey, Model: "a"}, {Key: newsKey, Model: "b"}, {Key: other, Model: "a"}},
		},
		"a connection includes its state": {[]Event{stateEvent, connectionEvent}, []Event{connectionEvent}},
		"a state includes no model":       {[]Event{{Key: newsKey, Model: "a"}, stateEvent}, []Event{stateEvent, {Key: newsKey, Model: "a"}}},
		"a connection includes its models": {
			[]Event{{Key: newsKey, Model: "a"}, connectionEvent, {Key: newsKey, Model: "b"}}, []Event{connectionEvent},
		},
		"a connection excludes other models": {
			[]Event{connectionEvent, {Key: other, Model: "a"}}, []Event{connectionEvent, {Key: other, Model: "a"}},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			p := newEventQueue()
			p.addEvents(test.added...)
			if diff := cmp.Diff(test.want, p.takeEvents()); diff != "" {
				t.Errorf("taken (-want +got):\n%s", diff)
			}
			if again := p.takeEvents(); again != nil {
				t.Errorf("taken a second time: %v", again)
			}
		})
	}
}

func TestLateSourceReceivesMissedEvents(t *testing.T) {
	runStory(t, func(f *fixture) {
		f.connect()
		ctx, leave := context.WithCancel(f.t.Context())
		f.startSource(ctx)
		wantEvents(t, f, connectionEvent)
		leave()
		synctest.Wait()
		f.provider.Remove(newsKey)
		wantEvents(t, f, connectionEvent) // to the first source; the second has stopped
	})
}

// A slow MapFunc neither blocks the poller nor loses an event.
func TestSlowSourceDoesNotBlockOthers(t *testing.T) {
	runStory(t, func(f *fixture) {
		snapshot := f.connect()
		ctx, leave := context.WithCancel(f.t.Context())
		defer leave()
		unblock, got := make(chan struct{}), []Event{}
		src := f.provider.Source("slow", func(_ context.Context, e Event) []reconcile.Request {
			<-unblock
			got = append(got, e)
			return nil
		})
		if err := src.Start(ctx, nil); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		for _, version := range []string{"2", "3", "4"} {
			f.server.putModels(newModel("a", version))
			f.advanceClock(pollInterval)
		}
		if championVersion(snapshot, "a") != "4" {
			t.Error("the poller waited for a slow source")
		}
		close(unblock)
		synctest.Wait()
		if diff := cmp.Diff([]Event{connectionEvent, {Key: newsKey, Model: "a"}}, got); diff != "" {
			t.Errorf("events (-want +got):\n%s", diff)
		}
	}, newModel("a", "1"))
}

func TestSourceFillsTheQueue(t *testing.T) {
	runStory(t, func(f *fixture) {
		f.connect()
		q := priorityqueue.New[reconcile.Request]("test")
		defer q.ShutDown()
		src := f.provider.Source("queue", func(_ context.Context, e Event) []reconcile.Request {
			return []reconcile.Request{{NamespacedName: Key{Name: "of " + e.Model}}}
		})
		ctx, leave := context.WithCancel(f.t.Context())
		defer leave()
		if err := src.Start(ctx, q); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		f.server.putModels(newModel("a", "2"))
		f.advanceClock(pollInterval)

		first, priority, _ := q.GetWithPriority()
		if first.Name != "of a" || priority != 0 {
			t.Errorf("first is %q with %d, want the changed model before the connection", first.Name, priority)
		}
		second, priority, _ := q.GetWithPriority()
		if second.Name != "of " || priority != handler.LowPriority {
			t.Errorf("second is %q with %d, want the connection with %d", second.Name, priority, handler.LowPriority)
		}
	}, newModel("a", "1"))
}
