// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflowtest

import "slices"

const (
	maxModelsPage     = 1000
	defaultModelsPage = 100
)

// registryPrefixes are those of the registry's searches; runs take more.
var registryPrefixes = []string{"attribute"}

func searchModels(q *request) (any, error) {
	limit, err := q.args.getInt("max_results", defaultModelsPage)
	if err != nil {
		return nil, err
	}
	if limit > maxModelsPage {
		return nil, newInvalidError("Invalid value %d for parameter 'max_results' supplied:  Hint: Value was of type 'str'.%s", limit, seeDocsSuffix)
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
