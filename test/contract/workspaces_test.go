// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package contract

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
)

func (w *env) newClientIn(workspace string) *mlflow.Client {
	w.Helper()
	return w.newClient(func(c *mlflow.Config) { c.Workspace = workspace })
}

func TestWorkspacesSeparateModels(t *testing.T) {
	forEachServer(t, withSpaces, func(w *env) {
		team, name := newName("team"), w.createModel()
		w.requireNoError(w.user.CreateWorkspace(w.Context(), team))
		inTeam, inDefault := w.newClientIn(team), w.newClientIn("default")
		_, err := inTeam.GetRegisteredModel(w.Context(), name)
		w.requireKind(err, mlflow.ErrNotFound)
		requireValue(inDefault.GetRegisteredModel(w.Context(), name))(w) // the one without a header, too
		requireValue(inTeam.CreateRegisteredModel(w.Context(), name, "of the team", nil))(w)
		if text := w.getModel(name).Description; text != "" {
			w.Errorf("the default workspace has the description %q", text)
		}
	})
}

func TestAnUnknownWorkspaceIsNotAMissingModel(t *testing.T) {
	forEachServer(t, withSpaces, func(w *env) {
		client := w.newClientIn(newName("absent"))
		_, err := client.GetRegisteredModel(w.Context(), "m")
		w.requireKind(err, mlflow.ErrWorkspaceNotFound)
		_, err = client.SearchRegisteredModels(w.Context(), mlflow.SearchRequest{})
		w.requireKind(err, mlflow.ErrWorkspaceNotFound)
	})
}

func TestServerInfoReportsWorkspaces(t *testing.T) {
	forEachServer(t, withSpaces, func(w *env) {
		info := requireValue(w.client.GetServerInfo(w.Context()))(w)
		if diff := cmp.Diff(&mlflow.ServerInfo{Version: w.version, WorkspacesEnabled: true}, info); diff != "" {
			w.Errorf("(-want +got):\n%s", diff)
		}
	})
}

// The second generation ignores the header and uses the one registry it has.
func TestAWorkspaceOnAServerWithoutWorkspaces(t *testing.T) {
	forEachOpenServer(t, func(w *env) {
		name := w.createModel()
		for _, workspace := range []string{"team-a", "default"} {
			client := w.newClientIn(workspace)
			_, err := client.GetRegisteredModel(w.Context(), name)
			w.requireKind(err, byGeneration(w, mlflow.ErrFeatureDisabled, nil))
			_, err = client.GetServerInfo(w.Context())
			w.requireKind(err, byGeneration(w, mlflow.ErrFeatureDisabled, nil))
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
func TestProbesWithAWorkspaceOnAServerWithoutWorkspaces(t *testing.T) {
	forEachOpenServer(t, func(w *env) {
		w.user.Workspace = "absent"
		for path, tc := range probes {
			if answer := w.sendRaw("GET", path, nil); answer.Status != byGeneration(w, tc.off, tc.two) {
				w.Errorf("%s: HTTP %d %s", path, answer.Status, answer.Body)
			}
		}
	})
}

func TestProbesInAnUnknownWorkspace(t *testing.T) {
	forEachServer(t, withSpaces, func(w *env) {
		w.user.Workspace = "absent"
		for path, tc := range probes {
			if answer := w.sendRaw("GET", path, nil); answer.Status != tc.on {
				w.Errorf("%s: HTTP %d %s", path, answer.Status, answer.Body)
			}
		}
	})
}
