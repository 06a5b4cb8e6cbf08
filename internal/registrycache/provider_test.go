// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package registrycache

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

func rotateSecret(c *ConnectionConfig) { c.Client.Auth = mlflow.BearerAuth{Token: "new"} }

func changeServer(c *ConnectionConfig) { c.Client.URL = "http://other:5000" }

func TestConnectionsWaitForStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithCancel(t.Context())
		server := newFakeServer(clocktesting.NewFakeClock(time.Time{}))
		p := NewProvider(Options{Clock: server.clock})
		p.newLister = func(*mlflow.Client) Lister { return server }
		requireNoError(t, p.Ensure(newsKey, ConnectionConfig{Client: mlflow.Config{URL: "http://mlflow"}}))
		synctest.Wait()
		if pages, _ := server.countRequests(); pages != 0 {
			t.Errorf("%d requests before Start: a standby polls", pages)
		}
		go func() { _ = p.Start(ctx) }()
		synctest.Wait()
		if got := p.State(newsKey); !got.Ready || got.EffectiveInterval != defaultPollInterval {
			t.Errorf("state after Start is %+v, want ready with the default interval", got)
		}
		stop()
		synctest.Wait()
		requireNoError(t, p.Ensure(Key{}, ConnectionConfig{Client: mlflow.Config{URL: "http://late"}}))
		synctest.Wait()
		if p.State(Key{}).Ready {
			t.Error("a connection was polled after the end")
		}
	})
}

func TestUnchangedConfigHasNoEffect(t *testing.T) {
	runStory(t, func(w *fixture) {
		w.connect()
		before, _ := w.server.countRequests()
		w.ensureConnection(func(c *ConnectionConfig) { c.Client.ObserveRequest = func(mlflow.RequestInfo) {} })
		if after, _ := w.server.countRequests(); after != before {
			t.Error("an unchanged connection was polled again")
		}
		wantEvents(t, w)
	})
}

func TestRotatedSecretKeepsTheSnapshot(t *testing.T) {
	runStory(t, func(w *fixture) {
		old := w.connect()
		gate := make(chan struct{})
		w.server.configure(func(s *fakeServer) { s.release = gate })
		w.ensureConnection(rotateSecret)
		if got := championVersion(w.getSnapshot(), "a"); got != "1" {
			t.Errorf("champion is %q while the new client's first list is under way, want 1", got)
		}
		if w.getSnapshot().Client() == old.Client() {
			t.Error("the view still has the old client")
		}
		old.ReportError(mlflow.ErrUnauthenticated)
		w.getSnapshot() // the old credentials failing says nothing about the new
		close(gate)
		wantEvents(t, w, connectionEvent)
	}, newModel("a", "1"))
}

// What was found out of how often a registry can be read stands across a restart and a rotated
// secret, and is looked at again by the next list; not where something else is asked for.
func TestEffectiveIntervalIsInherited(t *testing.T) {
	runStory(t, func(w *fixture) {
		want := func(want time.Duration) {
			t.Helper()
			if got := w.getState().EffectiveInterval; got != want {
				t.Errorf("the interval is %s, want %s", got, want)
			}
		}
		const found = pollInterval * 5 / 4
		remembered := func(c *ConnectionConfig) { c.PreviousInterval = found }
		w.ensureConnection(remembered)
		want(found)
		w.ensureConnection(remembered, rotateSecret)
		want(found)
		w.ensureConnection(remembered, rotateSecret, func(c *ConnectionConfig) { c.DutyCyclePercent = 50 })
		want(pollInterval)
		w.ensureConnection(remembered, changeServer)
		want(pollInterval)
	})
}

func TestRotatedSecretIsRejected(t *testing.T) {
	runStory(t, func(w *fixture) {
		w.connect()
		w.server.failWith(mlflow.ErrUnauthenticated)
		w.ensureConnection(rotateSecret)
		if _, err := w.provider.Get(newsKey); !errors.Is(err, mlflow.ErrUnauthenticated) {
			t.Errorf("Get gives %v, want %v at once", err, mlflow.ErrUnauthenticated)
		}
	})
}

