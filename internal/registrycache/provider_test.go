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

func TestConnectionsWaitForStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithCancel(t.Context())
		server := newFakeServer(clocktesting.NewFakeClock(time.Time{}))
		p := NewProvider(Options{Clock: server.clock})
		p.newLister = func(*mlflow.Client) Lister { return server }
		requireNoError(t, p.Ensure(newsKey, ConnectionConfig{Client: mlflow.Config{URL: "http://mlflow"}}))
		synctest.Wait()
		if pages, _ := server.countRequests(); pages != 0 {
			t.Errorf("%d requests before Start, want none from a standby", pages)
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
			t.Error("a connection was polled after Start returned")
		}
	})
}

func TestReplacedPollerKeepsTheList(t *testing.T) {
	runStory(t, func(f *fixture) {
		snapshot := f.connect()
		gate := make(chan struct{})
		f.server.configure(func(s *fakeServer) { s.release = gate })
		f.advanceClock(pollInterval) // the list of the old poller is blocked
		f.server.putModels(newModel("a", "2"))
		f.ensureConnection(rotateSecret)
		close(gate)
		synctest.Wait()
		if got := championVersion(snapshot, "a"); got != "2" {
			t.Errorf("champion is %q, want 2 from the list of the new poller", got)
		}
	}, newModel("a", "1"))
}

func TestRemoveStopsPolling(t *testing.T) {
	runStory(t, func(f *fixture) {
		f.connect()
		f.provider.Remove(newsKey)
		f.provider.Remove(newsKey)
		wantEvents(t, f, connectionEvent)
		if pages := f.countPages(10 * pollInterval); pages != 0 {
			t.Errorf("%d requests for a removed connection", pages)
		}
		if _, err := f.provider.Get(newsKey); !errors.Is(err, ErrNotFound) {
			t.Errorf("Get gives %v, want %v", err, ErrNotFound)
		}
		if diff := cmp.Diff(State{}, f.getState()); diff != "" {
			t.Errorf("state (-want +got):\n%s", diff)
		}
	})
}

func TestRemoveCancelsAList(t *testing.T) {
	runStory(t, func(f *fixture) {
		f.connect()
		f.server.configure(func(s *fakeServer) { s.release = make(chan struct{}) })
		f.advanceClock(pollInterval)
		f.provider.Remove(newsKey)
		wantEvents(t, f, connectionEvent) // and the bubble fails if the poller runs
	})
}

func TestInvalidConfigIsNotReady(t *testing.T) {
	runStory(t, func(f *fixture) {
		f.connect()
		err := f.provider.Ensure(newsKey, ConnectionConfig{Client: mlflow.Config{URL: "ftp://mlflow"}})
		if err == nil {
			t.Fatal("Ensure accepts an ftp URL")
		}
		if _, got := f.provider.Get(newsKey); !errors.Is(got, ErrNotReady) || !errors.Is(got, err) {
			t.Errorf("Get gives %v, want not ready because %v", got, err)
		}
		if pages := f.countPages(10 * pollInterval); pages != 0 {
			t.Errorf("%d requests with the client that was replaced", pages)
		}
	})
}

func TestNotReadyConnectionRecovers(t *testing.T) {
	runStory(t, func(f *fixture) {
		f.connect()
		missing := errors.New(`secret "mlflow-login" not found`)
		f.provider.MarkNotReady(newsKey, missing)
		f.provider.MarkNotReady(newsKey, errors.New(missing.Error()))
		wantEvents(t, f, connectionEvent)
		if got := f.getState(); got.Ready || !errors.Is(got.Err, missing) {
			t.Errorf("state is %+v, want the cause %v", got, missing)
		}
		f.ensureConnection()
		if got := championVersion(f.getSnapshot(), "a"); got != "1" {
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
		"a key":        {newsKey, "connection is not known: news/mlflow"},
		"the zero key": {Key{}, "connection is not known: the operator's default connection"},
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
