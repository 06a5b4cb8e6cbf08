// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package contract

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
)

var compareRuns = cmp.Options{
	cmp.AllowUnexported(entities.MetricValue{}),
	cmpopts.SortSlices(func(a, b entities.Metric) bool { return a.Key < b.Key }),
}

func (e *env) createRunIn(experiment string) string {
	e.Helper()
	return requireValue(e.user.CreateRun(e.Context(), experiment, map[string]string{"k": "v"}))(e).RunID
}

func (e *env) createExperiment() string {
	e.Helper()
	return requireValue(e.user.CreateExperiment(e.Context(), newName("experiment")))(e)
}

// searchAllRunIDs returns the ids on all pages of a search.
func (e *env) searchAllRunIDs(client *mlflow.Client, request mlflow.SearchRunsRequest) []string {
	e.Helper()
	var ids []string
	for {
		page := requireValue(client.SearchRuns(e.Context(), request))(e)
		for _, run := range page.Runs {
			ids = append(ids, run.RunID)
		}
		if page.NextPageToken == "" {
			return ids
		}
		request.PageToken = page.NextPageToken
	}
}

// A row of the list equals the answer of a get, to the last digit.
func TestSearchAndGetReturnTheSameRun(t *testing.T) {
	forEachOpenServer(t, func(e *env) {
		experiment := e.createExperiment()
		first, deleted := e.createRunIn(experiment), e.createRunIn(experiment)
		for key, values := range map[string][]string{
			"accuracy": {"0.91", "0.30000000000000004"}, "nan": {"1", "NaN"}, "infinite": {"Infinity"}, "negative": {"-Infinity"},
			"zero": {"-0.0"}, "integer": {"1"}, "large": {"1e300"}, "small": {"5e-324"},
		} {
			e.logMetric(first, key, values...)
		}
		e.logMetric(deleted, "accuracy", "0.5")
		e.requireNoError(e.user.DeleteRun(e.Context(), deleted))
		page := requireValue(e.client.SearchRuns(e.Context(), mlflow.SearchRunsRequest{
			ExperimentIDs: []string{experiment}, Filter: e.newListFilter("run_id", first, deleted),
		}))(e)
		if len(page.Runs) != 2 {
			e.Fatalf("%d runs are found", len(page.Runs))
		}
		for _, row := range page.Runs {
			read := requireValue(e.client.GetRun(e.Context(), row.RunID))(e)
			if diff := cmp.Diff(read, row, compareRuns); diff != "" {
				e.Errorf("(-get +search):\n%s", diff)
			}
			if row.IsDeleted() != (row.RunID == deleted) || row.ExperimentID != experiment || len(row.Metrics) == 0 {
				e.Errorf("got %+v", row)
			}
		}
	})
}

func TestRunSearchResults(t *testing.T) {
	forEachOpenServer(t, func(e *env) {
		one, two := e.createExperiment(), e.createExperiment()
		inOne, inTwo := e.createRunIn(one), e.createRunIn(two)
		both := e.newListFilter("run_id", inOne, inTwo)
		cases := map[string]struct {
			experiments []string
			filter      string
			want        []string
		}{
			"of both experiments":               {[]string{one, two}, both, []string{inOne, inTwo}},
			"of one experiment, named twice":    {[]string{one, one}, both, []string{inOne}},
			"beside one that is not there":      {[]string{one, "987654321"}, both, []string{inOne}},
			"only where it is not":              {[]string{two}, e.newListFilter("run_id", inOne), nil},
			"by the long name":                  {[]string{one}, e.newListFilter("attributes.run_id", inOne), []string{inOne}},
			"by the singular":                   {[]string{one}, e.newListFilter("attribute.run_id", inOne), []string{inOne}},
			"named twice":                       {[]string{one}, e.newListFilter("run_id", inOne, inOne), []string{inOne}},
			"beside one that is not there, too": {[]string{one}, e.newListFilter("run_id", inOne, strings.Repeat("a", 32)), []string{inOne}},
			"beside oddities": {
				[]string{one}, e.newListFilter("run_id", slices.Concat(specialNames, []string{inOne})...), []string{inOne},
			},
			"in another case":           {[]string{one}, e.newListFilter("run_id", strings.ToUpper(inOne)), nil},
			"without a filter":          {[]string{one}, "", []string{inOne}},
			"by a tag":                  {[]string{one}, "tags.k = 'v'", []string{inOne}},
			"by the beginning of a tag": {[]string{one}, "tags.`k` LIKE 'v%'", []string{inOne}},
			"by another tag":            {[]string{one}, "tags.k = 'w'", nil},
		}
		for sentence, tc := range cases {
			e.runCase(sentence, func(e *env) {
				found := e.searchAllRunIDs(e.client, mlflow.SearchRunsRequest{ExperimentIDs: tc.experiments, Filter: tc.filter})
				if diff := cmp.Diff(tc.want, found, cmpopts.SortSlices(strings.Compare), cmpopts.EquateEmpty()); diff != "" {
					e.Errorf("%s in %v (-want +got):\n%s", tc.filter, tc.experiments, diff)
				}
			})
		}
	})
}

