// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflowtest

import (
	"encoding/json"
	"slices"
	"strconv"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
)

// Model is a registered model as the server has it, prompts too; nil when there is
// none. Like all inspection it looks at the default workspace.
func (s *Server) Model(name string) *entities.RegisteredModel {
	s.mu.Lock()
	defer s.mu.Unlock()
	found, ok := s.state.workspaces[defaultWorkspace].models[name]
	if !ok {
		return nil
	}
	return decodeWire[entities.RegisteredModel](found.toWire())
}

// ModelNames are the names of all registered models and prompts, sorted.
func (s *Server) ModelNames() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var names []string
	for name := range s.state.workspaces[defaultWorkspace].models {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// Version is one version with its aliases; nil when there is none or it was deleted.
func (s *Server) Version(name, version string) *entities.ModelVersion {
	s.mu.Lock()
	defer s.mu.Unlock()
	q := &request{
		args:      Args{"name": name, "version": version},
		workspace: s.state.workspaces[defaultWorkspace],
		rules:     s.rules,
	}
	found, err := q.findVersion()
	if err != nil {
		return nil
	}
	return decodeWire[entities.ModelVersion](q.newVersionResponse(found).Version)
}

// SetNewVersionStatus makes versions that are created from now on be born with this status, such
// as PENDING_REGISTRATION; empty: READY.
func (s *Server) SetNewVersionStatus(status, message string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.state.newVersionStatus = versionStatus{status, message}
}

// SetVersionStatus changes the status of a version, as a store does that registers in the
// background.
func (s *Server) SetVersionStatus(name, number, status, message string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	q := &request{
		args:      Args{"name": name, "version": number},
		workspace: s.state.workspaces[defaultWorkspace],
		rules:     s.rules,
	}
	if found, err := q.findVersion(); err == nil {
		found.status, found.message = status, message
	}
}

// Alias is the version that an alias points to, deleted or not; empty when it is
// not set.
func (s *Server) Alias(name, alias string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	found, ok := s.state.workspaces[defaultWorkspace].models[name]
	if !ok || found.aliases[alias] == 0 {
		return ""
	}
	return strconv.Itoa(found.aliases[alias])
}

// decodeWire takes the way over the wire, so that an inspection cannot see more than a
// client would.
func decodeWire[T any](wire any) *T {
	text, err := json.Marshal(wire)
	if err != nil {
		panic(err) // wire forms are strings and numbers
	}
	value := new(T)
	if err := json.Unmarshal(text, value); err != nil {
		panic(err)
	}
	return value
}
