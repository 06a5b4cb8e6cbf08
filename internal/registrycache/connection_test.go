// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package registrycache

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
)

func rotateSecret(c *ConnectionConfig) { c.Client.Auth = mlflow.BearerAuth{Token: "new"} }

func changeServer(c *ConnectionConfig) { c.Client.URL = "http://other:5000" }

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
