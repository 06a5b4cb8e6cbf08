// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflowtest

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"slices"
	"strconv"
)

// defaultWorkspace is where requests without a workspace go.
const defaultWorkspace = "default"

// state is all that the server keeps.
type state struct {
	workspaces map[string]*workspace
	// issued counts ids, so that each run of a test sees the same ones.
	issued int
	// newVersionStatus is what new versions are.
	newVersionStatus versionStatus
}

// versionStatus is how far the registration of a version is.
type versionStatus struct{ status, message string }

// workspace is one workspace; a server without workspaces has one.
type workspace struct {
	models       map[string]*model
	experiments  map[string]*experiment
	runs         map[string]*run
	loggedModels map[string]*loggedModel
}

func newState() *state {
	s := &state{workspaces: map[string]*workspace{}}
	s.addWorkspace(defaultWorkspace)
	return s
}

func (s *state) addWorkspace(name string) {
	s.workspaces[name] = &workspace{
		models: map[string]*model{},
		experiments: map[string]*experiment{
			"0": {id: "0", name: "Default"},
		},
		runs:         map[string]*run{},
		loggedModels: map[string]*loggedModel{},
	}
}

func (s *state) findWorkspace(name string) (*workspace, error) {
	found, ok := s.workspaces[cmp.Or(name, defaultWorkspace)]
	if !ok {
		return nil, newNotFoundError("Workspace '%s' not found", name)
	}
	return found, nil
}

// newID is 32 hexadecimal digits, as the ids of runs are.
func (s *state) newID() string {
	s.issued++
	sum := sha256.Sum256([]byte(strconv.Itoa(s.issued)))
	return hex.EncodeToString(sum[:16])
}

func toPairs(tags map[string]string) []pairWire {
	var list []pairWire
	for _, key := range slices.Sorted(maps.Keys(tags)) {
		list = append(list, pairWire{Key: key, Value: tags[key]})
	}
	return list
}