func TestRejectedRunSearches(t *testing.T) {
	forEachOpenServer(t, func(e *env) {
		experiment := e.createExperiment()
		cases := map[string]struct {
			experiment, filter string
			want               error
		}{
			"a list of names":            {experiment, e.newListFilter("run_name", "a"), mlflow.ErrFilterNotSupported},
			"an unknown attribute":       {experiment, "colour = 'red'", mlflow.ErrInvalidParameter},
			"an empty list":              {experiment, "run_id IN ()", mlflow.ErrInvalidParameter},
			"no number of an experiment": {"abc", "", byGeneration(e, mlflow.ErrInvalidParameter, nil)},
		}
		for sentence, tc := range cases {
			e.runCase(sentence, func(e *env) {
				_, err := e.client.SearchRuns(e.Context(), mlflow.SearchRunsRequest{ExperimentIDs: []string{tc.experiment}, Filter: tc.filter})
				e.requireKind(err, tc.want)
			})
		}
	})
}

func TestRunsComeInPages(t *testing.T) {
	forEachOpenServer(t, func(e *env) {
		experiment, want := e.createExperiment(), map[string]bool{}
		for range 4 {
			want[e.createRunIn(experiment)] = true
		}
		for _, size := range []int{1, 2, 3, 4, 50_000} {
			found := map[string]bool{}
			for _, id := range e.searchAllRunIDs(e.client, mlflow.SearchRunsRequest{ExperimentIDs: []string{experiment}, MaxResults: size}) {
				found[id] = true
			}
			if diff := cmp.Diff(want, found); diff != "" {
				e.Errorf("pages of %d (-want +got):\n%s", size, diff)
			}
		}
		last := requireValue(e.client.SearchRuns(e.Context(), mlflow.SearchRunsRequest{ExperimentIDs: []string{experiment}, MaxResults: 4}))(e)
		if another := last.NextPageToken != ""; another != byGeneration(e, false, true) {
			e.Errorf("a full last page has a token: %t", another)
		}
	})
}

// searchRawRunIDs returns the ids that a search without the client's arguments finds.
func (e *env) searchRawRunIDs(args object) []string {
	e.Helper()
	var answer struct {
		Runs []*entities.Run `json:"runs"`
	}
	e.requireNoError(e.user.CallEndpoint(e.Context(), "POST", "runs/search", args, &answer))
	var ids []string
	for _, run := range answer.Runs {
		ids = append(ids, run.RunID)
	}
	return ids
}

// The client always sends these arguments. The test shows the answers without them.
func TestRequiredArgumentsOfARunSearch(t *testing.T) {
	forEachOpenServer(t, func(e *env) {
		experiment := e.createExperiment()
		active, deleted := e.createRunIn(experiment), e.createRunIn(experiment)
		e.requireNoError(e.user.DeleteRun(e.Context(), deleted))
		in := []string{experiment}
		for sentence, tc := range map[string]struct {
			args object
			want []string
		}{
			"no experiments":   {object{"run_view_type": "ALL", "filter": e.newListFilter("run_id", active)}, nil},
			"an empty list":    {object{"experiment_ids": []string{}}, nil},
			"no view":          {object{"experiment_ids": in}, []string{active}},
			"an unknown view":  {object{"experiment_ids": in, "run_view_type": "all"}, []string{active}},
			"the deleted ones": {object{"experiment_ids": in, "run_view_type": "DELETED_ONLY"}, []string{deleted}},
			"a page beyond":    {object{"experiment_ids": in, "page_token": "eyJvZmZzZXQiOiAxMDB9"}, nil},
		} {
			e.runCase(sentence, func(e *env) {
				if diff := cmp.Diff(tc.want, e.searchRawRunIDs(tc.args)); diff != "" {
					e.Errorf("(-want +got):\n%s", diff)
				}
			})
		}
		for _, size := range []int{0, -1, 50_001} {
			err := e.user.CallEndpoint(e.Context(), "POST", "runs/search", object{"experiment_ids": in, "max_results": size}, nil)
			e.requireRejected(err, 400, "INVALID_PARAMETER_VALUE", "Invalid value")
		}
	})
}

func TestTheShapeOfAListOfRuns(t *testing.T) {
	forEachOpenServer(t, func(e *env) {
		experiment := e.createExperiment()
		run := e.createRunIn(experiment)
		e.logMetric(run, "accuracy", "0.9")
		read := e.getShape("GET", api+"runs/get?run_id="+run, nil).(object)
		listed := e.getShape("POST", api+"runs/search", object{"experiment_ids": []string{experiment}})
		if diff := cmp.Diff(object{"runs": []any{read["run"]}}, listed); diff != "" {
			e.Errorf("(-want +got):\n%s", diff)
		}
	})
}

// An experiment of another workspace does not exist for a search.
func TestWorkspacesSeparateRuns(t *testing.T) {
	forEachServer(t, withSpaces, func(e *env) {
		team := newName("team")
		e.requireNoError(e.user.CreateWorkspace(e.Context(), team))
		mine := e.createExperiment()
		run := e.createRunIn(mine)
		e.user.Workspace = team
		theirs := e.createExperiment()
		other := e.createRunIn(theirs)
		request := mlflow.SearchRunsRequest{ExperimentIDs: []string{mine, theirs}, Filter: e.newListFilter("run_id", run, other)}
		if diff := cmp.Diff([]string{run}, e.searchAllRunIDs(e.client, request)); diff != "" {
			e.Errorf("in the default workspace (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff([]string{other}, e.searchAllRunIDs(e.newClientIn(team), request)); diff != "" {
			e.Errorf("in the team's (-want +got):\n%s", diff)
		}
	})
}
