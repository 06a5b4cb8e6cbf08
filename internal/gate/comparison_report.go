// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package gate

import (
	"maps"
	"math/big"
	"slices"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
	"github.com/neuronews/mlflow-registry-operator/internal/sanitize"
)

// maxMetricChanges is how many metrics the status of a promotion holds.
const maxMetricChanges = 64

// compareAllMetrics compares every metric that the candidate and the version that it replaces
// have in common. The report never blocks: it omits what can't be read. For a trusted rollback
// it requests no evidence of its own.
func (l *lookup) compareAllMetrics(request Request) []v1alpha1.MetricChange {
	if request.BaselineVersion == "" || request.BaselineVersion == request.Candidate || request.Model.Name == "" {
		return nil
	}
	if request.SkipComparisonReason != "" {
		l = l.withoutRecording()
	}
	candidate := l.readAllMetrics(l.getCandidate(request))
	current := l.readAllMetrics(l.getVersion(request.Model.Name, request.BaselineVersion))
	var changes []v1alpha1.MetricChange
	for _, key := range slices.Sorted(maps.Keys(candidate)) {
		if current[key] == nil || len(changes) == maxMetricChanges {
			continue
		}
		changes = append(changes, newMetricChange(key, current[key], candidate[key]))
	}
	return changes
}

// readAllMetrics returns the finite metrics that provably belong to the version, read as with
// source Auto. A zero of a logged model is among them only if a gate has verified it.
func (l *lookup) readAllMetrics(version *entities.ModelVersion, f *failure) map[string]*big.Rat {
	if f != nil {
		return nil
	}
	var points []entities.Metric
	if run, f := l.resolveRun(version, v1alpha1.ProvenanceVerified); f == nil {
		points = append(points, run.Metrics...)
	}
	if model, f := l.resolveLoggedModel(version); f == nil && model != nil {
		points = append(points, model.Metrics...)
	}
	metrics := map[string]*big.Rat{}
	for _, point := range points {
		if metrics[point.Key] != nil || !isDisplayableKey(point.Key) {
			continue
		}
		reading, f := l.withoutRecording().readMetric(version, metricQuery{key: point.Key})
		if f == nil {
			metrics[point.Key] = reading.value
		}
	}
	return metrics
}

// isDisplayableKey reports whether a key can be shown as it is. One that would have to be altered
// could collide with another.
func isDisplayableKey(key string) bool {
	return key != "" && key == sanitize.CleanText(key, 250)
}

func newMetricChange(key string, current, candidate *big.Rat) v1alpha1.MetricChange {
	change := subtractRat(candidate, current)
	report := v1alpha1.MetricChange{
		Metric:         key,
		Current:        formatDecimal(current),
		Candidate:      formatDecimal(candidate),
		AbsoluteChange: formatDecimal(change),
	}
	if current.Sign() != 0 {
		report.RelativeChange = formatSignificant(new(big.Rat).Quo(change, absoluteRat(current)), 6)
	}
	return report
}
