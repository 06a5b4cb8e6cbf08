// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflowtest

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// versionReady is the status of every version of a real server's own store. Other stores may take
// time to register a version, or fail.
const versionReady = "READY"

type version struct {
	name        string
	number      int
	created     int64
	updated     int64
	stage       string
	description *string
	source      string
	runID       string
	modelID     string
	tags        map[string]string
	deleted     bool
	// status and message are what SetVersionStatus or SetNewVersionStatus set; empty is READY.
	status, message string
}

// toWire returns the version without aliases, as in every list.
func (v *version) toWire() versionWire {
	return versionWire{
		Name:                 v.name,
		Version:              strconv.Itoa(v.number),
		CreationTimestamp:    v.created,
		LastUpdatedTimestamp: v.updated,
		CurrentStage:         v.stage,
		Description:          v.description,
		Source:               v.source,
		RunID:                v.runID,
		Status:               cmp.Or(v.status, versionReady),
		StatusMessage:        v.message,
		Tags:                 toPairs(v.tags),
	}
}

// findVersion finds the version that the request names.
func (q *request) findVersion() (*version, error) {
	name, text := q.getText("name"), q.getText("version")
	if err := q.rules.checkModelName(name); err != nil {
		return nil, err
	}
	number, err := strconv.Atoi(text)
	if err != nil {
		return nil, newInvalidError("Parameter 'version' must be an integer, got '%s'.", text)
	}
	parent, ok := q.workspace.models[name]
	if !ok || parent.versions[number] == nil || parent.versions[number].deleted {
		return nil, newNotFoundError("Model Version (name=%s, version=%d) not found", name, number)
	}
	return parent.versions[number], nil
}

// newVersionResponse returns the answer about one version, with its aliases.
func (q *request) newVersionResponse(v *version) versionResponse {
	wire := v.toWire()
	for _, alias := range q.workspace.models[v.name].toWire().Aliases {
		if alias.Version == wire.Version {
			wire.Aliases = append(wire.Aliases, alias.Alias)
		}
	}
	return versionResponse{wire}
}

func createVersion(q *request) (any, error) {
	tags := q.args.getTags()
	if err := q.rules.checkTags(tags); err != nil {
		return nil, err
	}
	origin, err := q.checkSource()
	if err != nil {
		return nil, err
	}
	parent, err := q.findModel()
	if err != nil {
		return nil, err
	}
	number := len(parent.versions) + 1
	created := &version{
		name:        parent.name,
		number:      number,
		created:     q.now,
		updated:     q.now,
		stage:       stageNone,
		description: new(q.getText("description")),
		source:      origin.source,
		runID:       origin.runID,
		modelID:     origin.modelID,
		tags:        tags,
		status:      q.state.newVersionStatus.status,
		message:     q.state.newVersionStatus.message,
	}
	parent.versions[number] = created
	parent.updated = q.now
	return q.newVersionResponse(created), nil
}

func getVersion(q *request) (any, error) {
	found, err := q.findVersion()
	if err != nil {
		return nil, err
	}
	return q.newVersionResponse(found), nil
}

// updateVersion erases the description if the request has none.
func updateVersion(q *request) (any, error) {
	found, err := q.findVersion()
	if err != nil {
		return nil, err
	}
	found.description = nil
	if q.args["description"] != nil {
		found.description = new(q.getText("description"))
	}
	found.updated = q.now
	return q.newVersionResponse(found), nil
}

// deleteVersion does not free the number. Before 3.17 it also keeps the aliases.
func deleteVersion(q *request) (any, error) {
	found, err := q.findVersion()
	if err != nil {
		return nil, err
	}
	found.deleted = true
	parent := q.workspace.models[found.name]
	parent.updated = q.now
	if q.rules.danglingAliases {
		return emptyBody{}, nil
	}
	for alias, number := range parent.aliases {
		if number == found.number {
			delete(parent.aliases, alias)
		}
	}
	return emptyBody{}, nil
}

const (
	stageNone       = "None"
	stageStaging    = "Staging"
	stageProduction = "Production"
	stageArchived   = "Archived"
)

