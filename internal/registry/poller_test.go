// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package registry

import (
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
)

var errDown = fmt.Errorf("registered-models/search: %w", mlflow.ErrUnreachable)

func TestFirstListMakesReady(t *testing.T) {
	play(t, func(w *world) {
		gate := make(chan struct{})
		w.server.set(func(s *fakeServer) { s.gate = gate })
		w.ensure()
		wantEvents(t, w, everything) // it is known
		if w.state().Ready {
			t.Error("ready before the first list was read")
		}
		close(gate)
		wantEvents(t, w, everything) // it is ready
		want := State{
			Known: true, Ready: true, Since: w.clock.Now(), Server: "http://mlflow:5000",
			ServerInfo: mlflow.ServerInfo{Version: "3.17.2"}, EffectiveInterval: interval, Models: 1, ListedAt: w.clock.Now(),
		}
		if diff := cmp.Diff(want, w.state()); diff != "" {
			t.Errorf("state (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(map[Key]State{news: want}, w.provider.States()); diff != "" {
			t.Errorf("states (-want +got):\n%s", diff)
		}
		if got := champion(w.view(), "a"); got != "7" {
			t.Errorf("champion is %q, want 7", got)
		}
	}, model("a", "7"))
}

func TestListReadsAllPages(t *testing.T) {
	play(t, func(w *world) {
		w.ensure()
		if pages, _ := w.server.asked(); pages != 3 {
			t.Errorf("%d pages for 401 models, want 3", pages)
		}
		if got := w.state().Models; got != 401 {
			t.Errorf("%d models, want 401", got)
		}
	}, many(401)...)
}

func TestIdleMeansIdle(t *testing.T) {
	play(t, func(w *world) {
		v := w.connected()
		before, _ := v.Model("m-000")
		_, infos := w.server.asked()
		for range 100 {
			if pages := w.pagesIn(interval); pages != 2 {
				t.Fatalf("an idle poll of 300 models took %d requests, want 2", pages)
			}
		}
		wantEvents(t, w)
		if _, now := w.server.asked(); now != infos {
			t.Errorf("an idle poll asks for the server's info")
		}
		if after, _ := v.Model("m-000"); after != before {
			t.Error("an unchanged model changed its pointer")
		}
	}, many(300)...)
}

func TestChangesWakeTheirModelsOnly(t *testing.T) {
	play(t, func(w *world) {
		v := w.connected()
		w.server.put(model("b", "2"), model("d", "1"))
		w.server.drop("c")
		w.advance(interval)
		wantEvents(t, w, Event{Key: news, Model: "b"}, Event{Key: news, Model: "c"}, Event{Key: news, Model: "d"})
		got := []string{champion(v, "a"), champion(v, "b"), champion(v, "c"), champion(v, "d")}
		if diff := cmp.Diff([]string{"1", "2", "", "1"}, got); diff != "" {
			t.Errorf("champions (-want +got):\n%s", diff)
		}
	}, model("a", "1"), model("b", "1"), model("c", "1"))
}

func TestFailureAndRecovery(t *testing.T) {
	play(t, func(w *world) {
		w.connected()
		w.server.fail(errDown)
		w.server.put(model("a", "2"))
		w.advance(interval)
		wantEvents(t, w, itsState)
		_, err := w.provider.Get(news)
		if !errors.Is(err, ErrNotReady) || !errors.Is(err, mlflow.ErrUnreachable) {
			t.Errorf("Get gives %v, want not ready because unreachable", err)
		}

		w.server.fail(nil)
		w.advance(firstRetry)
		wantEvents(t, w, everything)
		if got := champion(w.view(), "a"); got != "2" {
			t.Errorf("champion is %q after the recovery, want 2", got)
		}
		if _, infos := w.server.asked(); infos != 2 {
			t.Errorf("the server was asked %d times what it is, want 2: at the start and after the failure", infos)
		}
	}, model("a", "1"))
}

// A server that restarts is no news to thousands of objects: what they told stands until
// the outage has lasted.
func TestOutageIsToldOnceItLasts(t *testing.T) {
	play(t, func(w *world) {
		w.connected()
		w.server.fail(errDown)
		w.advance(interval)
		wantEvents(t, w, itsState)
		for range 4 { // 1, 2, 4 and 8 s: the retries of the first quarter of a minute
			if !w.state().Unsettled {
				t.Fatal("the outage is settled, 15 s after it began")
			}
			w.advance(8 * time.Second)
		}
		wantEvents(t, w, everything)
		if w.state().Unsettled {
			t.Error("the outage is not settled, half a minute after it began")
		}
		w.advance(interval)
		wantEvents(t, w)
		w.server.fail(nil)
		w.advance(interval)
		wantEvents(t, w, everything)
		if got := w.state(); !got.Ready || got.Unsettled {
			t.Errorf("ready %t, unsettled %t after the recovery", got.Ready, got.Unsettled)
		}
	})
}

// A broken list may be followed by a long rest, and a failed request by none at all.
func TestOutageIsToldInTime(t *testing.T) {
	for name, begin := range map[string]func(*world, *View){
		"after a list that broke late": func(w *world, _ *View) {
			w.server.set(slow)
			w.server.set(func(s *fakeServer) { s.err, s.failFrom = errDown, 1 })
			w.advance(interval)
		},
		"between two seldom lists": func(w *world, v *View) {
			w.server.fail(errDown)
			v.Blame(errDown)
		},
	} {
		t.Run(name, func(t *testing.T) {
			play(t, func(w *world) {
				v := w.connected()
				begin(w, v)
				wantEvents(t, w, itsState)
				w.advance(defaultGrace - time.Second)
				if !w.state().Unsettled {
					t.Error("the outage is settled too early")
				}
				w.events()
				w.advance(time.Second)
				if w.state().Unsettled {
					t.Error("the outage is not settled in time")
				}
				wantEvents(t, w, everything)
			}, many(300)...)
		})
	}
}

func TestListCutShortLeavesTheOldSnapshot(t *testing.T) {
	play(t, func(w *world) {
		v := w.connected()
		w.server.put(model("m-000", "2"))
		w.server.set(func(s *fakeServer) { s.err, s.failFrom = errDown, 1 })
		w.advance(interval)
		if got := champion(v, "m-000"); got != "1" {
			t.Errorf("champion is %q, want the old 1: the list did not end", got)
		}
		if got := champion(v, "m-299"); got != "1" {
			t.Errorf("champion is %q, want 1: a page that failed says nothing", got)
		}
		wantEvents(t, w, itsState)
	}, many(300)...)
}

func TestListWithoutEndIsAFailure(t *testing.T) {
	play(t, func(w *world) {
		w.server.set(func(s *fakeServer) { s.repeat = true })
		w.ensure()
		if got := w.state().Err; !errors.Is(got, errEndless) {
			t.Errorf("error is %v, want %v", got, errEndless)
		}
		if pages, _ := w.server.asked(); pages != maxPages {
			t.Errorf("%d pages were read, want %d", pages, maxPages)
		}
	}, model("a", "1"))
}

func TestServerIsAskedWhatItIsNowAndThen(t *testing.T) {
	tests := map[string]struct {
		change     func(*fakeServer)
		wantEvents []Event
		want       string
	}{
		"it is the same":            {change: func(*fakeServer) {}, want: "3.17.2"},
		"it was replaced":           {change: func(s *fakeServer) { s.info.Version = "3.5.1" }, wantEvents: []Event{itsState}, want: "3.5.1"},
		"it does not tell any more": {change: func(s *fakeServer) { s.infoErr = mlflow.ErrNotMLflow }, want: "3.17.2"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			play(t, func(w *world) {
				w.connected()
				w.server.set(test.change)
				for range 3 * int(identifyInterval/interval) {
					w.advance(interval)
				}
				wantEvents(t, w, test.wantEvents...)
				if _, infos := w.server.asked(); infos != 4 {
					t.Errorf("the server was asked %d times in three hours, want 4", infos)
				}
				if got := w.state().ServerInfo.Version; got != test.want {
					t.Errorf("version is %q, want %q", got, test.want)
				}
			})
		})
	}
}

