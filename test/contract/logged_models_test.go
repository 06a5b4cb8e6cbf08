// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package contract

import (
	"cmp"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/mlflowtest"
)

// runWithLoggedModel runs a test where there are logged models.
func runWithLoggedModel(t *testing.T, test func(w *env, run *entities.Run, modelID string)) {
	t.Helper()
	forEachOpenServer(t, func(w *env) {
		if byGeneration(w, false, true) {
			return // TestLoggedModelsSinceMLflow3 says so for the second
		}
		run := w.createRun()
		test(w, run, requireValue(w.user.CreateLoggedModel(w.Context(), "0", run.RunID))(w).ModelID)
	})
}

func TestLoggedModelsSinceMLflow3(t *testing.T) {
	forEachOpenServer(t, func(w *env) {
		_, err := w.client.GetLoggedModel(w.Context(), "m-0123456789abcdef0123456789abcdef")
		w.requireKind(err, byGeneration(w, mlflow.ErrNotFound, mlflow.ErrNotMLflow))
	})
}

func TestALoggedModelNamesItsRun(t *testing.T) {
	runWithLoggedModel(t, func(w *env, run *entities.Run, modelID string) {
		w.requireNoError(w.user.FinalizeLoggedModel(w.Context(), modelID))
		read := requireValue(w.client.GetLoggedModel(w.Context(), modelID))(w)
		want := &entities.LoggedModel{
			ModelID: modelID, Name: read.Name, SourceRunID: run.RunID, ArtifactURI: "mlflow-artifacts:/0/models/" + modelID + "/artifacts",
		}
		if diff := gocmp.Diff(want, read); diff != "" {
			w.Errorf("(-want +got):\n%s", diff)
		}
	})
}

func TestARunListsItsLoggedModels(t *testing.T) {
	runWithLoggedModel(t, func(w *env, run *entities.Run, _ string) {
		first := requireValue(w.user.LogModel(w.Context(), run, "model", 1))(w)
		second := requireValue(w.user.LogModel(w.Context(), run, "other", 2))(w)
		read := requireValue(w.client.GetRun(w.Context(), run.RunID))(w)
		slices.SortFunc(read.Outputs, func(a, b entities.LoggedModelOutput) int { return cmp.Compare(a.Step, b.Step) })
		want := []entities.LoggedModelOutput{{ModelID: first, Step: 1}, {ModelID: second, Step: 2}}
		if diff := gocmp.Diff(want, read.Outputs); diff != "" {
			w.Errorf("(-want +got):\n%s", diff)
		}
		if name := requireValue(w.client.GetLoggedModel(w.Context(), second))(w).Name; name != "other" {
			w.Errorf("the second is called %q", name)
		}
		page := requireValue(w.client.SearchRuns(w.Context(), mlflow.SearchRunsRequest{
			ExperimentIDs: []string{run.ExperimentID}, Filter: "attributes.run_id = '" + run.RunID + "'",
		}))(w)
		slices.SortFunc(page.Runs[0].Outputs, func(a, b entities.LoggedModelOutput) int { return cmp.Compare(a.Step, b.Step) })
		if diff := gocmp.Diff(want, page.Runs[0].Outputs); diff != "" {
			w.Errorf("a search tells something else (-want +got):\n%s", diff)
		}
	})
}

func TestADeletedLoggedModelIsNotFound(t *testing.T) {
	runWithLoggedModel(t, func(w *env, _ *entities.Run, modelID string) {
		w.requireNoError(w.user.DeleteLoggedModel(w.Context(), modelID))
		_, err := w.client.GetLoggedModel(w.Context(), modelID)
		w.requireKind(err, mlflow.ErrNotFound)
		w.requireNoError(w.user.DeleteLoggedModel(w.Context(), modelID))
	})
}

func TestALoggedModelHasEveryPoint(t *testing.T) {
	runWithLoggedModel(t, func(w *env, run *entities.Run, modelID string) {
		points := []mlflowtest.Point{
			{Key: "accuracy", Value: "0.5", Timestamp: 1, ModelID: modelID},
			{Key: "accuracy", Value: "0.7", Timestamp: 3, ModelID: modelID, DatasetName: "val", DatasetDigest: "abc"},
			{Key: "accuracy", Value: "0.6", Timestamp: 2, Step: 1, ModelID: modelID},
			{Key: "accuracy", Value: "0.1", Timestamp: 9, Step: 9}, // of the run alone
		}
		for _, point := range points {
			w.requireNoError(w.user.LogMetric(w.Context(), run.RunID, point))
		}
		type line struct {
			Step           int64
			Value, Dataset string
			Run            bool
		}
		var lines []line
		for _, m := range requireValue(w.client.GetLoggedModel(w.Context(), modelID))(w).Metrics {
			lines = append(lines, line{m.Step, m.Value.String(), m.DatasetName + m.DatasetDigest, m.RunID == run.RunID})
		}
		slices.SortFunc(lines, func(a, b line) int { return cmp.Compare(a.Value, b.Value) })
		want := []line{{0, "0.5", "", true}, {1, "0.6", "", true}, {0, "0.7", "valabc", true}}
		if diff := gocmp.Diff(want, lines); diff != "" {
			w.Errorf("(-want +got):\n%s", diff)
		}
		if value := w.getLatestMetric(run.RunID, "accuracy"); value.String() != "0.1" {
			w.Errorf("the run's value is %v", value)
		}
	})
}

// The zero of a logged model may be a NaN: its run's history tells.
func TestANaNOfALoggedModelReadsAsZero(t *testing.T) {
	runWithLoggedModel(t, func(w *env, run *entities.Run, modelID string) {
		w.requireNoError(w.user.LogMetric(w.Context(), run.RunID,
			mlflowtest.Point{Key: "loss", Value: "NaN", Timestamp: 1, ModelID: modelID}))
		metrics := requireValue(w.client.GetLoggedModel(w.Context(), modelID))(w).Metrics
		if len(metrics) != 1 || metrics[0].Value.String() != "0.0" || !metrics[0].Value.IsZero() {
			w.Errorf("the logged model says %+v", metrics)
		}
		history := requireValue(w.client.GetMetricHistory(w.Context(), run.RunID, "loss"))(w)
		if len(history) != 1 || !history[0].Value.IsNaN() {
			w.Errorf("the history says %+v", history)
		}
		if value := w.getLatestMetric(run.RunID, "loss"); !value.IsNaN() {
			w.Errorf("the run says %v", value)
		}
	})
}

func TestAnInfinityOfALoggedModel(t *testing.T) {
	runWithLoggedModel(t, func(w *env, run *entities.Run, modelID string) {
		w.requireNoError(w.user.LogMetric(w.Context(), run.RunID,
			mlflowtest.Point{Key: "score", Value: "Infinity", Timestamp: 1, ModelID: modelID}))
		metrics := requireValue(w.client.GetLoggedModel(w.Context(), modelID))(w).Metrics
		if len(metrics) != 1 || !metrics[0].Value.IsInfinite() {
			w.Errorf("got %+v", metrics)
		}
	})
}

func TestAPointOfAMissingLoggedModelIsRejected(t *testing.T) {
	runWithLoggedModel(t, func(w *env, run *entities.Run, _ string) {
		err := w.user.LogMetric(w.Context(), run.RunID,
			mlflowtest.Point{Key: "k", Value: "1", Timestamp: 1, ModelID: "m-0123456789abcdef0123456789abcdef"})
		if err == nil {
			w.Error("it was accepted")
		}
	})
}
