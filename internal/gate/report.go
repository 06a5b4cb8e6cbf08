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

// maxChanges is how many metrics the status of a promotion holds.
const maxChanges = 64

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

// report compares all metrics that the candidate and the version that it replaces
// have in common. It blocks nobody: what can't be read is left out. Where comparisons
// are waived it asks for nothing that is not read anyway.
func (r *reader) report(move Move) []MetricChange {
	if move.Replaces == "" || move.Replaces == move.Candidate || move.Model.Name == "" {
		return nil
	}
	if move.Trusted != "" {
		r = r.peek()
	}
	candidate := r.allMetrics(r.candidate(move))
	current := r.allMetrics(r.version(move.Model.Name, move.Replaces))
	var changes []MetricChange
	for _, key := range slices.Sorted(maps.Keys(candidate)) {
		if current[key] == nil || len(changes) == maxChanges {
			continue
		}
		changes = append(changes, changeOf(key, current[key], candidate[key]))
	}
	return changes
}

// allMetrics are the finite metrics that provably are the version's, as source Auto
// reads them. A zero of a logged model is among them only where a gate made sure of it.
func (r *reader) allMetrics(version *entities.ModelVersion, s *stop) map[string]*big.Rat {
	if s != nil {
		return nil
	}
	var points []entities.Metric
	if run, s := r.runOf(version, v1alpha1.ProvenanceVerified); s == nil {
		points = append(points, run.Metrics...)
	}
	if model, s := r.loggedModelOf(version); s == nil && model != nil {
		points = append(points, model.Metrics...)
	}
	keys := map[string]bool{}
	for _, point := range points {
		keys[point.Key] = isShowable(point.Key)
	}
	return r.readable(version, keys)
}

// readable are those of the metrics that a gate could read now.
func (r *reader) readable(version *entities.ModelVersion, keys map[string]bool) map[string]*big.Rat {
	metrics := map[string]*big.Rat{}
	for key, showable := range keys {
		found, s := r.peek().metric(version, question{key: key})
		if s == nil && showable {
			metrics[key] = found.value
		}
	}
	return metrics
}

// isShowable: a key that would have to be altered to be shown could collide with another.
func isShowable(key string) bool {
	return key != "" && key == clean(key, 250)
}

func changeOf(key string, current, candidate *big.Rat) MetricChange {
	change := difference(candidate, current)
	report := MetricChange{
		Metric:         key,
		Current:        decimal(current),
		Candidate:      decimal(candidate),
		AbsoluteChange: decimal(change),
	}
	if current.Sign() != 0 {
		report.RelativeChange = significant(new(big.Rat).Quo(change, absolute(current)), 6)
	}
	return report
}
