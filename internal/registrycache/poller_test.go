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
	runStory(t, func(f *fixture) {
		gate := make(chan struct{})
		f.server.configure(func(s *fakeServer) { s.release = gate })
		f.ensureConnection()
		wantEvents(t, f, connectionEvent) // the connection is known
		if f.getState().Ready {
			t.Error("ready before the first list ended")
		}
		close(gate)
		wantEvents(t, f, connectionEvent) // the connection is ready
		want := State{
			Known: true, Ready: true, LastTransitionTime: f.clock.Now(), ServerID: "http://mlflow:5000",
			ServerInfo: mlflow.ServerInfo{Version: "3.17.2"}, EffectiveInterval: pollInterval, ModelCount: 1, ListedAt: f.clock.Now(),
		}
		if diff := cmp.Diff(want, f.getState()); diff != "" {
			t.Errorf("state (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(map[Key]State{newsKey: want}, f.provider.States()); diff != "" {
			t.Errorf("states (-want +got):\n%s", diff)
		}
		if got := championVersion(f.getSnapshot(), "a"); got != "7" {
			t.Errorf("champion is %q, want 7", got)
		}
	}, newModel("a", "7"))
}

func TestListReadsAllPages(t *testing.T) {
	runStory(t, func(f *fixture) {
		f.ensureConnection()
		if pages, _ := f.server.countRequests(); pages != 3 {
			t.Errorf("%d pages for 401 models, want 3", pages)
		}
		if got := f.getState().ModelCount; got != 401 {
			t.Errorf("%d models, want 401", got)
		}
	}, newModels(401)...)
}

func TestUnchangedRegistrySendsNoEvents(t *testing.T) {
	runStory(t, func(f *fixture) {
		snapshot := f.connect()
		before, _ := snapshot.Model("m-000")
		_, infos := f.server.countRequests()
		for range 100 {
			if pages := f.countPages(pollInterval); pages != 2 {
				t.Fatalf("a poll of 300 unchanged models took %d requests, want 2", pages)
			}
		}
		wantEvents(t, f)
		if _, now := f.server.countRequests(); now != infos {
			t.Errorf("a poll without changes requests the server info")
		}
		if after, _ := snapshot.Model("m-000"); after != before {
			t.Error("an unchanged model changed its pointer")
		}
	}, newModels(300)...)
}

func TestChangesNotifyTheirModelsOnly(t *testing.T) {
	runStory(t, func(f *fixture) {
		snapshot := f.connect()
		f.server.putModels(newModel("b", "2"), newModel("d", "1"))
		f.server.dropModel("c")
		f.advanceClock(pollInterval)
		wantEvents(t, f, Event{Key: newsKey, Model: "b"}, Event{Key: newsKey, Model: "c"}, Event{Key: newsKey, Model: "d"})
		var got []string
		for _, name := range []string{"a", "b", "c", "d"} {
			got = append(got, championVersion(snapshot, name))
		}
		if diff := cmp.Diff([]string{"1", "2", "", "1"}, got); diff != "" {
			t.Errorf("champions (-want +got):\n%s", diff)
		}
	}, newModel("a", "1"), newModel("b", "1"), newModel("c", "1"))
}

func TestInterruptedListKeepsTheOldSnapshot(t *testing.T) {
	runStory(t, func(f *fixture) {
		snapshot := f.connect()
		f.server.putModels(newModel("m-000", "2"))
		f.server.configure(func(s *fakeServer) { s.err, s.failFrom = errDown, 1 })
		f.advanceClock(pollInterval)
		if got := championVersion(snapshot, "m-000"); got != "1" {
			t.Errorf("champion is %q, want the old 1: the list failed", got)
		}
		if got := championVersion(snapshot, "m-299"); got != "1" {
			t.Errorf("champion is %q, want 1: the failed page has no models", got)
		}
		wantEvents(t, f, stateEvent)
	}, newModels(300)...)
}

