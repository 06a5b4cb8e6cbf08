// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package gate

import (
	"maps"
	"math/big"
	"slices"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
)

// maxMetricChanges is how many metrics the status of a promotion holds.
const maxMetricChanges = 64

// MetricChange relates one metric of the candidate to that of the version that it
// replaces.
type MetricChange struct {
	Metric string
	// Current and Candidate are exact decimals.
	Current, Candidate string
	// AbsoluteChange is the candidate's value less the current one, exactly.
	AbsoluteChange string
	// RelativeChange is that over the size of the current value, to six digits. It is
	// empty where the current value is zero.
	RelativeChange string
}

// compareAllMetrics compares all metrics that the candidate and the version that it replaces
// have in common. It blocks nobody: what can't be read is left out. Where comparisons
// are exempt it asks for nothing that is not read anyway.
func (r *lookup) compareAllMetrics(request Request) []MetricChange {
	if request.BaselineVersion == "" || request.BaselineVersion == request.Candidate || request.Model.Name == "" {
		return nil
	}
	if request.SkipComparisonReason != "" {
		r = r.withoutRecording()
	}
	candidate := r.readAllMetrics(r.getCandidate(request))
	current := r.readAllMetrics(r.getVersion(request.Model.Name, request.BaselineVersion))
	var changes []MetricChange
	for _, key := range slices.Sorted(maps.Keys(candidate)) {
		if current[key] == nil || len(changes) == maxMetricChanges {
			continue
		}
		changes = append(changes, newMetricChange(key, current[key], candidate[key]))
	}
	return changes
}

// readAllMetrics are the finite metrics that provably are the version's, as source Auto
// reads them. A zero of a logged model is among them only where a gate made sure of it.
func (r *lookup) readAllMetrics(version *entities.ModelVersion, s *failure) map[string]*big.Rat {
	if s != nil {
		return nil
	}
	var points []entities.Metric
	if run, s := r.resolveRun(version, v1alpha1.ProvenanceVerified); s == nil {
		points = append(points, run.Metrics...)
	}
	if model, s := r.resolveLoggedModel(version); s == nil && model != nil {
		points = append(points, model.Metrics...)
	}
	keys := map[string]bool{}
	for _, point := range points {
		keys[point.Key] = isDisplayableKey(point.Key)
	}
	return r.readFiniteMetrics(version, keys)
}

// readFiniteMetrics are those of the metrics that a gate could read now.
func (r *lookup) readFiniteMetrics(version *entities.ModelVersion, keys map[string]bool) map[string]*big.Rat {
	metrics := map[string]*big.Rat{}
	for key, showable := range keys {
		found, s := r.withoutRecording().readMetric(version, metricQuery{key: key})
		if s == nil && showable {
			metrics[key] = found.value
		}
	}
	return metrics
}

// isDisplayableKey: a key that would have to be altered to be shown could collide with another.
func isDisplayableKey(key string) bool {
	return key != "" && key == cleanText(key, 250)
}

func newMetricChange(key string, current, candidate *big.Rat) MetricChange {
	change := subtractRat(candidate, current)
	report := MetricChange{
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
