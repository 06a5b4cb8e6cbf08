// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package registrycache

import (
	"errors"
	"testing"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
)

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
