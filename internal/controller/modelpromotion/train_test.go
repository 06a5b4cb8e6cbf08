// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package modelpromotion_test

import (
	"maps"
	"slices"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/mlflowtest"
)

// metrics are what a run logged, by key, in MLflow's spelling.
type metrics map[string]string

// run logs a run with metrics.
func (w *world) run(logged metrics, loggedModel string) string {
	w.Helper()
	run, err := w.user.CreateRun(w.ctx, "0", nil)
	w.must(err)
	w.log(run.RunID, loggedModel, logged)
	return run.RunID
}

func (w *world) log(runID, loggedModel string, logged metrics) {
	w.Helper()
	for _, key := range slices.Sorted(maps.Keys(logged)) {
		w.logged++
		w.must(w.user.LogMetric(w.ctx, runID, mlflowtest.Point{
			Key: key, Value: logged[key], Timestamp: w.logged, Step: w.logged, ModelID: loggedModel,
		}))
	}
}

// train registers what came out of a run, as MLflow's Python client does, and returns
// the version.
func (w *world) train(logged metrics) string {
	w.Helper()
	run := w.run(logged, "")
	return w.register(mlflowtest.VersionSpec{Source: "runs:/" + run + "/model", RunID: run})
}

// trainLogged registers a logged model that carries the metrics.
func (w *world) trainLogged(logged metrics) string {
	w.Helper()
	run := w.run(nil, "")
	model, err := w.user.CreateLoggedModel(w.ctx, "0", run)
	w.must(err)
	w.log(run, model.ModelID, logged)
	return w.register(mlflowtest.VersionSpec{Source: "models:/" + model.ModelID, ModelID: model.ModelID})
}

// trainClaimed registers a file in a bucket that claims a run of others.
func (w *world) trainClaimed(logged metrics) string {
	w.Helper()
	return w.register(mlflowtest.VersionSpec{Source: "s3://bucket/model", RunID: w.run(logged, "")})
}

func (w *world) register(spec mlflowtest.VersionSpec) string {
	w.Helper()
	spec.Name = sentiment
	version, err := w.user.CreateVersion(w.ctx, spec)
	w.must(err)
	w.trained++
	return version
}
