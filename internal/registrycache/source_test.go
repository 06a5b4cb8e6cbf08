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
		"nothing":                {},
		"one event twice is one": {[]Event{{Key: newsKey, Model: "a"}, {Key: newsKey, Model: "a"}}, []Event{{Key: newsKey, Model: "a"}}},
		"in order": {
			[]Event{{Key: other, Model: "a"}, {Key: newsKey, Model: "b"}, {Key: newsKey, Model: "a"}},
			[]Event{{Key: newsKey, Model: "a"}, {Key: newsKey, Model: "b"}, {Key: other, Model: "a"}},
		},
		"everything includes the state":       {[]Event{stateEvent, connectionEvent}, []Event{connectionEvent}},
		"the state includes no model":         {[]Event{{Key: newsKey, Model: "a"}, stateEvent}, []Event{stateEvent, {Key: newsKey, Model: "a"}}},
		"everything includes each":            {[]Event{{Key: newsKey, Model: "a"}, connectionEvent, {Key: newsKey, Model: "b"}}, []Event{connectionEvent}},
		"everything of one is not of another": {[]Event{connectionEvent, {Key: other, Model: "a"}}, []Event{connectionEvent, {Key: other, Model: "a"}}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			p := newEventQueue()
			p.addEvents(test.added...)
			if diff := cmp.Diff(test.want, p.takeEvents()); diff != "" {
				t.Errorf("taken (-want +got):\n%s", diff)
			}
			if again := p.takeEvents(); again != nil {
				t.Errorf("taken again: %v", again)
			}
		})
	}
}

func TestLateSourceReceivesMissedEvents(t *testing.T) {
	runStory(t, func(w *fixture) {
		w.connect()
		ctx, leave := context.WithCancel(w.t.Context())
		w.startSource(ctx)
		wantEvents(t, w, connectionEvent)
		leave()
		synctest.Wait()
		w.provider.Remove(newsKey)
		wantEvents(t, w, connectionEvent) // of the first source; the second has left
	})
}

// A controller that is slow to map holds up neither the poller nor its own news.
func TestSlowSourceDoesNotBlockOthers(t *testing.T) {
	runStory(t, func(w *fixture) {
		v := w.connect()
		ctx, leave := context.WithCancel(w.t.Context())
		defer leave()
		slow, got := make(chan struct{}), []Event{}
		src := w.provider.Source("slow", func(_ context.Context, e Event) []reconcile.Request {
			<-slow
			got = append(got, e)
			return nil
		})
		if err := src.Start(ctx, nil); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		for _, version := range []string{"2", "3", "4"} {
			w.server.putModels(newModel("a", version))
			w.advanceClock(pollInterval)
		}
		if championVersion(v, "a") != "4" {
			t.Error("the poller waited for a slow source")
		}
		close(slow)
		synctest.Wait()
		if diff := cmp.Diff([]Event{connectionEvent, {Key: newsKey, Model: "a"}}, got); diff != "" {
			t.Errorf("events (-want +got):\n%s", diff)
		}
	}, newModel("a", "1"))
}

func TestSourceFillsTheQueue(t *testing.T) {
	runStory(t, func(w *fixture) {
		w.connect()
		q := priorityqueue.New[reconcile.Request]("test")
		defer q.ShutDown()
		src := w.provider.Source("queue", func(_ context.Context, e Event) []reconcile.Request {
			return []reconcile.Request{{NamespacedName: Key{Name: "of " + e.Model}}}
		})
		ctx, leave := context.WithCancel(w.t.Context())
		defer leave()
		if err := src.Start(ctx, q); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		w.server.putModels(newModel("a", "2"))
		w.advanceClock(pollInterval)

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
