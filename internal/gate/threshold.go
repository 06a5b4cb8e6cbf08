// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package gate

import (
	"cmp"
	"fmt"
	"math/big"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/sanitize"
)

// metricEvaluator compares a metric of the candidate with a threshold.
var metricEvaluator = evaluator{
	gateType: v1alpha1.GateTypeMetric,
	isSet:    func(g v1alpha1.Gate) bool { return g.Metric != nil },
	parse: func(g v1alpha1.Gate) (requirement, *failure) {
		return parseMetricGate(*g.Metric)
	},
	canonical:     func(g v1alpha1.Gate) any { return newCanonicalMetric(*g.Metric) },
	isPerformance: true,
}

// defaultTolerance of operator Equal.
const defaultTolerance = v1alpha1.Decimal("0.001")

// thresholdRequirement is a parsed metric gate.
type thresholdRequirement struct {
	gate v1alpha1.MetricGate
	// phrase completes "must be …".
	phrase  string
	accepts func(*big.Rat) bool
}

// operatorRelations are the operators that need only a threshold.
var operatorRelations = map[v1alpha1.MetricOperator]struct {
	phrase  string
	accepts func(order int) bool
}{
	v1alpha1.GreaterThan:        {"greater than", func(order int) bool { return order > 0 }},
	v1alpha1.GreaterThanOrEqual: {"at least", func(order int) bool { return order >= 0 }},
	v1alpha1.LessThan:           {"less than", func(order int) bool { return order < 0 }},
	v1alpha1.LessThanOrEqual:    {"at most", func(order int) bool { return order <= 0 }},
}

func parseMetricGate(g v1alpha1.MetricGate) (requirement, *failure) {
	threshold, f := parseDecimal("threshold", g.Threshold)
	if f != nil {
		return nil, f
	}
	if g.Operator == v1alpha1.Equal {
		return parseEqual(g, threshold)
	}
	relation, known := operatorRelations[g.Operator]
	if !known {
		return nil, newFailure("unknown metric operator " + sanitize.CleanText(string(g.Operator), 50))
	}
	return thresholdRequirement{
		gate:    g,
		phrase:  relation.phrase + " " + formatDecimal(threshold),
		accepts: func(value *big.Rat) bool { return relation.accepts(value.Cmp(threshold)) },
	}, nil
}

// parseEqual returns the requirement of operator Equal.
func parseEqual(g v1alpha1.MetricGate, threshold *big.Rat) (requirement, *failure) {
	tolerance, f := parseDecimal("tolerance", cmp.Or(g.Tolerance, defaultTolerance))
	if f != nil {
		return nil, f
	}
	return thresholdRequirement{
		gate:    g,
		phrase:  fmt.Sprintf("equal to %s within %s", formatDecimal(threshold), formatDecimal(tolerance)),
		accepts: func(value *big.Rat) bool { return absoluteRat(subtractRat(value, threshold)).Cmp(tolerance) <= 0 },
	}, nil
}

// String returns what the gate expects.
func (t thresholdRequirement) String() string { return t.phrase }

func (t thresholdRequirement) check(l *lookup, request Request) outcome {
	version, f := l.getCandidate(request)
	if f != nil {
		return f.toOutcome()
	}
	g := t.gate
	reading, f := l.readMetric(version, metricQuery{g.Key, g.Dataset, g.Source, g.Provenance})
	answer := t.compare(reading, f)
	answer.observation = metricObservation{newMeasurement(reading, f)}
	return answer
}

// compare compares the value that was read, or explains why it could not be read.
func (t thresholdRequirement) compare(reading metricReading, f *failure) outcome {
	if f != nil {
		return f.toMetricOutcome(t.gate.OnMissing)
	}
	key, value := cleanKey(t.gate.Key), formatDecimal(reading.value)
	answer := passedOutcome(fmt.Sprintf("%s %s is %s", key, value, t.phrase))
	if !t.accepts(reading.value) {
		answer = failedOutcome(v1alpha1.ReasonGateFailed, fmt.Sprintf("%s %s is not %s", key, value, t.phrase))
	}
	answer.observed = value
	answer.suffix = ", " + reading.location.String()
	return answer
}

// metricObservation is what a metric gate read, in the digest.
type metricObservation struct {
	Candidate *measurement `json:"candidate"`
}

// canonicalMetric is a metric gate in the digest.
type canonicalMetric struct {
	Key        string `json:"key"`
	Operator   string `json:"operator"`
	Threshold  string `json:"threshold"`
	Tolerance  string `json:"tolerance"`
	Source     string `json:"source"`
	Dataset    string `json:"dataset"`
	Provenance string `json:"provenance"`
	OnMissing  string `json:"onMissing"`
}

func newCanonicalMetric(g v1alpha1.MetricGate) canonicalMetric {
	tolerance := g.Tolerance
	if g.Operator == v1alpha1.Equal {
		tolerance = cmp.Or(tolerance, defaultTolerance)
	}
	return canonicalMetric{
		Key:        g.Key,
		Operator:   string(g.Operator),
		Threshold:  canonicalDecimal(g.Threshold),
		Tolerance:  canonicalDecimal(tolerance),
		Source:     string(cmp.Or(g.Source, v1alpha1.MetricSourceAuto)),
		Dataset:    g.Dataset,
		Provenance: string(cmp.Or(g.Provenance, v1alpha1.ProvenanceVerified)),
		OnMissing:  string(cmp.Or(g.OnMissing, v1alpha1.OnMissingFail)),
	}
}
