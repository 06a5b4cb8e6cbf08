// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflowtest

import (
	"maps"
	"slices"
	"strconv"
)

// promptTag makes a registered model a prompt.
const promptTag = "mlflow.prompt.is_prompt"

type model struct {
	name        string
	created     int64
	updated     int64
	description string
	tags        map[string]string
	aliases     map[string]int
	// versions holds deleted ones too: their numbers are never given again.
	versions map[int]*version
}

func (m *model) isPrompt() bool { return m.tags[promptTag] == "true" }

// liveVersions are the versions that were not deleted, by number.
func (m *model) liveVersions() []*version {
	var list []*version
	for _, number := range slices.Sorted(maps.Keys(m.versions)) {
		if v := m.versions[number]; !v.deleted {
			list = append(list, v)
		}
	}
	return list
}

// latestVersions are the highest versions of each stage.
func (m *model) latestVersions() []versionWire {
	newest := map[string]*version{}
	for _, v := range m.liveVersions() {
		newest[v.stage] = v
	}
	var list []versionWire
	for _, v := range m.liveVersions() {
		if newest[v.stage] == v {
			list = append(list, v.toWire())
		}
	}
	return list
}

func (m *model) toWire() modelWire {
	wire := modelWire{
		Name:                 m.name,
		CreationTimestamp:    m.created,
		LastUpdatedTimestamp: m.updated,
		Description:          m.description,
		LatestVersions:       m.latestVersions(),
		Tags:                 toPairs(m.tags),
	}
	for _, alias := range slices.Sorted(maps.Keys(m.aliases)) {
		wire.Aliases = append(wire.Aliases, aliasWire{alias, strconv.Itoa(m.aliases[alias])})
	}
	return wire
}

// findModel finds the model that the request names.
func (q *request) findModel() (*model, error) {
	name := q.getText("name")
	if err := q.rules.checkModelName(name); err != nil {
		return nil, err
	}
	found, ok := q.workspace.models[name]
	if !ok {
		return nil, newNotFoundError("Registered Model with name=%s not found", name)
	}
	return found, nil
}

func createModel(q *request) (any, error) {
	name, tags := q.getText("name"), q.args.getTags()
	if err := q.rules.checkModelName(name); err != nil {
		return nil, err
	}
	if err := q.rules.checkTags(tags); err != nil {
		return nil, err
	}
	if held, ok := q.workspace.models[name]; ok {
		return nil, newAlreadyExistsError(held)
	}
	created := &model{
		name:        name,
		created:     q.now,
		updated:     q.now,
		description: q.getText("description"),
		tags:        tags,
		aliases:     map[string]int{},
		versions:    map[int]*version{},
	}
	q.workspace.models[name] = created
	return modelResponse{created.toWire()}, nil
}

func newAlreadyExistsError(held *model) error {
	if held.isPrompt() {
		return newExistsError("Tried to create a registered model with name '%s', but the name is already taken by a prompt. "+
			"MLflow does not allow creating a model and a prompt with the same name.", held.name)
	}
	return newExistsError("Registered Model (name=%s) already exists.", held.name)
}

func getModel(q *request) (any, error) {
	found, err := q.findModel()
	if err != nil {
		return nil, err
	}
	return modelResponse{found.toWire()}, nil
}

// updateModel erases the description when none is sent.
func updateModel(q *request) (any, error) {
	found, err := q.findModel()
	if err != nil {
		return nil, err
	}
	found.description = q.getText("description")
	found.updated = q.now
	return modelResponse{found.toWire()}, nil
}

func renameModel(q *request) (any, error) {
	newName := q.getText("new_name")
	found, err := q.findModel()
	if err != nil {
		return nil, err
	}
	if err := q.rules.checkModelName(newName); err != nil {
		return nil, err
	}
	if _, taken := q.workspace.models[newName]; taken {
		return nil, newExistsError("Registered Model (name=%s) already exists. Error: UNIQUE constraint failed", newName)
	}
	delete(q.workspace.models, found.name)
	q.workspace.models[newName] = found
	found.renameTo(newName, q.now)
	return modelResponse{found.toWire()}, nil
}

func (m *model) renameTo(name string, now int64) {
	m.name, m.updated = name, now
	for _, v := range m.versions {
		v.name, v.updated = name, now
	}
}

func deleteModel(q *request) (any, error) {
	found, err := q.findModel()
	if err != nil {
		return nil, err
	}
	delete(q.workspace.models, found.name)
	return emptyBody{}, nil
}
