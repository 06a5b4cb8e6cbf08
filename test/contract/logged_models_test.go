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

// runWithLoggedModel runs a test on servers with logged models.
func runWithLoggedModel(t *testing.T, test func(e *env, run *entities.Run, modelID string)) {
	t.Helper()
	forEachOpenServer(t, func(e *env) {
		if byGeneration(e, false, true) {
			return // TestLoggedModelsSinceMLflow3 says so for the second
		}
		run := e.createRun()
		test(e, run, requireValue(e.user.CreateLoggedModel(e.Context(), "0", run.RunID))(e).ModelID)
	})
}

func TestLoggedModelsSinceMLflow3(t *testing.T) {
	forEachOpenServer(t, func(e *env) {
		_, err := e.client.GetLoggedModel(e.Context(), "m-0123456789abcdef0123456789abcdef")
		e.requireKind(err, byGeneration(e, mlflow.ErrNotFound, mlflow.ErrNotMLflow))
	})
}

func TestALoggedModelNamesItsRun(t *testing.T) {
	runWithLoggedModel(t, func(e *env, run *entities.Run, modelID string) {
		e.requireNoError(e.user.FinalizeLoggedModel(e.Context(), modelID))
		read := requireValue(e.client.GetLoggedModel(e.Context(), modelID))(e)
		want := &entities.LoggedModel{
			ModelID: modelID, Name: read.Name, SourceRunID: run.RunID, ArtifactURI: "mlflow-artifacts:/0/models/" + modelID + "/artifacts",
		}
		if diff := gocmp.Diff(want, read); diff != "" {
			e.Errorf("(-want +got):\n%s", diff)
		}
	})
}

func TestARunListsItsLoggedModels(t *testing.T) {
	runWithLoggedModel(t, func(e *env, run *entities.Run, _ string) {
		first := requireValue(e.user.LogModel(e.Context(), run, "model", 1))(e)
		second := requireValue(e.user.LogModel(e.Context(), run, "other", 2))(e)
		read := requireValue(e.client.GetRun(e.Context(), run.RunID))(e)
		slices.SortFunc(read.Outputs, func(a, b entities.LoggedModelOutput) int { return cmp.Compare(a.Step, b.Step) })
		want := []entities.LoggedModelOutput{{ModelID: first, Step: 1}, {ModelID: second, Step: 2}}
		if diff := gocmp.Diff(want, read.Outputs); diff != "" {
			e.Errorf("(-want +got):\n%s", diff)
		}
		if name := requireValue(e.client.GetLoggedModel(e.Context(), second))(e).Name; name != "other" {
			e.Errorf("the second model is called %q", name)
		}
		page := requireValue(e.client.SearchRuns(e.Context(), mlflow.SearchRunsRequest{
			ExperimentIDs: []string{run.ExperimentID}, Filter: "attributes.run_id = '" + run.RunID + "'",
		}))(e)
		slices.SortFunc(page.Runs[0].Outputs, func(a, b entities.LoggedModelOutput) int { return cmp.Compare(a.Step, b.Step) })
		if diff := gocmp.Diff(want, page.Runs[0].Outputs); diff != "" {
			e.Errorf("a search differs (-want +got):\n%s", diff)
		}
	})
}

func TestADeletedLoggedModelIsNotFound(t *testing.T) {
	runWithLoggedModel(t, func(e *env, _ *entities.Run, modelID string) {
		e.requireNoError(e.user.DeleteLoggedModel(e.Context(), modelID))
		_, err := e.client.GetLoggedModel(e.Context(), modelID)
		e.requireKind(err, mlflow.ErrNotFound)
		e.requireNoError(e.user.DeleteLoggedModel(e.Context(), modelID))
	})
}

func TestALoggedModelHasEveryPoint(t *testing.T) {
	runWithLoggedModel(t, func(e *env, run *entities.Run, modelID string) {
		points := []mlflowtest.Point{
			{Key: "accuracy", Value: "0.5", Timestamp: 1, ModelID: modelID},
			{Key: "accuracy", Value: "0.7", Timestamp: 3, ModelID: modelID, DatasetName: "val", DatasetDigest: "abc"},
			{Key: "accuracy", Value: "0.6", Timestamp: 2, Step: 1, ModelID: modelID},
			{Key: "accuracy", Value: "0.1", Timestamp: 9, Step: 9}, // of the run alone
		}
		for _, point := range points {
			e.requireNoError(e.user.LogMetric(e.Context(), run.RunID, point))
		}
		type line struct {
			Step           int64
			Value, Dataset string
			Run            bool
		}
		var lines []line
		for _, m := range requireValue(e.client.GetLoggedModel(e.Context(), modelID))(e).Metrics {
			lines = append(lines, line{m.Step, m.Value.String(), m.DatasetName + m.DatasetDigest, m.RunID == run.RunID})
		}
		slices.SortFunc(lines, func(a, b line) int { return cmp.Compare(a.Value, b.Value) })
		want := []line{{0, "0.5", "", true}, {1, "0.6", "", true}, {0, "0.7", "valabc", true}}
		if diff := gocmp.Diff(want, lines); diff != "" {
			e.Errorf("(-want +got):\n%s", diff)
		}
		if value := e.getLatestMetric(run.RunID, "accuracy"); value.String() != "0.1" {
			e.Errorf("the run's value is %v", value)
		}
	})
}

// The zero of a logged model may be a NaN, which the history of its run shows.
func TestANaNOfALoggedModelReadsAsZero(t *testing.T) {
	runWithLoggedModel(t, func(e *env, run *entities.Run, modelID string) {
		e.requireNoError(e.user.LogMetric(e.Context(), run.RunID,
			mlflowtest.Point{Key: "loss", Value: "NaN", Timestamp: 1, ModelID: modelID}))
		metrics := requireValue(e.client.GetLoggedModel(e.Context(), modelID))(e).Metrics
		if len(metrics) != 1 || metrics[0].Value.String() != "0.0" || !metrics[0].Value.IsZero() {
			e.Errorf("the logged model has %+v", metrics)
		}
		history := requireValue(e.client.GetMetricHistory(e.Context(), run.RunID, "loss"))(e)
		if len(history) != 1 || !history[0].Value.IsNaN() {
			e.Errorf("the history has %+v", history)
		}
		if value := e.getLatestMetric(run.RunID, "loss"); !value.IsNaN() {
			e.Errorf("the run has %v", value)
		}
	})
}

func TestAnInfinityOfALoggedModel(t *testing.T) {
	runWithLoggedModel(t, func(e *env, run *entities.Run, modelID string) {
		e.requireNoError(e.user.LogMetric(e.Context(), run.RunID,
			mlflowtest.Point{Key: "score", Value: "Infinity", Timestamp: 1, ModelID: modelID}))
		metrics := requireValue(e.client.GetLoggedModel(e.Context(), modelID))(e).Metrics
		if len(metrics) != 1 || !metrics[0].Value.IsInfinite() {
			e.Errorf("got %+v", metrics)
		}
	})
}

func TestAPointOfAMissingLoggedModelIsRejected(t *testing.T) {
	runWithLoggedModel(t, func(e *env, run *entities.Run, _ string) {
		err := e.user.LogMetric(e.Context(), run.RunID,
			mlflowtest.Point{Key: "k", Value: "1", Timestamp: 1, ModelID: "m-0123456789abcdef0123456789abcdef"})
		if err == nil {
			e.Error("the point was accepted")
		}
	})
}
