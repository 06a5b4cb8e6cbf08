// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflowtest

import (
	"cmp"
	"slices"
)

const defaultRunsPage = 1000

// searchRuns knows the attribute run_id alone. Without experiments it finds nothing, and
// answers as if nothing were wrong.
func searchRuns(q *request) (any, error) {
	limit, err := q.args.integer("max_results", defaultRunsPage)
	if err != nil {
		return nil, err
	}
	conditions, err := q.conditions([]string{"run_id"}, []string{"run_id"})
	if err != nil {
		return nil, err
	}
	found := q.space.selectRuns(q.args.strings("experiment_ids"), q.text("run_view_type"), conditions)
	page, token, err := page(found, q.text("page_token"), limit)
	answer := runsAnswer{NextPageToken: token}
	for _, r := range page {
		answer.Runs = append(answer.Runs, r.wire(q.rules))
	}
	return answer, err
}

func (s *space) selectRuns(experiments []string, view string, conditions []condition) []*run {
	var found []*run
	for _, r := range s.runs {
		shown := view == "ALL" || (view == "DELETED_ONLY") == (r.lifecycle == lifecycleDeleted)
		if shown && slices.Contains(experiments, r.experiment.id) &&
			matches(row{attribute: func(string) string { return r.id }}, conditions, true) {
			found = append(found, r)
		}
	}
	slices.SortFunc(found, func(a, b *run) int {
		return cmp.Or(cmp.Compare(b.start, a.start), cmp.Compare(a.id, b.id))
	})
	return found
}
