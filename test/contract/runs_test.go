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

// getLatestMetric returns the latest value of a metric of a run.
func (e *env) getLatestMetric(runID, key string) entities.MetricValue {
	e.Helper()
	for _, metric := range requireValue(e.client.GetRun(e.Context(), runID))(e).Metrics {
		if metric.Key == key {
			return metric.Value
		}
	}
	e.Fatalf("run %s has no metric %s", runID, key)
	return entities.MetricValue{}
}

func TestARunHasArtifactsAndTags(t *testing.T) {
	forEachOpenServer(t, func(e *env) {
		experiment := requireValue(e.user.CreateExperiment(e.Context(), newName("experiment")))(e)
		created := requireValue(e.user.CreateRun(e.Context(), experiment, map[string]string{"k": "v"}))(e)
		read := requireValue(e.client.GetRun(e.Context(), created.RunID))(e)
		if read.RunID != created.RunID || read.ExperimentID != experiment || read.IsDeleted() || read.Tags["k"] != "v" {
			e.Errorf("got %+v", read)
		}
		want := "mlflow-artifacts:/" + experiment + "/" + read.RunID + "/artifacts"
		if diff := cmp.Diff(want, read.ArtifactURI); diff != "" {
			e.Errorf("artifacts (-want +got):\n%s", diff)
		}
		if strings.Trim(read.RunID, "0123456789abcdef") != "" || len(read.RunID) != 32 {
			e.Errorf("the run's id is %s", read.RunID)
		}
	})
}

func TestAMissingRunIsNotFound(t *testing.T) {
	forEachOpenServer(t, func(e *env) {
		_, err := e.client.GetRun(e.Context(), "0123456789abcdef0123456789abcdef")
		e.requireKind(err, mlflow.ErrNotFound)
	})
}

func TestADeletedRunCanBeRead(t *testing.T) {
	forEachOpenServer(t, func(e *env) {
		ctx, run, name := e.Context(), e.createRun(), e.createModel()
		e.logMetric(run.RunID, "accuracy", "0.91")
		e.createVersion(mlflowtest.VersionSpec{Name: name, Source: "s3://bucket/m", RunID: run.RunID})
		e.requireNoError(e.user.DeleteRun(ctx, run.RunID))
		if !requireValue(e.client.GetRun(ctx, run.RunID))(e).IsDeleted() {
			e.Error("the run does not show that it is deleted")
		}
		if diff := cmp.Diff("0.91", e.getLatestMetric(run.RunID, "accuracy").String()); diff != "" {
			e.Errorf("its metric (-want +got):\n%s", diff)
		}
		if numbers := e.searchVersionNumbers("run_id = '" + run.RunID + "'"); len(numbers) != 1 {
			e.Errorf("its versions are %v", numbers)
		}
		err := e.user.LogMetric(ctx, run.RunID, mlflowtest.Point{Key: "k", Value: "1", Timestamp: 1})
		e.requireRejected(err, 400, "INVALID_PARAMETER_VALUE", "must be in the 'active' state")
		e.requireNoError(e.user.RestoreRun(ctx, run.RunID))
		if requireValue(e.client.GetRun(ctx, run.RunID))(e).IsDeleted() {
			e.Error("the restored run is still deleted")
		}
	})
}

func TestTagsOfARun(t *testing.T) {
	forEachOpenServer(t, func(e *env) {
		run := e.createRun()
		e.requireNoError(e.user.SetRunTag(e.Context(), run.RunID, "bias_review", "passed"))
		if tag := requireValue(e.client.GetRun(e.Context(), run.RunID))(e).Tags["bias_review"]; tag != "passed" {
			e.Errorf("got %q", tag)
		}
	})
}
