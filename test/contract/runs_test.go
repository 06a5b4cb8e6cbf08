// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package contract

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/mlflowtest"
)

// getLatestMetric is the latest value of a metric of a run.
func (w *env) getLatestMetric(runID, key string) entities.MetricValue {
	w.Helper()
	for _, metric := range requireValue(w.client.GetRun(w.Context(), runID))(w).Metrics {
		if metric.Key == key {
			return metric.Value
		}
	}
	w.Fatalf("run %s has no metric %s", runID, key)
	return entities.MetricValue{}
}

func TestARunHasArtifactsAndTags(t *testing.T) {
	forEachOpenServer(t, func(w *env) {
		experiment := requireValue(w.user.CreateExperiment(w.Context(), newName("experiment")))(w)
		created := requireValue(w.user.CreateRun(w.Context(), experiment, map[string]string{"k": "v"}))(w)
		read := requireValue(w.client.GetRun(w.Context(), created.RunID))(w)
		if read.RunID != created.RunID || read.ExperimentID != experiment || read.IsDeleted() || read.Tags["k"] != "v" {
			w.Errorf("got %+v", read)
		}
		want := "mlflow-artifacts:/" + experiment + "/" + read.RunID + "/artifacts"
		if diff := cmp.Diff(want, read.ArtifactURI); diff != "" {
			w.Errorf("artifacts (-want +got):\n%s", diff)
		}
		if strings.Trim(read.RunID, "0123456789abcdef") != "" || len(read.RunID) != 32 {
			w.Errorf("the run's id is %s", read.RunID)
		}
	})
}

func TestAMissingRunIsNotFound(t *testing.T) {
	forEachOpenServer(t, func(w *env) {
		_, err := w.client.GetRun(w.Context(), "0123456789abcdef0123456789abcdef")
		w.requireKind(err, mlflow.ErrNotFound)
	})
}

func TestADeletedRunCanBeRead(t *testing.T) {
	forEachOpenServer(t, func(w *env) {
		ctx, run, name := w.Context(), w.createRun(), w.createModel()
		w.logMetric(run.RunID, "accuracy", "0.91")
		w.createVersion(mlflowtest.VersionSpec{Name: name, Source: "s3://bucket/m", RunID: run.RunID})
		w.requireNoError(w.user.DeleteRun(ctx, run.RunID))
		if !requireValue(w.client.GetRun(ctx, run.RunID))(w).IsDeleted() {
			w.Error("the run does not tell that it is deleted")
		}
		if diff := cmp.Diff("0.91", w.getLatestMetric(run.RunID, "accuracy").String()); diff != "" {
			w.Errorf("its metric (-want +got):\n%s", diff)
		}
		if numbers := w.searchVersionNumbers("run_id = '" + run.RunID + "'"); len(numbers) != 1 {
			w.Errorf("its versions are %v", numbers)
		}
		err := w.user.LogMetric(ctx, run.RunID, mlflowtest.Point{Key: "k", Value: "1", Timestamp: 1})
		w.requireRejected(err, 400, "INVALID_PARAMETER_VALUE", "must be in the 'active' state")
		w.requireNoError(w.user.RestoreRun(ctx, run.RunID))
		if requireValue(w.client.GetRun(ctx, run.RunID))(w).IsDeleted() {
			w.Error("the restored run is still deleted")
		}
	})
}

func TestTagsOfARun(t *testing.T) {
	forEachOpenServer(t, func(w *env) {
		run := w.createRun()
		w.requireNoError(w.user.SetRunTag(w.Context(), run.RunID, "bias_review", "passed"))
		if tag := requireValue(w.client.GetRun(w.Context(), run.RunID))(w).Tags["bias_review"]; tag != "passed" {
			w.Errorf("got %q", tag)
		}
	})
}