func TestReplacedPollerKeepsTheList(t *testing.T) {
	runStory(t, func(w *fixture) {
		v := w.connect()
		gate := make(chan struct{})
		w.server.configure(func(s *fakeServer) { s.release = gate })
		w.advanceClock(pollInterval) // the old poller's list is held back
		w.server.putModels(newModel("a", "2"))
		w.ensureConnection(rotateSecret)
		close(gate)
		synctest.Wait()
		if got := championVersion(v, "a"); got != "2" {
			t.Errorf("champion is %q, want 2, which the new poller has read", got)
		}
	}, newModel("a", "1"))
}

func TestOtherServerDropsTheSnapshot(t *testing.T) {
	runStory(t, func(w *fixture) {
		w.connect()
		gate := make(chan struct{})
		w.server = newFakeServer(w.clock, newModel("b", "1"))
		w.server.release = gate
		w.ensureConnection(changeServer)
		if _, err := w.provider.Get(newsKey); !errors.Is(err, ErrNotReady) || !errors.Is(err, errFirstListPending) {
			t.Errorf("Get gives %v, want not ready before the other server's first list", err)
		}
		close(gate)
		synctest.Wait()
		got := []string{championVersion(w.getSnapshot(), "a"), championVersion(w.getSnapshot(), "b")}
		if diff := cmp.Diff([]string{"", "1"}, got); diff != "" {
			t.Errorf("champions (-want +got):\n%s", diff)
		}
	}, newModel("a", "1"))
}

func TestRemoveStopsPolling(t *testing.T) {
	runStory(t, func(w *fixture) {
		w.connect()
		w.provider.Remove(newsKey)
		w.provider.Remove(newsKey)
		wantEvents(t, w, connectionEvent)
		if pages := w.countPages(10 * pollInterval); pages != 0 {
			t.Errorf("%d requests for a removed connection", pages)
		}
		if _, err := w.provider.Get(newsKey); !errors.Is(err, ErrNotFound) {
			t.Errorf("Get gives %v, want %v", err, ErrNotFound)
		}
		if diff := cmp.Diff(State{}, w.getState()); diff != "" {
			t.Errorf("state (-want +got):\n%s", diff)
		}
	})
}

func TestRemoveCancelsAList(t *testing.T) {
	runStory(t, func(w *fixture) {
		w.connect()
		w.server.configure(func(s *fakeServer) { s.release = make(chan struct{}) })
		w.advanceClock(pollInterval)
		w.provider.Remove(newsKey)
		wantEvents(t, w, connectionEvent) // and the bubble wants the poller gone
	})
}

func TestInvalidConfigIsNotReady(t *testing.T) {
	runStory(t, func(w *fixture) {
		w.connect()
		err := w.provider.Ensure(newsKey, ConnectionConfig{Client: mlflow.Config{URL: "ftp://mlflow"}})
		if err == nil {
			t.Fatal("Ensure takes an ftp URL")
		}
		if _, got := w.provider.Get(newsKey); !errors.Is(got, ErrNotReady) || !errors.Is(got, err) {
			t.Errorf("Get gives %v, want not ready because %v", got, err)
		}
		if pages := w.countPages(10 * pollInterval); pages != 0 {
			t.Errorf("%d requests with the client that was replaced", pages)
		}
	})
}

func TestNotReadyConnectionRecovers(t *testing.T) {
	runStory(t, func(w *fixture) {
		w.connect()
		missing := errors.New(`secret "mlflow-login" not found`)
		w.provider.MarkNotReady(newsKey, missing)
		w.provider.MarkNotReady(newsKey, errors.New(missing.Error()))
		wantEvents(t, w, connectionEvent)
		if got := w.getState(); got.Ready || !errors.Is(got.Err, missing) {
			t.Errorf("state is %+v, want the cause %v", got, missing)
		}
		w.ensureConnection()
		if got := championVersion(w.getSnapshot(), "a"); got != "1" {
			t.Errorf("champion is %q, want 1", got)
		}
	}, newModel("a", "1"))
}

func TestGetNamesTheConnection(t *testing.T) {
	p := NewProvider(Options{})
	tests := map[string]struct {
		key  Key
		want string
	}{
		"an object's":     {newsKey, "connection is not known: news/mlflow"},
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

func TestServerID(t *testing.T) {
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
			got := ServerID(mlflow.Config{URL: test.url, Workspace: test.workspace})
			if got != test.want {
				t.Errorf("server is %q, want %q", got, test.want)
			}
		})
	}
}