// canonicalStage returns the stage of a text in any case.
func canonicalStage(text string) (string, error) {
	for _, stage := range []string{stageNone, stageStaging, stageProduction, stageArchived} {
		if strings.EqualFold(stage, text) {
			return stage, nil
		}
	}
	return "", newInvalidError("Invalid Model Version stage: %s. Value must be one of %s.", text,
		strings.Join([]string{stageNone, stageStaging, stageProduction, stageArchived}, ", "))
}

func transitionStage(q *request) (any, error) {
	stage, err := canonicalStage(q.getText("stage"))
	if err != nil {
		return nil, err
	}
	archive, err := q.args.getBool("archive_existing_versions")
	if err != nil {
		return nil, err
	}
	if archive && stage != stageStaging && stage != stageProduction {
		return nil, newInternalError("Model version transition cannot archive existing model versions because '%s' "+
			"is not an Active stage. Valid stages are ['Staging', 'Production']", q.getText("stage"))
	}
	found, err := q.findVersion()
	if err != nil {
		return nil, err
	}
	parent := q.workspace.models[found.name]
	if archive {
		parent.archiveStage(stage, found, q.now)
	}
	found.stage, found.updated, parent.updated = stage, q.now, q.now
	return q.newVersionResponse(found), nil
}

// archiveStage archives the other versions of a stage.
func (m *model) archiveStage(stage string, except *version, now int64) {
	for _, v := range m.liveVersions() {
		if v != except && v.stage == stage {
			v.stage, v.updated = stageArchived, now
		}
	}
}

const maxVersionsPage = 200_000

func searchVersions(q *request) (any, error) {
	limit, err := q.args.getInt("max_results", maxVersionsPage)
	if err != nil {
		return nil, err
	}
	if limit > maxVersionsPage || limit < 1 {
		return nil, newInvalidError("Invalid value for max_results. It must be a positive integer, but got %d", limit)
	}
	about := searchable{
		attributes: []string{"name", "version_number", "run_id", "source_path"},
		lists:      []string{"run_id"},
		prefixes:   registryPrefixes,
	}
	if q.rules.nameIn {
		about.lists = []string{"name", "run_id"}
	}
	conditions, err := q.parseConditions(about)
	if err != nil {
		return nil, err
	}
	order, err := parseVersionOrder(q.args.getStrings("order_by"))
	if err != nil {
		return nil, err
	}
	found := q.workspace.selectVersions(conditions)
	slices.SortFunc(found, order)
	page, token, err := cutPage(found, q.getText("page_token"), limit)
	answer := versionsResponse{NextPageToken: token}
	for _, v := range q.filterReadable(page) {
		answer.Versions = append(answer.Versions, v.toWire())
	}
	return answer, err
}

func (w *workspace) selectVersions(conditions []filterClause) []*version {
	prompts := hasPromptCondition(conditions)
	var found []*version
	for _, m := range w.models {
		if m.hasPromptVersions() && !prompts {
			continue
		}
		for _, v := range m.liveVersions() {
			if matchesConditions(v.toRow(), conditions, prompts) {
				found = append(found, v)
			}
		}
	}
	return found
}

// hasPromptVersions reports whether a version has the prompt tag, which hides all versions of the
// model.
func (m *model) hasPromptVersions() bool {
	for v := range maps.Values(m.versions) {
		if v.tags[promptTag] == "true" {
			return true
		}
	}
	return false
}

func (v *version) toRow() row {
	attribute := func(key string) string {
		switch key {
		case "name":
			return v.name
		case "version_number":
			return strconv.Itoa(v.number)
		case "run_id":
			return v.runID
		default:
			return v.source
		}
	}
	return row{attribute: attribute, tags: v.tags}
}

func setVersionTag(q *request) (any, error) {
	found, err := q.findVersion()
	if err != nil {
		return nil, err
	}
	return emptyBody{}, q.setTag(found.tags)
}

func deleteVersionTag(q *request) (any, error) {
	found, err := q.findVersion()
	if err != nil {
		return nil, err
	}
	return emptyBody{}, q.deleteTag(found.tags)
}
