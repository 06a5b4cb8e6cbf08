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

func (w *env) createRunIn(experiment string) string {
	w.Helper()
	return requireValue(w.user.CreateRun(w.Context(), experiment, map[string]string{"k": "v"}))(w).RunID
}

func (w *env) createExperiment() string {
	w.Helper()
	return requireValue(w.user.CreateExperiment(w.Context(), newName("experiment")))(w)
}

// searchAllRunIDs are the ids of all pages of what is found.
func (w *env) searchAllRunIDs(client *mlflow.Client, request mlflow.SearchRunsRequest) []string {
	w.Helper()
	var ids []string
	for {
		page := requireValue(client.SearchRuns(w.Context(), request))(w)
		for _, run := range page.Runs {
			ids = append(ids, run.RunID)
		}
		if page.NextPageToken == "" {
			return ids
		}
		request.PageToken = page.NextPageToken
	}
}

// A row of the list is what a get of the run tells, to the last digit.
func TestSearchAndGetReturnTheSameRun(t *testing.T) {
	forEachOpenServer(t, func(w *env) {
		experiment := w.createExperiment()
		first, deleted := w.createRunIn(experiment), w.createRunIn(experiment)
		for key, values := range map[string][]string{
			"accuracy": {"0.91", "0.30000000000000004"}, "nan": {"1", "NaN"}, "infinite": {"Infinity"}, "negative": {"-Infinity"},
			"zero": {"-0.0"}, "integer": {"1"}, "large": {"1e300"}, "small": {"5e-324"},
		} {
			w.logMetric(first, key, values...)
		}
		w.logMetric(deleted, "accuracy", "0.5")
		w.requireNoError(w.user.DeleteRun(w.Context(), deleted))
		page := requireValue(w.client.SearchRuns(w.Context(), mlflow.SearchRunsRequest{
			ExperimentIDs: []string{experiment}, Filter: w.newListFilter("run_id", first, deleted),
		}))(w)
		if len(page.Runs) != 2 {
			w.Fatalf("%d runs are found", len(page.Runs))
		}
		for _, row := range page.Runs {
			read := requireValue(w.client.GetRun(w.Context(), row.RunID))(w)
			if diff := cmp.Diff(read, row, compareRuns); diff != "" {
				w.Errorf("(-get +search):\n%s", diff)
			}
			if row.IsDeleted() != (row.RunID == deleted) || row.ExperimentID != experiment || len(row.Metrics) == 0 {
				w.Errorf("got %+v", row)
			}
		}
	})
}

func TestRunSearchResults(t *testing.T) {
	forEachOpenServer(t, func(w *env) {
		one, two := w.createExperiment(), w.createExperiment()
		inOne, inTwo := w.createRunIn(one), w.createRunIn(two)
		both := w.newListFilter("run_id", inOne, inTwo)
		cases := map[string]struct {
			experiments []string
			filter      string
			want        []string
		}{
			"of both experiments":               {[]string{one, two}, both, []string{inOne, inTwo}},
			"of one experiment, named twice":    {[]string{one, one}, both, []string{inOne}},
			"beside one that is not there":      {[]string{one, "987654321"}, both, []string{inOne}},
			"only where it is not":              {[]string{two}, w.newListFilter("run_id", inOne), nil},
			"by the long name":                  {[]string{one}, w.newListFilter("attributes.run_id", inOne), []string{inOne}},
			"by the singular":                   {[]string{one}, w.newListFilter("attribute.run_id", inOne), []string{inOne}},
			"named twice":                       {[]string{one}, w.newListFilter("run_id", inOne, inOne), []string{inOne}},
			"beside one that is not there, too": {[]string{one}, w.newListFilter("run_id", inOne, strings.Repeat("a", 32)), []string{inOne}},
			"beside oddities":                   {[]string{one}, w.newListFilter("run_id", slices.Concat(specialNames, []string{inOne})...), []string{inOne}},
			"in another case":                   {[]string{one}, w.newListFilter("run_id", strings.ToUpper(inOne)), nil},
			"without a filter":                  {[]string{one}, "", []string{inOne}},
			"by a tag":                          {[]string{one}, "tags.k = 'v'", []string{inOne}},
			"by the beginning of a tag":         {[]string{one}, "tags.`k` LIKE 'v%'", []string{inOne}},
			"by another tag":                    {[]string{one}, "tags.k = 'w'", nil},
		}
		for sentence, tc := range cases {
			w.runCase(sentence, func(w *env) {
				found := w.searchAllRunIDs(w.client, mlflow.SearchRunsRequest{ExperimentIDs: tc.experiments, Filter: tc.filter})
				if diff := cmp.Diff(tc.want, found, cmpopts.SortSlices(strings.Compare), cmpopts.EquateEmpty()); diff != "" {
					w.Errorf("%s in %v (-want +got):\n%s", tc.filter, tc.experiments, diff)
				}
			})
		}
	})
}