func TestEndlessListFails(t *testing.T) {
	runStory(t, func(f *fixture) {
		f.server.configure(func(s *fakeServer) { s.endless = true })
		f.ensureConnection()
		if got := f.getState().Err; !errors.Is(got, errEndlessList) {
			t.Errorf("error is %v, want %v", got, errEndlessList)
		}
		if pages, _ := f.server.countRequests(); pages != maxPages {
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
		"the version is the same": {change: func(*fakeServer) {}, want: "3.17.2"},
		"the server was replaced": {change: func(s *fakeServer) { s.info.Version = "3.5.1" }, wantEvents: []Event{stateEvent}, want: "3.5.1"},
		"the request fails":       {change: func(s *fakeServer) { s.infoErr = mlflow.ErrNotMLflow }, want: "3.17.2"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			runStory(t, func(f *fixture) {
				f.connect()
				f.server.configure(test.change)
				for range 3 * int(serverInfoInterval/pollInterval) {
					f.advanceClock(pollInterval)
				}
				wantEvents(t, f, test.wantEvents...)
				if _, infos := f.server.countRequests(); infos != 4 {
					t.Errorf("the server info was requested %d times in three hours, want 4", infos)
				}
				if got := f.getState().ServerInfo.Version; got != test.want {
					t.Errorf("version is %q, want %q", got, test.want)
				}
			})
		})
	}
}

func TestBackoffDoublesUpToTheInterval(t *testing.T) {
	runStory(t, func(f *fixture) {
		f.server.failWith(errDown)
		f.ensureConnection()
		f.takeEvents()
		for _, pause := range []time.Duration{1, 2, 4, 8, 16, 30, 30} {
			pause *= time.Second
			if early := f.countPages(pause - 1); early != 0 {
				t.Errorf("retried before %s", pause)
			}
			if onTime := f.countPages(1); onTime != 1 {
				t.Errorf("%d requests after %s, want 1", onTime, pause)
			}
		}
		wantEvents(t, f, connectionEvent) // when the grace period ends; a repeated failure sends no event
	})
}

func TestDutyCycleIsBounded(t *testing.T) {
	runStory(t, func(f *fixture) {
		f.server.configure(func(s *fakeServer) { s.perPage = 4500 * time.Millisecond })
		f.ensureConnection() // two pages: 9 s
		if got := f.getState().EffectiveInterval; got != 90*time.Second {
			t.Errorf("effective interval is %s, want 90s", got)
		}
		if early := f.countPages(pollInterval) + f.countPages(pollInterval) + f.countPages(29*time.Second); early != 0 {
			t.Error("polled before ten times the duration of the list had passed")
		}
		if onTime := f.countPages(time.Second); onTime != 2 {
			t.Errorf("%d pages after the pause, want 2", onTime)
		}
	}, newModels(300)...)
}

func TestFailedListCountsTowardTheDutyCycle(t *testing.T) {
	runStory(t, func(f *fixture) {
		f.server.configure(func(s *fakeServer) { s.perPage, s.err, s.failFrom = 2*time.Second, errDown, 1 })
		f.ensureConnection()
		if early := f.countPages(19 * time.Second); early != 0 {
			t.Error("polled before ten times the duration of the answered page had passed")
		}
		if onTime := f.countPages(time.Second); onTime != 2 {
			t.Errorf("%d pages after the pause, want 2", onTime)
		}
	}, newModels(300)...)
}

func TestPollNow(t *testing.T) {
	runStory(t, func(f *fixture) {
		f.connect()
		before, _ := f.server.countRequests()
		f.provider.PollNow(newsKey)
		synctest.Wait()
		if after, _ := f.server.countRequests(); after != before+1 {
			t.Errorf("%d requests, want 1", after-before)
		}
	})
}

// A server without workspaces would answer for another registry than the intended one.
func TestWorkspaceIsVerified(t *testing.T) {
	tests := map[string]struct {
		workspace string
		info      mlflow.ServerInfo
		infoErr   error
		want      error
	}{
		"no workspace needs no verification":  {},
		"no workspace, and no server info":    {infoErr: mlflow.ErrNotMLflow},
		"a server with workspaces":            {workspace: "team-a", info: mlflow.ServerInfo{WorkspacesEnabled: true}},
		"a server that ignores the workspace": {workspace: "team-a", want: mlflow.ErrWorkspaceNotFound},
		"a workspace, and no server info":     {workspace: "team-a", infoErr: mlflow.ErrNotMLflow, want: mlflow.ErrNotMLflow},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			runStory(t, func(f *fixture) {
				f.server.configure(func(s *fakeServer) { s.info, s.infoErr = test.info, test.infoErr })
				f.ensureConnection(func(c *ConnectionConfig) { c.Client.Workspace = test.workspace })
				state := f.getState()
				if !errors.Is(state.Err, test.want) || state.Ready != (test.want == nil) {
					t.Errorf("ready is %t with %v, want %v", state.Ready, state.Err, test.want)
				}
			})
		})
	}
}
