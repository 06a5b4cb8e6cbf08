// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflowtest

import (
	"maps"
	"slices"
	"strconv"
	"strings"
)

// promptTag marks a registered model as a prompt.
const promptTag = "mlflow.prompt.is_prompt"

type model struct {
	name        string
	created     int64
	updated     int64
	description string
	tags        map[string]string
	aliases     map[string]int
	// versions includes deleted ones, because their numbers are never used again.
	versions map[int]*version
}

func (m *model) isPrompt() bool { return m.tags[promptTag] == "true" }

// liveVersions returns the versions that were not deleted, by number.
func (m *model) liveVersions() []*version {
	var list []*version
	for _, number := range slices.Sorted(maps.Keys(m.versions)) {
		if v := m.versions[number]; !v.deleted {
			list = append(list, v)
		}
	}
	return list
}

// latestVersions returns the highest version of each stage.
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
	if existing, ok := q.workspace.models[name]; ok {
		return nil, newAlreadyExistsError(existing)
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

func newAlreadyExistsError(existing *model) error {
	if existing.isPrompt() {
		return newExistsError("Tried to create a registered model with name '%s', but the name is already taken by a prompt. "+
			"MLflow does not allow creating a model and a prompt with the same name.", existing.name)
	}
	return newExistsError("Registered Model (name=%s) already exists.", existing.name)
}

func getModel(q *request) (any, error) {
	found, err := q.findModel()
	if err != nil {
		return nil, err
	}
	return modelResponse{found.toWire()}, nil
}

// updateModel erases the description if the request has none.
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

const (
	maxModelsPage     = 1000
	defaultModelsPage = 100
)

// registryPrefixes are the prefixes in searches of the registry; searches of runs have more.
var registryPrefixes = []string{"attribute"}

func searchModels(q *request) (any, error) {
	limit, err := q.args.getInt("max_results", defaultModelsPage)
	if err != nil {
		return nil, err
	}
	if limit > maxModelsPage {
		return nil, newInvalidError("Invalid value %d for parameter 'max_results' supplied:  Hint: Value was of type 'str'.%s",
			limit, seeDocsSuffix)
	}
	about := searchable{attributes: []string{"name"}, prefixes: registryPrefixes}
	if q.rules.nameIn {
		about.lists = []string{"name"}
	}
	conditions, err := q.parseConditions(about)
	if err != nil {
		return nil, err
	}
	order, err := parseModelOrder(q.args.getStrings("order_by"))
	if err != nil {
		return nil, err
	}
	found := q.selectModels(conditions)
	slices.SortFunc(found, order)
	page, token, err := cutPage(found, q.getText("page_token"), limit)
	answer := modelsResponse{NextPageToken: token}
	for _, m := range page {
		answer.Models = append(answer.Models, m.toWire())
	}
	return answer, err
}

func (q *request) selectModels(conditions []filterClause) []*model {
	prompts := hasPromptCondition(conditions)
	var found []*model
	for _, m := range q.workspace.models {
		r := row{attribute: func(string) string { return m.name }, tags: m.tags}
		if !q.hidden(m.name) && (prompts || !m.isPrompt()) && matchesConditions(r, conditions, prompts) {
			found = append(found, m)
		}
	}
	return found
}

func setAlias(q *request) (any, error) {
	alias := q.getText("alias")
	if err := checkAlias(alias); err != nil {
		return nil, err
	}
	if err := checkAliasNotReserved(alias); err != nil {
		return nil, err
	}
	found, err := q.findVersion()
	if err != nil {
		return nil, err
	}
	q.workspace.models[found.name].aliases[alias] = found.number
	return emptyBody{}, nil
}

// deleteAlias accepts a missing alias.
func deleteAlias(q *request) (any, error) {
	alias := q.getText("alias")
	if err := q.rules.checkAliasArg(alias); err != nil {
		return nil, err
	}
	found, err := q.findModel()
	if err != nil {
		return nil, err
	}
	delete(found.aliases, alias)
	return emptyBody{}, nil
}

func getVersionByAlias(q *request) (any, error) {
	alias := q.getText("alias")
	if err := q.rules.checkAliasArg(alias); err != nil {
		return nil, err
	}
	found, err := q.findModel()
	if err != nil {
		return nil, q.newMissingAliasError(err)
	}
	if strings.EqualFold(alias, "latest") {
		return q.getNewestVersion(found)
	}
	number, ok := found.aliases[alias]
	if !ok {
		return nil, newInvalidError("Registered model alias %s not found.", alias)
	}
	q.args["version"] = strconv.Itoa(number)
	return getVersion(q)
}

// newMissingAliasError returns the error for an alias of a missing model. Before MLflow 3 it names
// the alias.
func (q *request) newMissingAliasError(err error) error {
	if q.rules.latestAlias {
		return err
	}
	return newInvalidError("Registered model alias %s not found.", q.getText("alias"))
}

func (q *request) getNewestVersion(found *model) (any, error) {
	live := found.liveVersions()
	if len(live) == 0 {
		return nil, newNotFoundError("Latest version not found for model %s.", found.name)
	}
	return versionResponse{live[len(live)-1].toWire()}, nil
}

func setModelTag(q *request) (any, error) {
	found, err := q.findModel()
	if err != nil {
		return nil, err
	}
	return emptyBody{}, q.setTag(found.tags)
}

func deleteModelTag(q *request) (any, error) {
	found, err := q.findModel()
	if err != nil {
		return nil, err
	}
	return emptyBody{}, q.deleteTag(found.tags)
}

// setTag changes no timestamp. A missing value is an empty one.
func (q *request) setTag(tags map[string]string) error {
	key, value := q.getText("key"), q.getText("value")
	if err := q.rules.checkTags(map[string]string{key: value}); err != nil {
		return err
	}
	tags[key] = value
	return nil
}

// deleteTag accepts a missing tag.
func (q *request) deleteTag(tags map[string]string) error {
	if err := checkTagKey(q.getText("key")); err != nil {
		return err
	}
	delete(tags, q.getText("key"))
	return nil
}
