// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package simulation

import (
	"maps"
	"slices"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/mlflowtest"
)

// metricValues are what a run logged, by key, in MLflow's spelling.
type metricValues map[string]string

// logRun logs a run with metrics.
func (w *env) logRun(logged metricValues, loggedModel string) string {
	w.Helper()
	run, err := w.user.CreateRun(w.ctx, "0", nil)
	w.must(err)
	w.logMetrics(run.RunID, loggedModel, logged)
	return run.RunID
}

func (w *env) logMetrics(runID, loggedModel string, logged metricValues) {
	w.Helper()
	for _, key := range slices.Sorted(maps.Keys(logged)) {
		w.metricCount++
		w.must(w.user.LogMetric(w.ctx, runID, mlflowtest.Point{
			Key: key, Value: logged[key], Timestamp: w.metricCount, Step: w.metricCount, ModelID: loggedModel,
		}))
	}
}

// registerFromRun registers what came out of a run, as MLflow's Python client does, and returns
// the version.
func (w *env) registerFromRun(logged metricValues) string {
	w.Helper()
	run := w.logRun(logged, "")
	return w.registerModelVersion(mlflowtest.VersionSpec{Source: "runs:/" + run + "/model", RunID: run})
}

// registerLoggedModel registers a logged model that carries the metrics.
func (w *env) registerLoggedModel(logged metricValues) string {
	w.Helper()
	run := w.logRun(nil, "")
	model, err := w.user.CreateLoggedModel(w.ctx, "0", run)
	w.must(err)
	w.logMetrics(run, model.ModelID, logged)
	return w.registerModelVersion(mlflowtest.VersionSpec{Source: "models:/" + model.ModelID, ModelID: model.ModelID})
}

// registerClaimedRun registers a file in a bucket that claims a run of others.
func (w *env) registerClaimedRun(logged metricValues) string {
	w.Helper()
	return w.registerModelVersion(mlflowtest.VersionSpec{Source: "s3://bucket/model", RunID: w.logRun(logged, "")})
}

func (w *env) registerModelVersion(spec mlflowtest.VersionSpec) string {
	w.Helper()
	spec.Name = sentiment
	version, err := w.user.CreateVersion(w.ctx, spec)
	w.must(err)
	w.versionCount++
	return version
}
