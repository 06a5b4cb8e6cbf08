// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package registry

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	clocktesting "k8s.io/utils/clock/testing"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
)

func rotated(c *ConnectionConfig) { c.Client.Auth = mlflow.BearerAuth{Token: "new"} }

func elsewhere(c *ConnectionConfig) { c.Client.URL = "http://other:5000" }

func TestConnectionsWaitForStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithCancel(t.Context())
		server := newFakeServer(clocktesting.NewFakeClock(time.Time{}))
		p := NewProvider(Options{Clock: server.clock})
		p.listerOf = func(*mlflow.Client) Lister { return server }
		must(t, p.Ensure(news, ConnectionConfig{Client: mlflow.Config{URL: "http://mlflow"}}))
		synctest.Wait()
		if pages, _ := server.asked(); pages != 0 {
			t.Errorf("%d requests before Start: a standby polls", pages)
		}
		go func() { _ = p.Start(ctx) }()
		synctest.Wait()
		if got := p.State(news); !got.Ready || got.EffectiveInterval != defaultPollInterval {
			t.Errorf("state after Start is %+v, want ready with the default interval", got)
		}
		stop()
		synctest.Wait()
		must(t, p.Ensure(Key{}, ConnectionConfig{Client: mlflow.Config{URL: "http://late"}}))
		synctest.Wait()
		if p.State(Key{}).Ready {
			t.Error("a connection was polled after the end")
		}
	})
}

func TestSameConfigChangesNothing(t *testing.T) {
	play(t, func(w *world) {
		w.connected()
		before, _ := w.server.asked()
		w.ensure(func(c *ConnectionConfig) { c.Client.Observe = func(mlflow.RequestInfo) {} })
		if after, _ := w.server.asked(); after != before {
			t.Error("an unchanged connection was polled again")
		}
		wantEvents(t, w)
	})
}

func TestRotatedSecretKeepsTheSnapshot(t *testing.T) {
	play(t, func(w *world) {
		old := w.connected()
		gate := make(chan struct{})
		w.server.set(func(s *fakeServer) { s.gate = gate })
		w.ensure(rotated)
		if got := champion(w.view(), "a"); got != "1" {
			t.Errorf("champion is %q while the new client's first list is under way, want 1", got)
		}
		if w.view().Client() == old.Client() {
			t.Error("the view still has the old client")
		}
		old.Blame(mlflow.ErrUnauthenticated)
		w.view() // the old credentials failing says nothing about the new
		close(gate)
		wantEvents(t, w, everything)
	}, model("a", "1"))
}

// What was found out of how often a registry can be read stands across a restart and a rotated
// secret, and is looked at again by the next list; not where something else is asked for.
func TestIntervalStandsWhereNothingElseIsAsked(t *testing.T) {
	play(t, func(w *world) {
		want := func(want time.Duration) {
			t.Helper()
			if got := w.state().EffectiveInterval; got != want {
				t.Errorf("the interval is %s, want %s", got, want)
			}
		}
		const found = interval * 5 / 4
		remembered := func(c *ConnectionConfig) { c.LastInterval = found }
		w.ensure(remembered)
		want(found)
		w.ensure(remembered, rotated)
		want(found)
		w.ensure(remembered, rotated, func(c *ConnectionConfig) { c.DutyPercent = 50 })
		want(interval)
		w.ensure(remembered, elsewhere)
		want(interval)
	})
}

func TestRotatedSecretThatIsWrong(t *testing.T) {
	play(t, func(w *world) {
		w.connected()
		w.server.fail(mlflow.ErrUnauthenticated)
		w.ensure(rotated)
		if _, err := w.provider.Get(news); !errors.Is(err, mlflow.ErrUnauthenticated) {
			t.Errorf("Get gives %v, want %v at once", err, mlflow.ErrUnauthenticated)
		}
	})
}

func TestReplacedPollerLosesNoList(t *testing.T) {
	play(t, func(w *world) {
		v := w.connected()
		gate := make(chan struct{})
		w.server.set(func(s *fakeServer) { s.gate = gate })
		w.advance(interval) // the old poller's list is held back
		w.server.put(model("a", "2"))
		w.ensure(rotated)
		close(gate)
		synctest.Wait()
		if got := champion(v, "a"); got != "2" {
			t.Errorf("champion is %q, want 2, which the new poller has read", got)
		}
	}, model("a", "1"))
}