func TestBackoffDoublesUpToTheInterval(t *testing.T) {
	play(t, func(w *world) {
		w.server.fail(errDown)
		w.ensure()
		w.events()
		for _, pause := range []time.Duration{1, 2, 4, 8, 16, 30, 30} {
			pause *= time.Second
			if early := w.pagesIn(pause - 1); early != 0 {
				t.Errorf("tried again before %s", pause)
			}
			if onTime := w.pagesIn(1); onTime != 1 {
				t.Errorf("%d requests after %s, want 1", onTime, pause)
			}
		}
		wantEvents(t, w, everything) // once it has lasted; a failure that repeats is no news
	})
}

func TestOtherFailureIsNews(t *testing.T) {
	play(t, func(w *world) {
		w.server.fail(errDown)
		w.ensure()
		w.events()
		w.server.fail(mlflow.ErrUnauthenticated)
		w.advance(firstRetry)
		wantEvents(t, w, itsState)
		if got := w.state().Err; !errors.Is(got, mlflow.ErrUnauthenticated) {
			t.Errorf("error is %v, want %v", got, mlflow.ErrUnauthenticated)
		}
	})
}

func TestDutyIsBounded(t *testing.T) {
	play(t, func(w *world) {
		w.server.set(func(s *fakeServer) { s.perPage = 4500 * time.Millisecond })
		w.ensure() // two pages: 9 s
		if got := w.state().EffectiveInterval; got != 90*time.Second {
			t.Errorf("effective interval is %s, want 90s", got)
		}
		if early := w.pagesIn(interval) + w.pagesIn(interval) + w.pagesIn(29*time.Second); early != 0 {
			t.Error("asked again before ten times the list had passed")
		}
		if onTime := w.pagesIn(time.Second); onTime != 2 {
			t.Errorf("%d pages after the pause, want 2", onTime)
		}
	}, many(300)...)
}

func TestBrokenListIsPaidForToo(t *testing.T) {
	play(t, func(w *world) {
		w.server.set(func(s *fakeServer) { s.perPage, s.err, s.failFrom = 2*time.Second, errDown, 1 })
		w.ensure()
		if early := w.pagesIn(19 * time.Second); early != 0 {
			t.Error("asked again before ten times the answered page had passed")
		}
		if onTime := w.pagesIn(time.Second); onTime != 2 {
			t.Errorf("%d pages after the pause, want 2", onTime)
		}
	}, many(300)...)
}

func TestPollNow(t *testing.T) {
	play(t, func(w *world) {
		w.connected()
		before, _ := w.server.asked()
		w.provider.PollNow(news)
		synctest.Wait()
		if after, _ := w.server.asked(); after != before+1 {
			t.Errorf("%d requests, want 1", after-before)
		}
	})
}

func wantEvents(t *testing.T, w *world, want ...Event) {
	t.Helper()
	if diff := cmp.Diff(want, w.events()); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}

func many(n int) []*entities.RegisteredModel {
	models := make([]*entities.RegisteredModel, 0, n)
	for i := range n {
		models = append(models, model(fmt.Sprintf("m-%03d", i), "1"))
	}
	return models
}