func TestRejectedRunSearches(t *testing.T) {
	forEachOpenServer(t, func(w *env) {
		experiment := w.createExperiment()
		cases := map[string]struct {
			experiment, filter string
			want               error
		}{
			"a list of names":            {experiment, w.newListFilter("run_name", "a"), mlflow.ErrFilterNotSupported},
			"an unknown attribute":       {experiment, "colour = 'red'", mlflow.ErrInvalidParameter},
			"an empty list":              {experiment, "run_id IN ()", mlflow.ErrInvalidParameter},
			"no number of an experiment": {"abc", "", byGeneration(w, mlflow.ErrInvalidParameter, nil)},
		}
		for sentence, tc := range cases {
			w.runCase(sentence, func(w *env) {
				_, err := w.client.SearchRuns(w.Context(), mlflow.SearchRunsRequest{ExperimentIDs: []string{tc.experiment}, Filter: tc.filter})
				w.requireKind(err, tc.want)
			})
		}
	})
}

func TestRunsComeInPages(t *testing.T) {
	forEachOpenServer(t, func(w *env) {
		experiment, want := w.createExperiment(), map[string]bool{}
		for range 4 {
			want[w.createRunIn(experiment)] = true
		}
		for _, size := range []int{1, 2, 3, 4, 50_000} {
			found := map[string]bool{}
			for _, id := range w.searchAllRunIDs(w.client, mlflow.SearchRunsRequest{ExperimentIDs: []string{experiment}, MaxResults: size}) {
				found[id] = true
			}
			if diff := cmp.Diff(want, found); diff != "" {
				w.Errorf("pages of %d (-want +got):\n%s", size, diff)
			}
		}
		last := requireValue(w.client.SearchRuns(w.Context(), mlflow.SearchRunsRequest{ExperimentIDs: []string{experiment}, MaxResults: 4}))(w)
		if another := last.NextPageToken != ""; another != byGeneration(w, false, true) {
			w.Errorf("a full last page says that another follows: %t", another)
		}
	})
}

// searchRawRunIDs are those that a raw search finds.
func (w *env) searchRawRunIDs(args object) []string {
	w.Helper()
	var answer struct {
		Runs []*entities.Run `json:"runs"`
	}
	w.requireNoError(w.user.CallEndpoint(w.Context(), "POST", "runs/search", args, &answer))
	var ids []string
	for _, run := range answer.Runs {
		ids = append(ids, run.RunID)
	}
	return ids
}

// What the client always sends, and what happens without it.
func TestRequiredArgumentsOfARunSearch(t *testing.T) {
	forEachOpenServer(t, func(w *env) {
		experiment := w.createExperiment()
		active, deleted := w.createRunIn(experiment), w.createRunIn(experiment)
		w.requireNoError(w.user.DeleteRun(w.Context(), deleted))
		in := []string{experiment}
		for sentence, tc := range map[string]struct {
			args object
			want []string
		}{
			"no experiments":   {object{"run_view_type": "ALL", "filter": w.newListFilter("run_id", active)}, nil},
			"an empty list":    {object{"experiment_ids": []string{}}, nil},
			"no view":          {object{"experiment_ids": in}, []string{active}},
			"an unknown view":  {object{"experiment_ids": in, "run_view_type": "all"}, []string{active}},
			"the deleted ones": {object{"experiment_ids": in, "run_view_type": "DELETED_ONLY"}, []string{deleted}},
			"a page beyond":    {object{"experiment_ids": in, "page_token": "eyJvZmZzZXQiOiAxMDB9"}, nil},
		} {
			w.runCase(sentence, func(w *env) {
				if diff := cmp.Diff(tc.want, w.searchRawRunIDs(tc.args)); diff != "" {
					w.Errorf("(-want +got):\n%s", diff)
				}
			})
		}
		for _, size := range []int{0, -1, 50_001} {
			err := w.user.CallEndpoint(w.Context(), "POST", "runs/search", object{"experiment_ids": in, "max_results": size}, nil)
			w.requireRejected(err, 400, "INVALID_PARAMETER_VALUE", "Invalid value")
		}
	})
}

func TestTheShapeOfAListOfRuns(t *testing.T) {
	forEachOpenServer(t, func(w *env) {
		experiment := w.createExperiment()
		run := w.createRunIn(experiment)
		w.logMetric(run, "accuracy", "0.9")
		read := w.getShape("GET", api+"runs/get?run_id="+run, nil).(object)
		listed := w.getShape("POST", api+"runs/search", object{"experiment_ids": []string{experiment}})
		if diff := cmp.Diff(object{"runs": []any{read["run"]}}, listed); diff != "" {
			w.Errorf("(-want +got):\n%s", diff)
		}
	})
}

// An experiment of another workspace is one that is not there.
func TestWorkspacesSeparateRuns(t *testing.T) {
	forEachServer(t, withSpaces, func(w *env) {
		team := newName("team")
		w.requireNoError(w.user.CreateWorkspace(w.Context(), team))
		mine := w.createExperiment()
		run := w.createRunIn(mine)
		w.user.Workspace = team
		theirs := w.createExperiment()
		other := w.createRunIn(theirs)
		request := mlflow.SearchRunsRequest{ExperimentIDs: []string{mine, theirs}, Filter: w.newListFilter("run_id", run, other)}
		if diff := cmp.Diff([]string{run}, w.searchAllRunIDs(w.client, request)); diff != "" {
			w.Errorf("in the default workspace (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff([]string{other}, w.searchAllRunIDs(w.newClientIn(team), request)); diff != "" {
			w.Errorf("in the team's (-want +got):\n%s", diff)
		}
	})
}
