// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflowtest

import "regexp"

var workspacePattern = regexp.MustCompile(`^[a-z0-9]([a-z0-9]|-[a-z0-9])*$`)

type workspaceResponse struct {
	Workspace workspaceWire `json:"workspace"`
}

type workspaceWire struct {
	Name string `json:"name"`
}

func createWorkspace(q *request) (any, error) {
	name := q.getText("name")
	if !workspacePattern.MatchString(name) {
		return nil, newInvalidError("Workspace name '%s' must match the pattern %s", name, workspacePattern)
	}
	if _, taken := q.state.workspaces[name]; taken {
		return nil, newExistsError("Workspace '%s' already exists.", name)
	}
	q.state.addWorkspace(name)
	return workspaceResponse{workspaceWire{name}}, nil
}
