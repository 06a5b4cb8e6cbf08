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
	runStory(t, func(f *fixture) {
		f.connect()
		before, _ := f.server.countRequests()
		f.ensureConnection(func(c *ConnectionConfig) { c.Client.ObserveRequest = func(mlflow.RequestInfo) {} })
		if after, _ := f.server.countRequests(); after != before {
			t.Error("an unchanged connection was polled again")
		}
		wantEvents(t, f)
	})
}

func TestRotatedSecretKeepsTheSnapshot(t *testing.T) {
	runStory(t, func(f *fixture) {
		old := f.connect()
		gate := make(chan struct{})
		f.server.configure(func(s *fakeServer) { s.release = gate })
		f.ensureConnection(rotateSecret)
		if got := championVersion(f.getSnapshot(), "a"); got != "1" {
			t.Errorf("champion is %q while the first list of the new client has not ended, want 1", got)
		}
		if f.getSnapshot().Client() == old.Client() {
			t.Error("the snapshot still has the old client")
		}
		old.ReportError(mlflow.ErrUnauthenticated)
		f.getSnapshot() // an error with the old credentials does not affect the new ones
		close(gate)
		wantEvents(t, f, connectionEvent)
	}, newModel("a", "1"))
}

// The interval that earlier polls found survives a restart and a rotated Secret, and the next list adjusts
// it. It does not survive another requested interval, duty cycle or server.
func TestEffectiveIntervalIsInherited(t *testing.T) {
	runStory(t, func(f *fixture) {
		want := func(want time.Duration) {
			t.Helper()
			if got := f.getState().EffectiveInterval; got != want {
				t.Errorf("the interval is %s, want %s", got, want)
			}
		}
		const previous = pollInterval * 5 / 4
		withPrevious := func(c *ConnectionConfig) { c.PreviousInterval = previous }
		f.ensureConnection(withPrevious)
		want(previous)
		f.ensureConnection(withPrevious, rotateSecret)
		want(previous)
		f.ensureConnection(withPrevious, rotateSecret, func(c *ConnectionConfig) { c.DutyCyclePercent = 50 })
		want(pollInterval)
		f.ensureConnection(withPrevious, changeServer)
		want(pollInterval)
	})
}

func TestRotatedSecretIsRejected(t *testing.T) {
	runStory(t, func(f *fixture) {
		f.connect()
		f.server.failWith(mlflow.ErrUnauthenticated)
		f.ensureConnection(rotateSecret)
		if _, err := f.provider.Get(newsKey); !errors.Is(err, mlflow.ErrUnauthenticated) {
			t.Errorf("Get gives %v, want %v at once", err, mlflow.ErrUnauthenticated)
		}
	})
}

func TestOtherServerDropsTheSnapshot(t *testing.T) {
	runStory(t, func(f *fixture) {
		f.connect()
		gate := make(chan struct{})
		f.server = newFakeServer(f.clock, newModel("b", "1"))
		f.server.release = gate
		f.ensureConnection(changeServer)
		if _, err := f.provider.Get(newsKey); !errors.Is(err, ErrNotReady) || !errors.Is(err, errFirstListPending) {
			t.Errorf("Get gives %v, want not ready before the other server's first list", err)
		}
		close(gate)
		synctest.Wait()
		got := []string{championVersion(f.getSnapshot(), "a"), championVersion(f.getSnapshot(), "b")}
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
