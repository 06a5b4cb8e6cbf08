// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package gate

import (
	"cmp"
	"fmt"
	"math/big"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
)

// defaultTolerance of operator Equal.
const defaultTolerance = v1alpha1.Decimal("0.001")

// thresholdCheck is what a metric gate demands of a number.
type thresholdCheck struct {
	// phrase completes "must be …".
	phrase string
	isMet  func(*big.Rat) bool
}

// operatorRelations are the operators that need nothing but a threshold.
var operatorRelations = map[v1alpha1.MetricOperator]struct {
	phrase string
	holds  func(order int) bool
}{
	v1alpha1.GreaterThan:        {"greater than", func(order int) bool { return order > 0 }},
	v1alpha1.GreaterThanOrEqual: {"at least", func(order int) bool { return order >= 0 }},
	v1alpha1.LessThan:           {"less than", func(order int) bool { return order < 0 }},
	v1alpha1.LessThanOrEqual:    {"at most", func(order int) bool { return order <= 0 }},
}

// evaluateMetricGate compares a metric of the candidate with a threshold.
func (r *lookup) evaluateMetricGate(request Request, g v1alpha1.MetricGate) outcome {
	demanded, s := parseThreshold(g)
	if s != nil {
		return s.toOutcome()
	}
	outcome := r.compareWithThreshold(request, g, demanded)
	outcome.expected = demanded.phrase
	return outcome
}

func (r *lookup) compareWithThreshold(request Request, g v1alpha1.MetricGate, demanded thresholdCheck) outcome {
	version, s := r.getCandidate(request)
	if s != nil {
		return s.toOutcome()
	}
	found, s := r.readMetric(version, metricQuery{g.Key, g.Dataset, g.Source, g.Provenance})
	seen := observation{Candidate: measurementOf(found, s)}
	if s != nil {
		outcome := explainMetricFailure(s, g.OnMissing)
		outcome.seen = seen
		return outcome
	}
	value := formatDecimal(found.value)
	outcome := passedOutcome(fmt.Sprintf("%s %s is %s", cleanKey(g.Key), value, demanded.phrase))
	if !demanded.isMet(found.value) {
		outcome = failedOutcome(v1alpha1.ReasonGateFailed, fmt.Sprintf("%s %s is not %s", cleanKey(g.Key), value, demanded.phrase))
	}
	outcome.observed = value
	outcome.suffix = ", " + found.location.String()
	outcome.seen = seen
	return outcome
}

// explainMetricFailure is a stop as a gate on metrics answers it.
func explainMetricFailure(s *failure, onMissing v1alpha1.OnMissing) outcome {
	outcome := s.toOutcome()
	if s.notLogged && onMissing == v1alpha1.OnMissingWait {
		outcome.result = v1alpha1.GatePending
		outcome.reason = v1alpha1.ReasonWaitingForMetric
		outcome.message += " yet"
	}
	if s.notVerified {
		outcome.message += ", so the run's metrics don't count"
		outcome.suffix = "; provenance: Claimed would accept them"
	}
	return outcome
}

func parseThreshold(g v1alpha1.MetricGate) (thresholdCheck, *failure) {
	threshold, s := parseDecimal("threshold", g.Threshold)
	if s != nil {
		return thresholdCheck{}, s
	}
	if g.Operator == v1alpha1.Equal {
		return newEqualCheck(threshold, g.Tolerance)
	}
	relation, known := operatorRelations[g.Operator]
	if !known {
		return thresholdCheck{}, newFailure("there is no operator " + cleanText(string(g.Operator), 50) + " of metrics")
	}
	return thresholdCheck{
		phrase: relation.phrase + " " + formatDecimal(threshold),
		isMet:  func(value *big.Rat) bool { return relation.holds(value.Cmp(threshold)) },
	}, nil
}

// newEqualCheck is the demand of operator Equal.
func newEqualCheck(threshold *big.Rat, within v1alpha1.Decimal) (thresholdCheck, *failure) {
	tolerance, s := parseDecimal("tolerance", cmp.Or(within, defaultTolerance))
	if s != nil {
		return thresholdCheck{}, s
	}
	return thresholdCheck{
		phrase: fmt.Sprintf("equal to %s within %s", formatDecimal(threshold), formatDecimal(tolerance)),
		isMet:  func(value *big.Rat) bool { return absoluteRat(subtractRat(value, threshold)).Cmp(tolerance) <= 0 },
	}, nil
}

// parseDecimal guards against what the API server would have refused.
func parseDecimal(field string, text v1alpha1.Decimal) (*big.Rat, *failure) {
	number := text.Rat()
	if number == nil || len(text) > 38 {
		return nil, newFailure(fmt.Sprintf("%s %q is not a decimal number", field, cleanText(string(text), 50)))
	}
	return number, nil
}
