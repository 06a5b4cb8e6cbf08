// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflowtest

import (
	"slices"
	"strconv"
)

const (
	maxRunsPage     = 50_000
	defaultRunsPage = 1000
)

// runsSearchable leaves metrics and parameters out: nobody has asked about them yet.
var runsSearchable = searchable{
	attributes: []string{"run_id", "run_name", "status", "artifact_uri"},
	lists:      []string{"run_id"},
	prefixes:   []string{"attribute", "attributes"},
}

// searchRuns looks only in the experiments that are named: in none, it finds none.
func searchRuns(q *request) (any, error) {
	limit, err := q.parseRunsLimit()
	if err != nil {
		return nil, err
	}
	conditions, err := q.parseConditions(runsSearchable)
	if err != nil {
		return nil, err
	}
	order, err := parseRunOrder(q.args.getStrings("order_by"))
	if err != nil {
		return nil, err
	}
	experiments := q.args.getStrings("experiment_ids")
	if err := q.rules.checkExperimentIDs(experiments); err != nil {
		return nil, err
	}
	found := q.selectRuns(experiments, conditions)
	slices.SortFunc(found, order)
	page, token, err := cutPage(found, q.getText("page_token"), limit)
	answer := runsResponse{NextPageToken: q.rules.nextRunsToken(token, q.getText("page_token"), len(page), limit)}
	for _, r := range page {
		answer.Runs = append(answer.Runs, r.toWire(q.rules))
	}
	return answer, err
}

func (q *request) parseRunsLimit() (int64, error) {
	limit, err := q.args.getInt("max_results", defaultRunsPage)
	switch {
	case err != nil:
		return 0, err
	case limit < 1:
		return 0, newInvalidError("Invalid value %d for parameter 'max_results' supplied. It must be a positive integer", limit)
	case limit > maxRunsPage:
		return 0, newInvalidError("Invalid value %d for parameter 'max_results' supplied:  Hint: Value was of type 'int'.%s", limit, seeDocsSuffix)
	default:
		return limit, nil
	}
}

func (d dialect) checkExperimentIDs(ids []string) error {
	for _, id := range ids {
		if _, err := strconv.Atoi(id); err != nil && d.exactRunPages {
			return newInvalidError("Invalid experiment ID '%s'. Experiment ID must be a valid integer.", id)
		}
	}
	return nil
}

// selectRuns leaves deleted runs out unless they are asked for by their view.
func (q *request) selectRuns(experiments []string, conditions []filterClause) []*run {
	var found []*run
	for _, r := range q.workspace.runs {
		if slices.Contains(experiments, r.experiment.id) && q.matchesView(r) && matchesConditions(r.toRow(), conditions, false) {
			found = append(found, r)
		}
	}
	return found
}

// matchesView takes the name or the number of a view; what it doesn't know shows active runs.
func (q *request) matchesView(r *run) bool {
	switch q.args["run_view_type"] {
	case "ALL", float64(3):
		return true
	case "DELETED_ONLY", float64(2):
		return r.lifecycle == lifecycleDeleted
	default:
		return r.lifecycle == lifecycleActive
	}
}

// nextRunsToken follows each full page on old servers, also the last one.
func (d dialect) nextRunsToken(next, sent string, rows int, limit int64) string {
	if d.exactRunPages || int64(rows) < limit {
		return next
	}
	offset, _ := parseToken(sent) // page has read it
	return newToken(offset + limit)
}

func (r *run) toRow() row {
	attribute := func(key string) string {
		switch key {
		case "run_id":
			return r.id
		case "run_name":
			return r.name
		case "artifact_uri":
			return r.artifactURI()
		default:
			return statusRunning
		}
	}
	return row{attribute: attribute, tags: r.tags}
}
