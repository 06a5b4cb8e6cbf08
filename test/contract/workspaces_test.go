// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package contract

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
)

func (e *env) newClientIn(workspace string) *mlflow.Client {
	e.Helper()
	return e.newClient(func(c *mlflow.Config) { c.Workspace = workspace })
}

func TestWorkspacesSeparateModels(t *testing.T) {
	forEachServer(t, withSpaces, func(e *env) {
		team, name := newName("team"), e.createModel()
		e.requireNoError(e.user.CreateWorkspace(e.Context(), team))
		inTeam, inDefault := e.newClientIn(team), e.newClientIn("default")
		_, err := inTeam.GetRegisteredModel(e.Context(), name)
		e.requireKind(err, mlflow.ErrNotFound)
		requireValue(inDefault.GetRegisteredModel(e.Context(), name))(e) // the one without a header, too
		requireValue(inTeam.CreateRegisteredModel(e.Context(), name, "of the team", nil))(e)
		if text := e.getModel(name).Description; text != "" {
			e.Errorf("the default workspace has the description %q", text)
		}
	})
}

func TestAnUnknownWorkspaceIsNotAMissingModel(t *testing.T) {
	forEachServer(t, withSpaces, func(e *env) {
		client := e.newClientIn(newName("absent"))
		_, err := client.GetRegisteredModel(e.Context(), "m")
		e.requireKind(err, mlflow.ErrWorkspaceNotFound)
		_, err = client.SearchRegisteredModels(e.Context(), mlflow.SearchRequest{})
		e.requireKind(err, mlflow.ErrWorkspaceNotFound)
	})
}

func TestServerInfoReportsWorkspaces(t *testing.T) {
	forEachServer(t, withSpaces, func(e *env) {
		info := requireValue(e.client.GetServerInfo(e.Context()))(e)
		if diff := cmp.Diff(&mlflow.ServerInfo{Version: e.version, WorkspacesEnabled: true}, info); diff != "" {
			e.Errorf("(-want +got):\n%s", diff)
		}
	})
}

// MLflow 2 ignores the header and uses its only registry.
func TestAWorkspaceOnAServerWithoutWorkspaces(t *testing.T) {
	forEachOpenServer(t, func(e *env) {
		name := e.createModel()
		for _, workspace := range []string{"team-a", "default"} {
			client := e.newClientIn(workspace)
			_, err := client.GetRegisteredModel(e.Context(), name)
			e.requireKind(err, byGeneration(e, mlflow.ErrFeatureDisabled, nil))
			_, err = client.GetServerInfo(e.Context())
			e.requireKind(err, byGeneration(e, mlflow.ErrFeatureDisabled, nil))
		}
	})
}

// probes are the statuses for a missing workspace: of MLflow 2, and of MLflow 3 without and with
// workspaces.
var probes = map[string]struct{ two, off, on int }{
	"/health":                        {200, 500, 404},
	"/version":                       {200, 500, 404},
	"/api/3.0/mlflow/server-info":    {404, 200, 200},
	api + "registered-models/absent": {404, 500, 404},
}

// All paths but server-info reject a missing workspace, so a liveness probe must not name one.
func TestProbesWithAWorkspaceOnAServerWithoutWorkspaces(t *testing.T) {
	forEachOpenServer(t, func(e *env) {
		e.user.Workspace = "absent"
		for path, tc := range probes {
			if answer := e.sendRaw("GET", path, nil); answer.Status != byGeneration(e, tc.off, tc.two) {
				e.Errorf("%s: HTTP %d %s", path, answer.Status, answer.Body)
			}
		}
	})
}

func TestProbesInAnUnknownWorkspace(t *testing.T) {
	forEachServer(t, withSpaces, func(e *env) {
		e.user.Workspace = "absent"
		for path, tc := range probes {
			if answer := e.sendRaw("GET", path, nil); answer.Status != tc.on {
				e.Errorf("%s: HTTP %d %s", path, answer.Status, answer.Body)
			}
		}
	})
}
