// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package registrycache

import (
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
)

var errDown = fmt.Errorf("registered-models/search: %w", mlflow.ErrUnreachable)

func TestFirstListMakesTheConnectionReady(t *testing.T) {
	runStory(t, func(w *fixture) {
		gate := make(chan struct{})
		w.server.configure(func(s *fakeServer) { s.release = gate })
		w.ensureConnection()
		wantEvents(t, w, connectionEvent) // it is known
		if w.getState().Ready {
			t.Error("ready before the first list was read")
		}
		close(gate)
		wantEvents(t, w, connectionEvent) // it is ready
		want := State{
			Known: true, Ready: true, LastTransitionTime: w.clock.Now(), ServerID: "http://mlflow:5000",
			ServerInfo: mlflow.ServerInfo{Version: "3.17.2"}, EffectiveInterval: pollInterval, ModelCount: 1, ListedAt: w.clock.Now(),
		}
		if diff := cmp.Diff(want, w.getState()); diff != "" {
			t.Errorf("state (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(map[Key]State{newsKey: want}, w.provider.States()); diff != "" {
			t.Errorf("states (-want +got):\n%s", diff)
		}
		if got := championVersion(w.getSnapshot(), "a"); got != "7" {
			t.Errorf("champion is %q, want 7", got)
		}
	}, newModel("a", "7"))
}

func TestListReadsAllPages(t *testing.T) {
	runStory(t, func(w *fixture) {
		w.ensureConnection()
		if pages, _ := w.server.countRequests(); pages != 3 {
			t.Errorf("%d pages for 401 models, want 3", pages)
		}
		if got := w.getState().ModelCount; got != 401 {
			t.Errorf("%d models, want 401", got)
		}
	}, newModels(401)...)
}

func TestUnchangedRegistrySendsNoEvents(t *testing.T) {
	runStory(t, func(w *fixture) {
		v := w.connect()
		before, _ := v.Model("m-000")
		_, infos := w.server.countRequests()
		for range 100 {
			if pages := w.countPages(pollInterval); pages != 2 {
				t.Fatalf("an idle poll of 300 models took %d requests, want 2", pages)
			}
		}
		wantEvents(t, w)
		if _, now := w.server.countRequests(); now != infos {
			t.Errorf("an idle poll asks for the server's info")
		}
		if after, _ := v.Model("m-000"); after != before {
			t.Error("an unchanged model changed its pointer")
		}
	}, newModels(300)...)
}

func TestChangesNotifyTheirModelsOnly(t *testing.T) {
	runStory(t, func(w *fixture) {
		v := w.connect()
		w.server.putModels(newModel("b", "2"), newModel("d", "1"))
		w.server.dropModel("c")
		w.advanceClock(pollInterval)
		wantEvents(t, w, Event{Key: newsKey, Model: "b"}, Event{Key: newsKey, Model: "c"}, Event{Key: newsKey, Model: "d"})
		got := []string{championVersion(v, "a"), championVersion(v, "b"), championVersion(v, "c"), championVersion(v, "d")}
		if diff := cmp.Diff([]string{"1", "2", "", "1"}, got); diff != "" {
			t.Errorf("champions (-want +got):\n%s", diff)
		}
	}, newModel("a", "1"), newModel("b", "1"), newModel("c", "1"))
}

func TestInterruptedListKeepsTheOldSnapshot(t *testing.T) {
	runStory(t, func(w *fixture) {
		v := w.connect()
		w.server.putModels(newModel("m-000", "2"))
		w.server.configure(func(s *fakeServer) { s.err, s.failFrom = errDown, 1 })
		w.advanceClock(pollInterval)
		if got := championVersion(v, "m-000"); got != "1" {
			t.Errorf("champion is %q, want the old 1: the list did not end", got)
		}
		if got := championVersion(v, "m-299"); got != "1" {
			t.Errorf("champion is %q, want 1: a page that failed says nothing", got)
		}
		wantEvents(t, w, stateEvent)
	}, newModels(300)...)
}

func TestEndlessListFails(t *testing.T) {
	runStory(t, func(w *fixture) {
		w.server.configure(func(s *fakeServer) { s.endless = true })
		w.ensureConnection()
		if got := w.getState().Err; !errors.Is(got, errEndlessList) {
			t.Errorf("error is %v, want %v", got, errEndlessList)
		}
		if pages, _ := w.server.countRequests(); pages != maxPages {
			t.Errorf("%d pages were read, want %d", pages, maxPages)
		}
	}, newModel("a", "1"))
}

func TestServerInfoIsRefreshed(t *testing.T) {
	tests := map[string]struct {
		change     func(*fakeServer)
		wantEvents []Event
		want       string
	}{
		"it is the same":            {change: func(*fakeServer) {}, want: "3.17.2"},
		"it was replaced":           {change: func(s *fakeServer) { s.info.Version = "3.5.1" }, wantEvents: []Event{stateEvent}, want: "3.5.1"},
		"it does not tell any more": {change: func(s *fakeServer) { s.infoErr = mlflow.ErrNotMLflow }, want: "3.17.2"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			runStory(t, func(w *fixture) {
				w.connect()
				w.server.configure(test.change)
				for range 3 * int(serverInfoInterval/pollInterval) {
					w.advanceClock(pollInterval)
				}
				wantEvents(t, w, test.wantEvents...)
				if _, infos := w.server.countRequests(); infos != 4 {
					t.Errorf("the server was asked %d times in three hours, want 4", infos)
				}
				if got := w.getState().ServerInfo.Version; got != test.want {
					t.Errorf("version is %q, want %q", got, test.want)
				}
			})
		})
	}
}

