// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflowtest

import (
	"maps"
	"slices"
	"strconv"
)

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

func (s *workspace) selectVersions(conditions []filterClause) []*version {
	prompts := hasPromptCondition(conditions)
	var found []*version
	for _, m := range s.models {
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

// hasPromptVersions: one version with the tag hides all versions of the name.
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
