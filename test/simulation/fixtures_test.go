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
func (e *env) logRun(logged metricValues, loggedModel string) string {
	e.Helper()
	run, err := e.user.CreateRun(e.ctx, "0", nil)
	e.must(err)
	e.logMetrics(run.RunID, loggedModel, logged)
	return run.RunID
}

func (e *env) logMetrics(runID, loggedModel string, logged metricValues) {
	e.Helper()
	for _, key := range slices.Sorted(maps.Keys(logged)) {
		e.metricCount++
		e.must(e.user.LogMetric(e.ctx, runID, mlflowtest.Point{
			Key: key, Value: logged[key], Timestamp: e.metricCount, Step: e.metricCount, ModelID: loggedModel,
		}))
	}
}

// registerFromRun registers what came out of a run, as MLflow's Python client does, and returns
// the version.
func (e *env) registerFromRun(logged metricValues) string {
	e.Helper()
	run := e.logRun(logged, "")
	return e.registerModelVersion(mlflowtest.VersionSpec{Source: "runs:/" + run + "/model", RunID: run})
}

// registerLoggedModel registers a logged model that carries the metrics.
func (e *env) registerLoggedModel(logged metricValues) string {
	e.Helper()
	run := e.logRun(nil, "")
	model, err := e.user.CreateLoggedModel(e.ctx, "0", run)
	e.must(err)
	e.logMetrics(run, model.ModelID, logged)
	return e.registerModelVersion(mlflowtest.VersionSpec{Source: "models:/" + model.ModelID, ModelID: model.ModelID})
}

// registerClaimedRun registers a file in a bucket that claims a run of others.
func (e *env) registerClaimedRun(logged metricValues) string {
	e.Helper()
	return e.registerModelVersion(mlflowtest.VersionSpec{Source: "s3://bucket/model", RunID: e.logRun(logged, "")})
}

func (e *env) registerModelVersion(spec mlflowtest.VersionSpec) string {
	e.Helper()
	spec.Name = sentiment
	version, err := e.user.CreateVersion(e.ctx, spec)
	e.must(err)
	e.versionCount++
	return version
}