func TestBackoffDoublesUpToTheInterval(t *testing.T) {
	runStory(t, func(w *fixture) {
		w.server.failWith(errDown)
		w.ensureConnection()
		w.takeEvents()
		for _, pause := range []time.Duration{1, 2, 4, 8, 16, 30, 30} {
			pause *= time.Second
			if early := w.countPages(pause - 1); early != 0 {
				t.Errorf("tried again before %s", pause)
			}
			if onTime := w.countPages(1); onTime != 1 {
				t.Errorf("%d requests after %s, want 1", onTime, pause)
			}
		}
		wantEvents(t, w, connectionEvent) // once it has lasted; a failure that repeats is no news
	})
}

func TestDutyCycleIsBounded(t *testing.T) {
	runStory(t, func(w *fixture) {
		w.server.configure(func(s *fakeServer) { s.perPage = 4500 * time.Millisecond })
		w.ensureConnection() // two pages: 9 s
		if got := w.getState().EffectiveInterval; got != 90*time.Second {
			t.Errorf("effective interval is %s, want 90s", got)
		}
		if early := w.countPages(pollInterval) + w.countPages(pollInterval) + w.countPages(29*time.Second); early != 0 {
			t.Error("asked again before ten times the list had passed")
		}
		if onTime := w.countPages(time.Second); onTime != 2 {
			t.Errorf("%d pages after the pause, want 2", onTime)
		}
	}, newModels(300)...)
}

func TestFailedListCountsTowardTheDutyCycle(t *testing.T) {
	runStory(t, func(w *fixture) {
		w.server.configure(func(s *fakeServer) { s.perPage, s.err, s.failFrom = 2*time.Second, errDown, 1 })
		w.ensureConnection()
		if early := w.countPages(19 * time.Second); early != 0 {
			t.Error("asked again before ten times the answered page had passed")
		}
		if onTime := w.countPages(time.Second); onTime != 2 {
			t.Errorf("%d pages after the pause, want 2", onTime)
		}
	}, newModels(300)...)
}

func TestPollNow(t *testing.T) {
	runStory(t, func(w *fixture) {
		w.connect()
		before, _ := w.server.countRequests()
		w.provider.PollNow(newsKey)
		synctest.Wait()
		if after, _ := w.server.countRequests(); after != before+1 {
			t.Errorf("%d requests, want 1", after-before)
		}
	})
}

// A server without workspaces would answer for a registry that nobody meant.
func TestWorkspaceIsVerified(t *testing.T) {
	tests := map[string]struct {
		workspace string
		info      mlflow.ServerInfo
		infoErr   error
		want      error
	}{
		"no workspace needs no confirmation":              {},
		"no workspace, and a server that doesn't tell":    {infoErr: mlflow.ErrNotMLflow},
		"a server with workspaces":                        {workspace: "team-a", info: mlflow.ServerInfo{WorkspacesEnabled: true}},
		"a server that would ignore the workspace":        {workspace: "team-a", want: mlflow.ErrWorkspaceNotFound},
		"a server that doesn't tell what it would answer": {workspace: "team-a", infoErr: mlflow.ErrNotMLflow, want: mlflow.ErrNotMLflow},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			runStory(t, func(w *fixture) {
				w.server.configure(func(s *fakeServer) { s.info, s.infoErr = test.info, test.infoErr })
				w.ensureConnection(func(c *ConnectionConfig) { c.Client.Workspace = test.workspace })
				state := w.getState()
				if !errors.Is(state.Err, test.want) || state.Ready != (test.want == nil) {
					t.Errorf("ready is %t with %v, want %v", state.Ready, state.Err, test.want)
				}
			})
		})
	}
}
