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
