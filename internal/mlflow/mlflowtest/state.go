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
	spaces map[string]*space
	// issued counts ids, so that each run of a test sees the same ones.
	issued int
	// bornAs is what new versions are.
	bornAs registration
}

// registration is how far the registration of a version is.
type registration struct{ status, message string }

// space is one workspace; a server without workspaces has one.
type space struct {
	models       map[string]*model
	experiments  map[string]*experiment
	runs         map[string]*run
	loggedModels map[string]*loggedModel
}

func newState() *state {
	s := &state{spaces: map[string]*space{}}
	s.addSpace(defaultWorkspace)
	return s
}

func (s *state) addSpace(name string) {
	s.spaces[name] = &space{
		models: map[string]*model{},
		experiments: map[string]*experiment{
			"0": {id: "0", name: "Default"},
		},
		runs:         map[string]*run{},
		loggedModels: map[string]*loggedModel{},
	}
}

func (s *state) space(name string) (*space, error) {
	found, ok := s.spaces[cmp.Or(name, defaultWorkspace)]
	if !ok {
		return nil, notFound("Workspace '%s' not found", name)
	}
	return found, nil
}

// newID is 32 hexadecimal digits, as the ids of runs are.
func (s *state) newID() string {
	s.issued++
	sum := sha256.Sum256([]byte(strconv.Itoa(s.issued)))
	return hex.EncodeToString(sum[:16])
}

func pairs(tags map[string]string) []pairWire {
	var list []pairWire
	for _, key := range slices.Sorted(maps.Keys(tags)) {
		list = append(list, pairWire{Key: key, Value: tags[key]})
	}
	return list
}
