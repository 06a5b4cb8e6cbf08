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

// live are the versions that were not deleted, by number.
func (m *model) live() []*version {
	var list []*version
	for _, number := range slices.Sorted(maps.Keys(m.versions)) {
		if v := m.versions[number]; !v.deleted {
			list = append(list, v)
		}
	}
	return list
}

// latest are the highest versions of each stage.
func (m *model) latest() []versionWire {
	newest := map[string]*version{}
	for _, v := range m.live() {
		newest[v.stage] = v
	}
	var list []versionWire
	for _, v := range m.live() {
		if newest[v.stage] == v {
			list = append(list, v.wire())
		}
	}
	return list
}

func (m *model) wire() modelWire {
	wire := modelWire{
		Name:                 m.name,
		CreationTimestamp:    m.created,
		LastUpdatedTimestamp: m.updated,
		Description:          m.description,
		LatestVersions:       m.latest(),
		Tags:                 pairs(m.tags),
	}
	for _, alias := range slices.Sorted(maps.Keys(m.aliases)) {
		wire.Aliases = append(wire.Aliases, aliasWire{alias, strconv.Itoa(m.aliases[alias])})
	}
	return wire
}

// model finds the model that the request names.
func (q *request) model() (*model, error) {
	name := q.text("name")
	if err := q.rules.checkModelName(name); err != nil {
		return nil, err
	}
	found, ok := q.space.models[name]
	if !ok {
		return nil, notFound("Registered Model with name=%s not found", name)
	}
	return found, nil
}

func createModel(q *request) (any, error) {
	name, tags := q.text("name"), q.args.tags()
	if err := q.rules.checkModelName(name); err != nil {
		return nil, err
	}
	if err := q.rules.checkTags(tags); err != nil {
		return nil, err
	}
	if held, ok := q.space.models[name]; ok {
		return nil, alreadyHeld(held)
	}
	created := &model{
		name:        name,
		created:     q.now,
		updated:     q.now,
		description: q.text("description"),
		tags:        tags,
		aliases:     map[string]int{},
		versions:    map[int]*version{},
	}
	q.space.models[name] = created
	return modelAnswer{created.wire()}, nil
}

func alreadyHeld(held *model) error {
	if held.isPrompt() {
		return exists("Tried to create a registered model with name '%s', but the name is already taken by a prompt. "+
			"MLflow does not allow creating a model and a prompt with the same name.", held.name)
	}
	return exists("Registered Model (name=%s) already exists.", held.name)
}

func getModel(q *request) (any, error) {
	found, err := q.model()
	if err != nil {
		return nil, err
	}
	return modelAnswer{found.wire()}, nil
}

// updateModel erases the description when none is sent.
func updateModel(q *request) (any, error) {
	found, err := q.model()
	if err != nil {
		return nil, err
	}
	found.description = q.text("description")
	found.updated = q.now
	return modelAnswer{found.wire()}, nil
}

func renameModel(q *request) (any, error) {
	newName := q.text("new_name")
	found, err := q.model()
	if err != nil {
		return nil, err
	}
	if err := q.rules.checkModelName(newName); err != nil {
		return nil, err
	}
	if _, taken := q.space.models[newName]; taken {
		return nil, exists("Registered Model (name=%s) already exists. Error: UNIQUE constraint failed", newName)
	}
	delete(q.space.models, found.name)
	q.space.models[newName] = found
	found.rename(newName, q.now)
	return modelAnswer{found.wire()}, nil
}

func (m *model) rename(name string, now int64) {
	m.name, m.updated = name, now
	for _, v := range m.versions {
		v.name, v.updated = name, now
	}
}

func deleteModel(q *request) (any, error) {
	found, err := q.model()
	if err != nil {
		return nil, err
	}
	delete(q.space.models, found.name)
	return empty{}, nil
}
