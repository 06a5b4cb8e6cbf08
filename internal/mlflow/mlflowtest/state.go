// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflowtest

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strconv"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
)

// defaultWorkspace is the workspace of requests that name none.
const defaultWorkspace = "default"

// state is the content of the server.
type state struct {
	workspaces map[string]*workspace
	// issued counts ids, so that each run of a test gets the same ones.
	issued int
	// newVersionStatus is the status of new versions.
	newVersionStatus versionStatus
}

// versionStatus is the status of a registration; an empty status is READY.
type versionStatus struct{ status, message string }

// workspace is one workspace; a server without workspaces has the default one.
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

// newID returns 32 hexadecimal digits, the form of run ids.
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

// Model returns a registered model or a prompt; nil if the server has none of the name. Like
// every inspection it reads the default workspace.
func (s *Server) Model(name string) *entities.RegisteredModel {
	s.mu.Lock()
	defer s.mu.Unlock()
	found, ok := s.state.workspaces[defaultWorkspace].models[name]
	if !ok {
		return nil
	}
	return decodeWire[entities.RegisteredModel](found.toWire())
}

// ModelNames returns the names of all registered models and prompts, sorted.
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

// Version returns a version with its aliases; nil if it does not exist or was deleted.
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

// SetNewVersionStatus sets the status of versions that are created from now on, such as
// PENDING_REGISTRATION. Empty is READY.
func (s *Server) SetNewVersionStatus(status, message string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.state.newVersionStatus = versionStatus{status, message}
}

// SetVersionStatus changes the status of a version, as a store with background registration does.
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

// Alias returns the version that an alias points to, even a deleted one; empty if the alias is
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

// decodeWire encodes and decodes a value, so that an inspection returns what a client receives.
func decodeWire[T any](wire any) *T {
	text, err := json.Marshal(wire)
	if err != nil {
		panic(err) // wire types have only strings and numbers
	}
	value := new(T)
	if err := json.Unmarshal(text, value); err != nil {
		panic(err)
	}
	return value
}

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
