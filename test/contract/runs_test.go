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

// value is the latest value of a metric of a run.
func (w *world) value(runID, key string) entities.MetricValue {
	w.Helper()
	for _, metric := range got(w.client.GetRun(w.Context(), runID))(w).Metrics {
		if metric.Key == key {
			return metric.Value
		}
	}
	w.Fatalf("run %s has no metric %s", runID, key)
	return entities.MetricValue{}
}

func TestARunTellsItsArtifactsAndTags(t *testing.T) {
	everywhere(t, func(w *world) {
		experiment := got(w.people.CreateExperiment(w.Context(), fresh("experiment")))(w)
		created := got(w.people.CreateRun(w.Context(), experiment, map[string]string{"k": "v"}))(w)
		read := got(w.client.GetRun(w.Context(), created.RunID))(w)
		if read.RunID != created.RunID || read.ExperimentID != experiment || read.Deleted() || read.Tags["k"] != "v" {
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
	everywhere(t, func(w *world) {
		_, err := w.client.GetRun(w.Context(), "0123456789abcdef0123456789abcdef")
		w.is(err, mlflow.ErrNotFound)
	})
}

func TestADeletedRunGoesOnAnswering(t *testing.T) {
	everywhere(t, func(w *world) {
		ctx, run, name := w.Context(), w.run(), w.model()
		w.log(run.RunID, "accuracy", "0.91")
		w.add(mlflowtest.VersionSpec{Name: name, Source: "s3://bucket/m", RunID: run.RunID})
		w.must(w.people.DeleteRun(ctx, run.RunID))
		if !got(w.client.GetRun(ctx, run.RunID))(w).Deleted() {
			w.Error("the run does not tell that it is deleted")
		}
		if diff := cmp.Diff("0.91", w.value(run.RunID, "accuracy").String()); diff != "" {
			w.Errorf("its metric (-want +got):\n%s", diff)
		}
		if numbers := w.versionNumbers("run_id = '" + run.RunID + "'"); len(numbers) != 1 {
			w.Errorf("its versions are %v", numbers)
		}
		err := w.people.LogMetric(ctx, run.RunID, mlflowtest.Point{Key: "k", Value: "1", Timestamp: 1})
		w.refused(err, 400, "INVALID_PARAMETER_VALUE", "must be in the 'active' state")
		w.must(w.people.RestoreRun(ctx, run.RunID))
		if got(w.client.GetRun(ctx, run.RunID))(w).Deleted() {
			w.Error("the restored run is still deleted")
		}
	})
}

func TestTagsOfARun(t *testing.T) {
	everywhere(t, func(w *world) {
		run := w.run()
		w.must(w.people.SetRunTag(w.Context(), run.RunID, "bias_review", "passed"))
		if tag := got(w.client.GetRun(w.Context(), run.RunID))(w).Tags["bias_review"]; tag != "passed" {
			w.Errorf("got %q", tag)
		}
	})
}
