// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package gate

import (
	"slices"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
)

// question is which metric of a version is asked, and where it may be read.
type question struct {
	key, dataset string
	source       v1alpha1.MetricSource
	provenance   v1alpha1.Provenance
}

// metric is the number that answers a question about a version.
func (r *reader) metric(version *entities.ModelVersion, q question) (reading, *stop) {
	switch q.source {
	case v1alpha1.MetricSourceAuto, "":
		return r.autoMetric(version, q)
	case v1alpha1.MetricSourceRun:
		return r.runMetric(version, q)
	case v1alpha1.MetricSourceLoggedModel:
		return r.loggedModelMetric(version, q)
	case v1alpha1.MetricSourceVersionTag:
		return tagMetric(version, q)
	default:
		return reading{}, halt("there is no source " + clean(string(q.source), 50) + " of metrics")
	}
}

// autoMetric prefers the logged model where it carries the metric. A metric for a
// dataset can be nowhere else.
func (r *reader) autoMetric(version *entities.ModelVersion, q question) (reading, *stop) {
	if _, s := r.origin(version); s != nil && s.gone && q.dataset == "" && claims(version, q.provenance) {
		// What it was copied from can't be asked any more, and the gate takes its word.
		return r.runMetric(version, q)
	}
	model, s := r.loggedModelOf(version)
	if s != nil {
		return reading{}, s
	}
	if model == nil {
		return r.runMetric(version, q)
	}
	if q.dataset != "" || len(pointsThatCount(model.Metrics, q.key, "")) > 0 {
		return r.pointOf(model, q)
	}
	found, s := r.runMetric(version, q)
	if s != nil && s.runless {
		return reading{}, missing("logged model "+shortLoggedModel(model.ModelID), q)
	}
	return found, s
}

// loggedModelMetric reads the logged model alone.
func (r *reader) loggedModelMetric(version *entities.ModelVersion, q question) (reading, *stop) {
	model, s := r.loggedModelOf(version)
	if s != nil {
		return reading{}, s
	}
	if model == nil {
		return reading{}, halt(versionNoun(version.Version) + " was not registered from a logged model")
	}
	return r.pointOf(model, q)
}

// loggedModelOf is what a version was registered from, if it was a logged model.
func (r *reader) loggedModelOf(version *entities.ModelVersion) (*entities.LoggedModel, *stop) {
	line, s := r.origin(version)
	if s != nil {
		return nil, s
	}
	id := line.version.LoggedModelID()
	if id == "" {
		return nil, nil
	}
	return r.loggedModel(id)
}

func (r *reader) pointOf(model *entities.LoggedModel, q question) (reading, *stop) {
	where := "logged model " + shortLoggedModel(model.ModelID)
	points := pointsThatCount(model.Metrics, q.key, q.dataset)
	if len(points) == 0 {
		return reading{}, missing(where, q)
	}
	found, s := theValue(points, q.key, q.dataset, where)
	if s != nil {
		return reading{}, s
	}
	return found, worse(r.mustBeZero(points, q.key, where), r.mustLive(model, points))
}

// mustLive demands that neither the run that trained a logged model nor one that measured
// it was deleted. MLflow keeps what a deleted run has logged to it.
func (r *reader) mustLive(model *entities.LoggedModel, points []entities.Metric) *stop {
	runs := []string{model.SourceRunID}
	for _, point := range points {
		runs = append(runs, point.RunID)
	}
	var worst *stop
	for _, id := range slices.Compact(slices.Sorted(slices.Values(runs))) {
		if id == "" {
			continue
		}
		_, s := r.liveRun(id)
		worst = worse(worst, s)
	}
	return worst
}

// runMetric reads the run alone. MLflow keeps no dataset with a run's metrics.
func (r *reader) runMetric(version *entities.ModelVersion, q question) (reading, *stop) {
	if q.dataset != "" {
		return reading{}, halt("only metrics of logged models carry a dataset, and " +
			versionNoun(version.Version) + " was not registered from one")
	}
	run, s := r.runOf(version, q.provenance)
	if s != nil {
		return reading{}, s
	}
	where := "run " + shortRun(run.RunID)
	points := pointsThatCount(run.Metrics, q.key, "")
	if len(points) == 0 {
		return reading{}, missing(where, q)
	}
	return theValue(points, q.key, "", where)
}

// missing is a metric that was never logged, and may be yet.
func missing(where string, q question) *stop {
	sentence := where + " has no metric " + showKey(q.key)
	if q.dataset != "" {
		sentence += " for dataset " + clean(q.dataset, 100)
	}
	s := halt(sentence)
	s.missing = true
	return s
}