func TestOtherServerDropsTheSnapshot(t *testing.T) {
	play(t, func(w *world) {
		w.connected()
		gate := make(chan struct{})
		w.server = newFakeServer(w.clock, model("b", "1"))
		w.server.gate = gate
		w.ensure(elsewhere)
		if _, err := w.provider.Get(news); !errors.Is(err, ErrNotReady) || !errors.Is(err, errFirstList) {
			t.Errorf("Get gives %v, want not ready before the other server's first list", err)
		}
		close(gate)
		synctest.Wait()
		got := []string{champion(w.view(), "a"), champion(w.view(), "b")}
		if diff := cmp.Diff([]string{"", "1"}, got); diff != "" {
			t.Errorf("champions (-want +got):\n%s", diff)
		}
	}, model("a", "1"))
}

func TestRemoveStopsPolling(t *testing.T) {
	play(t, func(w *world) {
		w.connected()
		w.provider.Remove(news)
		w.provider.Remove(news)
		wantEvents(t, w, everything)
		if pages := w.pagesIn(10 * interval); pages != 0 {
			t.Errorf("%d requests for a removed connection", pages)
		}
		if _, err := w.provider.Get(news); !errors.Is(err, ErrNotFound) {
			t.Errorf("Get gives %v, want %v", err, ErrNotFound)
		}
		if diff := cmp.Diff(State{}, w.state()); diff != "" {
			t.Errorf("state (-want +got):\n%s", diff)
		}
	})
}

func TestRemoveDuringAListEndsIt(t *testing.T) {
	play(t, func(w *world) {
		w.connected()
		w.server.set(func(s *fakeServer) { s.gate = make(chan struct{}) })
		w.advance(interval)
		w.provider.Remove(news)
		wantEvents(t, w, everything) // and the bubble wants the poller gone
	})
}

func TestConfigWithoutAClientIsRejected(t *testing.T) {
	play(t, func(w *world) {
		w.connected()
		err := w.provider.Ensure(news, ConnectionConfig{Client: mlflow.Config{URL: "ftp://mlflow"}})
		if err == nil {
			t.Fatal("Ensure takes an ftp URL")
		}
		if _, got := w.provider.Get(news); !errors.Is(got, ErrNotReady) || !errors.Is(got, err) {
			t.Errorf("Get gives %v, want not ready because %v", got, err)
		}
		if pages := w.pagesIn(10 * interval); pages != 0 {
			t.Errorf("%d requests with the client that was replaced", pages)
		}
	})
}

func TestRejectedConnectionComesBack(t *testing.T) {
	play(t, func(w *world) {
		w.connected()
		missing := errors.New(`secret "mlflow-login" not found`)
		w.provider.Reject(news, missing)
		w.provider.Reject(news, errors.New(missing.Error()))
		wantEvents(t, w, everything)
		if got := w.state(); got.Ready || !errors.Is(got.Err, missing) {
			t.Errorf("state is %+v, want the cause %v", got, missing)
		}
		w.ensure()
		if got := champion(w.view(), "a"); got != "1" {
			t.Errorf("champion is %q, want 1", got)
		}
	}, model("a", "1"))
}

func TestGetNamesTheConnection(t *testing.T) {
	p := NewProvider(Options{})
	tests := map[string]struct {
		key  Key
		want string
	}{
		"an object's":     {news, "connection is not known: news/mlflow"},
		"the environment": {Key{}, "connection is not known: the operator's default connection"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := p.Get(test.key)
			if diff := cmp.Diff(test.want, err.Error()); diff != "" {
				t.Errorf("error (-want +got):\n%s", diff)
			}
		})
	}
}

func TestServerIdentity(t *testing.T) {
	tests := map[string]struct {
		url, workspace, want string
	}{
		"as it is":                         {url: "http://mlflow:5000/ml", want: "http://mlflow:5000/ml"},
		"a slash at the end":               {url: "http://mlflow:5000/", want: "http://mlflow:5000"},
		"letter case of host and scheme":   {url: "HTTP://MLflow:5000/Ml", want: "http://mlflow:5000/Ml"},
		"the default port":                 {url: "https://mlflow:443", want: "https://mlflow"},
		"a port that is another's default": {url: "https://mlflow:80", want: "https://mlflow:80"},
		"a workspace":                      {url: "http://mlflow", workspace: "team a", want: "http://mlflow?workspace=team+a"},
		"the workspace that none means":    {url: "http://mlflow", workspace: "default", want: "http://mlflow"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got := ServerOf(mlflow.Config{URL: test.url, Workspace: test.workspace})
			if got != test.want {
				t.Errorf("server is %q, want %q", got, test.want)
			}
		})
	}
}
