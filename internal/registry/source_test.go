// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package registry

import (
	"context"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/controller-runtime/pkg/controller/priorityqueue"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
)

func TestPendingTakesEachEventOnce(t *testing.T) {
	other := Key{Namespace: "sport", Name: "mlflow"}
	tests := map[string]struct {
		added, want []Event
	}{
		"nothing":                {},
		"one event twice is one": {[]Event{{Key: news, Model: "a"}, {Key: news, Model: "a"}}, []Event{{Key: news, Model: "a"}}},
		"in order": {
			[]Event{{Key: other, Model: "a"}, {Key: news, Model: "b"}, {Key: news, Model: "a"}},
			[]Event{{Key: news, Model: "a"}, {Key: news, Model: "b"}, {Key: other, Model: "a"}},
		},
		"everything includes the state":       {[]Event{itsState, everything}, []Event{everything}},
		"the state includes no model":         {[]Event{{Key: news, Model: "a"}, itsState}, []Event{itsState, {Key: news, Model: "a"}}},
		"everything includes each":            {[]Event{{Key: news, Model: "a"}, everything, {Key: news, Model: "b"}}, []Event{everything}},
		"everything of one is not of another": {[]Event{everything, {Key: other, Model: "a"}}, []Event{everything, {Key: other, Model: "a"}}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			p := newPending()
			p.add(test.added...)
			if diff := cmp.Diff(test.want, p.take()); diff != "" {
				t.Errorf("taken (-want +got):\n%s", diff)
			}
			if again := p.take(); again != nil {
				t.Errorf("taken again: %v", again)
			}
		})
	}
}

func TestLateSourceGetsWhatItMissed(t *testing.T) {
	play(t, func(w *world) {
		w.connected()
		ctx, leave := context.WithCancel(w.t.Context())
		w.listen(ctx)
		wantEvents(t, w, everything)
		leave()
		synctest.Wait()
		w.provider.Remove(news)
		wantEvents(t, w, everything) // of the first source; the second has left
	})
}

// A controller that is slow to map holds up neither the poller nor its own news.
func TestSlowSourceBlocksNobody(t *testing.T) {
	play(t, func(w *world) {
		v := w.connected()
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
			w.server.put(model("a", version))
			w.advance(interval)
		}
		if champion(v, "a") != "4" {
			t.Error("the poller waited for a slow source")
		}
		close(slow)
		synctest.Wait()
		if diff := cmp.Diff([]Event{everything, {Key: news, Model: "a"}}, got); diff != "" {
			t.Errorf("events (-want +got):\n%s", diff)
		}
	}, model("a", "1"))
}

func TestSourceFillsTheQueue(t *testing.T) {
	play(t, func(w *world) {
		w.connected()
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
		w.server.put(model("a", "2"))
		w.advance(interval)

		first, priority, _ := q.GetWithPriority()
		if first.Name != "of a" || priority != 0 {
			t.Errorf("first is %q with %d, want the changed model before the connection", first.Name, priority)
		}
		second, priority, _ := q.GetWithPriority()
		if second.Name != "of " || priority != handler.LowPriority {
			t.Errorf("second is %q with %d, want the connection with %d", second.Name, priority, handler.LowPriority)
		}
	}, model("a", "1"))
}
