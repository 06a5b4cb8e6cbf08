// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package contract

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
)

func (w *world) clientIn(workspace string) *mlflow.Client {
	w.Helper()
	return w.clientWith(func(c *mlflow.Config) { c.Workspace = workspace })
}

func TestModelsOfAWorkspaceAreItsOwn(t *testing.T) {
	on(t, withSpaces, func(w *world) {
		team, name := fresh("team"), w.model()
		w.must(w.people.CreateWorkspace(w.Context(), team))
		inTeam, inDefault := w.clientIn(team), w.clientIn("default")
		_, err := inTeam.GetRegisteredModel(w.Context(), name)
		w.is(err, mlflow.ErrNotFound)
		got(inDefault.GetRegisteredModel(w.Context(), name))(w) // the one without a header, too
		got(inTeam.CreateRegisteredModel(w.Context(), name, "of the team", nil))(w)
		if text := w.read(name).Description; text != "" {
			w.Errorf("the default workspace has the description %q", text)
		}
	})
}

func TestAnUnknownWorkspaceIsNotAMissingModel(t *testing.T) {
	on(t, withSpaces, func(w *world) {
		client := w.clientIn(fresh("absent"))
		_, err := client.GetRegisteredModel(w.Context(), "m")
		w.is(err, mlflow.ErrWorkspaceNotFound)
		_, err = client.SearchRegisteredModels(w.Context(), mlflow.SearchRequest{})
		w.is(err, mlflow.ErrWorkspaceNotFound)
	})
}

func TestServerInfoTellsOfWorkspaces(t *testing.T) {
	on(t, withSpaces, func(w *world) {
		info := got(w.client.GetServerInfo(w.Context()))(w)
		if diff := cmp.Diff(&mlflow.ServerInfo{Version: w.version, WorkspacesEnabled: true}, info); diff != "" {
			w.Errorf("(-want +got):\n%s", diff)
		}
	})
}

// The second generation ignores the header and uses the one registry it has.
func TestAWorkspaceWhereThereAreNone(t *testing.T) {
	everywhere(t, func(w *world) {
		name := w.model()
		for _, workspace := range []string{"team-a", "default"} {
			client := w.clientIn(workspace)
			_, err := client.GetRegisteredModel(w.Context(), name)
			w.is(err, per(w, mlflow.ErrFeatureDisabled, nil))
			_, err = client.GetServerInfo(w.Context())
			w.is(err, per(w, mlflow.ErrFeatureDisabled, nil))
		}
	})
}

// probes are the answers to a workspace that is not there: by a server of the second
// generation, one without workspaces and one with them.
var probes = map[string]struct{ two, off, on int }{
	"/health":                        {200, 500, 404},
	"/version":                       {200, 500, 404},
	"/api/3.0/mlflow/server-info":    {404, 200, 200},
	api + "registered-models/absent": {404, 500, 404},
}

// A workspace that is not there is refused by all but server-info: a liveness probe
// must not name one.
func TestProbesInAWorkspaceWhereThereAreNone(t *testing.T) {
	everywhere(t, func(w *world) {
		w.people.Workspace = "absent"
		for path, tc := range probes {
			if answer := w.raw("GET", path, nil); answer.Status != per(w, tc.off, tc.two) {
				w.Errorf("%s: HTTP %d %s", path, answer.Status, answer.Body)
			}
		}
	})
}

func TestProbesInAnUnknownWorkspace(t *testing.T) {
	on(t, withSpaces, func(w *world) {
		w.people.Workspace = "absent"
		for path, tc := range probes {
			if answer := w.raw("GET", path, nil); answer.Status != tc.on {
				w.Errorf("%s: HTTP %d %s", path, answer.Status, answer.Body)
			}
		}
	})
}
