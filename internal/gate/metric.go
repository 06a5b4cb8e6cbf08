// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package gate

import (
	"slices"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
)

// metricQuery is which metric of a version is asked, and where it may be read.
type metricQuery struct {
	key, dataset string
	source       v1alpha1.MetricSource
	provenance   v1alpha1.Provenance
}

// readMetric is the number that answers a question about a version.
func (r *lookup) readMetric(version *entities.ModelVersion, q metricQuery) (metricReading, *failure) {
	switch q.source {
	case v1alpha1.MetricSourceAuto, "":
		return r.readAutoMetric(version, q)
	case v1alpha1.MetricSourceRun:
		return r.readRunMetric(version, q)
	case v1alpha1.MetricSourceLoggedModel:
		return r.readLoggedModelMetric(version, q)
	case v1alpha1.MetricSourceVersionTag:
		return readTagMetric(version, q)
	default:
		return metricReading{}, newFailure("there is no source " + cleanText(string(q.source), 50) + " of metrics")
	}
}

// readAutoMetric prefers the logged model where it carries the metric. A metric for a
// dataset can be nowhere else.
func (r *lookup) readAutoMetric(version *entities.ModelVersion, q metricQuery) (metricReading, *failure) {
	if _, s := r.resolveOrigin(version); s != nil && s.notFound && q.dataset == "" && isClaimAccepted(version, q.provenance) {
		// What it was copied from can't be asked any more, and the gate takes its word.
		return r.readRunMetric(version, q)
	}
	model, s := r.resolveLoggedModel(version)
	if s != nil {
		return metricReading{}, s
	}
	if model == nil {
		return r.readRunMetric(version, q)
	}
	if q.dataset != "" || len(selectLatestPoints(model.Metrics, q.key, "")) > 0 {
		return r.readLoggedModelPoint(model, q)
	}
	found, s := r.readRunMetric(version, q)
	if s != nil && s.noRunID {
		return metricReading{}, notLoggedFailure(place{LoggedModelID: model.ModelID}, q)
	}
	return found, s
}

// readLoggedModelMetric reads the logged model alone.
func (r *lookup) readLoggedModelMetric(version *entities.ModelVersion, q metricQuery) (metricReading, *failure) {
	model, s := r.resolveLoggedModel(version)
	if s != nil {
		return metricReading{}, s
	}
	if model == nil {
		return metricReading{}, newFailure(describeVersion(version.Version) + " was not registered from a logged model")
	}
	return r.readLoggedModelPoint(model, q)
}

// resolveLoggedModel is what a version was registered from, if it was a logged model.
func (r *lookup) resolveLoggedModel(version *entities.ModelVersion) (*entities.LoggedModel, *failure) {
	line, s := r.resolveOrigin(version)
	if s != nil {
		return nil, s
	}
	id := line.version.LoggedModelID()
	if id == "" {
		return nil, nil
	}
	return r.getLoggedModel(id)
}

func (r *lookup) readLoggedModelPoint(model *entities.LoggedModel, q metricQuery) (metricReading, *failure) {
	points := selectLatestPoints(model.Metrics, q.key, q.dataset)
	where := place{LoggedModelID: model.ModelID}.of(points)
	if len(points) == 0 {
		return metricReading{}, notLoggedFailure(where, q)
	}
	found, s := requireSingleValue(points, q.key, q.dataset, where)
	if s != nil {
		return metricReading{}, s
	}
	return found, moreSevere(r.verifyZeros(points, q.key, where), r.requireActiveRuns(model, points))
}

// requireActiveRuns demands that neither the run that trained a logged model nor one that measured
// it was deleted. MLflow keeps what a deleted run has logged to it.
func (r *lookup) requireActiveRuns(model *entities.LoggedModel, points []entities.Metric) *failure {
	runs := []string{model.SourceRunID}
	for _, point := range points {
		runs = append(runs, point.RunID)
	}
	var worst *failure
	for _, id := range slices.Compact(slices.Sorted(slices.Values(runs))) {
		if id == "" {
			continue
		}
		_, s := r.getActiveRun(id)
		worst = moreSevere(worst, s)
	}
	return worst
}

// readRunMetric reads the run alone. MLflow keeps no dataset with a run's metrics.
func (r *lookup) readRunMetric(version *entities.ModelVersion, q metricQuery) (metricReading, *failure) {
	if q.dataset != "" {
		return metricReading{}, newFailure("only metrics of logged models carry a dataset, and " +
			describeVersion(version.Version) + " was not registered from one")
	}
	run, s := r.resolveRun(version, q.provenance)
	if s != nil {
		return metricReading{}, s
	}
	where := place{RunID: run.RunID}
	points := selectLatestPoints(run.Metrics, q.key, "")
	if len(points) == 0 {
		return metricReading{}, notLoggedFailure(where, q)
	}
	return requireSingleValue(points, q.key, "", where)
}

// notLoggedFailure is a metric that was never logged, and may be yet.
func notLoggedFailure(where place, q metricQuery) *failure {
	sentence := where.String() + " has no metric " + cleanKey(q.key)
	if q.dataset != "" {
		sentence += " for dataset " + cleanText(q.dataset, 100)
	}
	s := newFailure(sentence)
	s.notLogged, s.place = true, where
	return s
}
