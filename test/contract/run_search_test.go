// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package contract

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/mlflowtest"
)

// anyOrder compares runs whose metrics come in any order.
var anyOrder = cmpopts.SortSlices(func(a, b entities.Metric) bool { return a.Key < b.Key })

// A gate has to find in a search what it would find in a get.
func TestASearchShowsRunsAsAGetDoes(t *testing.T) {
	everywhere(t, func(w *world) {
		ctx := w.Context()
		plain, odd, deleted := w.run(), w.run(), w.run()
		w.log(plain.RunID, "accuracy", "0.91")
		for step, value := range []string{"0.5", "NaN"} {
			w.must(w.people.LogMetric(ctx, odd.RunID, mlflowtest.Point{Key: "nan", Value: value, Timestamp: 1, Step: int64(step)}))
		}
		for key, value := range map[string]string{"infinite": "Infinity", "negative": "-Infinity", "zero": "0.0", "small": "5e-324"} {
			w.log(odd.RunID, key, value)
		}
		w.must(w.people.DeleteRun(ctx, deleted.RunID))

		ids := []string{plain.RunID, odd.RunID, deleted.RunID, "0123456789abcdef0123456789abcdef"}
		filter := got(mlflow.FilterIn("attributes.run_id", ids))(w)
		page := got(w.client.SearchRuns(ctx, mlflow.RunSearch{
			ExperimentIDs: []string{plain.ExperimentID, odd.ExperimentID, deleted.ExperimentID, "987654321"}, Filter: filter,
		}))(w)
		if len(page.Runs) != 3 {
			w.Fatalf("%d runs, want the three that exist", len(page.Runs))
		}
		for _, run := range page.Runs {
			want := got(w.client.GetRun(ctx, run.RunID))(w)
			if diff := cmp.Diff(want, run, anyOrder, cmp.AllowUnexported(entities.MetricValue{}), cmpopts.EquateNaNs()); diff != "" {
				w.Errorf("run %s (-get +search):\n%s", run.RunID, diff)
			}
			if run.Deleted() != (run.RunID == deleted.RunID) {
				w.Errorf("run %s: deleted is %t", run.RunID, run.Deleted())
			}
		}
	})
}

func TestASearchFindsRunsInItsExperimentsOnly(t *testing.T) {
	everywhere(t, func(w *world) {
		ctx, run := w.Context(), w.run()
		elsewhere := got(w.people.CreateExperiment(ctx, fresh("experiment")))(w)
		filter := got(mlflow.FilterIn("attributes.run_id", []string{run.RunID}))(w)
		page := got(w.client.SearchRuns(ctx, mlflow.RunSearch{ExperimentIDs: []string{elsewhere}, Filter: filter}))(w)
		if len(page.Runs) != 0 {
			w.Errorf("%d runs are found in an experiment that holds none", len(page.Runs))
		}
		_, err := w.client.SearchRuns(ctx, mlflow.RunSearch{Filter: filter})
		w.is(err, mlflow.ErrInvalidParameter)
	})
}

func TestRunsComeInPages(t *testing.T) {
	everywhere(t, func(w *world) {
		ctx := w.Context()
		runs := []*entities.Run{w.run(), w.run(), w.run()}
		var ids, in []string
		for _, run := range runs {
			ids, in = append(ids, run.RunID), append(in, run.ExperimentID)
		}
		search := mlflow.RunSearch{ExperimentIDs: in, Filter: got(mlflow.FilterIn("attributes.run_id", ids))(w), MaxResults: 2}
		first := got(w.client.SearchRuns(ctx, search))(w)
		search.PageToken = first.NextPageToken
		second := got(w.client.SearchRuns(ctx, search))(w)
		if len(first.Runs) != 2 || len(second.Runs) != 1 || second.NextPageToken != "" {
			w.Errorf("pages of %d and %d runs, then %q", len(first.Runs), len(second.Runs), second.NextPageToken)
		}
	})
}

// What a search by names shows of a model is what a get shows.
func TestASearchShowsModelsAsAGetDoes(t *testing.T) {
	everywhere(t, func(w *world) {
		ctx := w.Context()
		names := []string{w.modelWith(2), w.modelWith(1), w.model()}
		w.must(w.people.SetAlias(ctx, names[0], "champion", "1"))
		w.must(w.client.TransitionModelVersionStage(ctx, names[0], "1", entities.StageProduction, false))
		w.must(w.client.SetModelVersionTag(ctx, names[0], "2", "k", "v"))
		w.must(w.client.SetRegisteredModelTag(ctx, names[1], "k", "v"))
		filter := got(mlflow.FilterIn("name", names))(w)
		page, err := w.client.SearchRegisteredModels(ctx, mlflow.SearchRequest{Filter: filter})
		if per(w, false, true) {
			w.is(err, mlflow.ErrInvalidParameter)
			return
		}
		w.must(err)
		if len(page.RegisteredModels) != 3 {
			w.Fatalf("%d models, want 3", len(page.RegisteredModels))
		}
		byVersion := cmpopts.SortSlices(func(a, b entities.ModelVersion) bool { return a.Version < b.Version })
		for _, model := range page.RegisteredModels {
			want := got(w.client.GetRegisteredModel(ctx, model.Name))(w)
			if diff := cmp.Diff(want, model, byVersion); diff != "" {
				w.Errorf("model %s (-get +search):\n%s", model.Name, diff)
			}
			for i := range model.LatestVersions {
				version := model.LatestVersions[i]
				version.Aliases = model.AliasesOf(version.Version)
				read := got(w.client.GetModelVersion(ctx, model.Name, version.Version))(w)
				if diff := cmp.Diff(read, &version, cmpopts.EquateEmpty()); diff != "" {
					w.Errorf("version %s of %s (-get +search):\n%s", version.Version, model.Name, diff)
				}
			}
		}
	})
}

// A registry of many teams is searched for what carries our mark.
func TestModelsAreFoundByTheBeginningOfATag(t *testing.T) {
	everywhere(t, func(w *world) {
		ctx, key, value := w.Context(), "registry.mlflow-operator.io/managed-by", fresh("instance")
		ours, theirs := w.model(), w.model()
		w.must(w.client.SetRegisteredModelTag(ctx, ours, key, value+"/news/sentiment"))
		w.must(w.client.SetRegisteredModelTag(ctx, theirs, key, "another/"+value+"/news"))
		filter := got(mlflow.FilterTagPrefix(key, value+"/news/"))(w)
		page := got(w.client.SearchRegisteredModels(ctx, mlflow.SearchRequest{Filter: filter}))(w)
		if len(page.RegisteredModels) != 1 || page.RegisteredModels[0].Name != ours {
			w.Errorf("found %d models, want %s alone", len(page.RegisteredModels), ours)
		}
	})
}
