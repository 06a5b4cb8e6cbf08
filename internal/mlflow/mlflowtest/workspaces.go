// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflowtest

import "regexp"

var workspaceForm = regexp.MustCompile(`^[a-z0-9]([a-z0-9]|-[a-z0-9])*$`)

type workspaceAnswer struct {
	Workspace workspaceWire `json:"workspace"`
}

type workspaceWire struct {
	Name string `json:"name"`
}

func createWorkspace(q *request) (any, error) {
	name := q.text("name")
	if !workspaceForm.MatchString(name) {
		return nil, invalid("Workspace name '%s' must match the pattern %s", name, workspaceForm)
	}
	if _, taken := q.state.spaces[name]; taken {
		return nil, exists("Workspace '%s' already exists.", name)
	}
	q.state.addSpace(name)
	return workspaceAnswer{workspaceWire{name}}, nil
}
