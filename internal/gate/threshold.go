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

// limit is what a metric gate demands of a number.
type limit struct {
	// phrase completes "must be …".
	phrase string
	holds  func(*big.Rat) bool
}

// relations are the operators that need nothing but a threshold.
var relations = map[v1alpha1.MetricOperator]struct {
	phrase string
	holds  func(order int) bool
}{
	v1alpha1.GreaterThan:        {"greater than", func(order int) bool { return order > 0 }},
	v1alpha1.GreaterThanOrEqual: {"at least", func(order int) bool { return order >= 0 }},
	v1alpha1.LessThan:           {"less than", func(order int) bool { return order < 0 }},
	v1alpha1.LessThanOrEqual:    {"at most", func(order int) bool { return order <= 0 }},
}

// metricGate compares a metric of the candidate with a threshold.
func (r *reader) metricGate(move Move, g v1alpha1.MetricGate) finding {
	demanded, s := limitOf(g)
	if s != nil {
		return s.finding()
	}
	f := r.thresholdMet(move, g, demanded)
	f.expected = demanded.phrase
	return f
}

func (r *reader) thresholdMet(move Move, g v1alpha1.MetricGate, demanded limit) finding {
	version, s := r.candidate(move)
	if s != nil {
		return s.finding()
	}
	found, s := r.metric(version, question{g.Key, g.Dataset, g.Source, g.Provenance})
	if s != nil {
		return metricStop(s, g.OnMissing)
	}
	value := decimal(found.value)
	f := passed(fmt.Sprintf("%s %s is %s", showKey(g.Key), value, demanded.phrase))
	if !demanded.holds(found.value) {
		f = failed(v1alpha1.ReasonGateFailed, fmt.Sprintf("%s %s is not %s", showKey(g.Key), value, demanded.phrase))
	}
	f.observed = value
	f.aside = ", " + found.where
	return f
}

// metricStop is a stop as a gate on metrics answers it.
func metricStop(s *stop, onMissing v1alpha1.OnMissing) finding {
	f := s.finding()
	if s.missing && onMissing == v1alpha1.OnMissingWait {
		f.result = v1alpha1.GatePending
		f.reason = v1alpha1.ReasonWaitingForMetric
		f.sentence += " yet"
	}
	if s.unproven {
		f.sentence += ", so the run's metrics don't count"
		f.aside = "; provenance: Claimed would accept them"
	}
	return f
}

func limitOf(g v1alpha1.MetricGate) (limit, *stop) {
	threshold, s := parse("threshold", g.Threshold)
	if s != nil {
		return limit{}, s
	}
	if g.Operator == v1alpha1.Equal {
		return near(threshold, g.Tolerance)
	}
	relation, known := relations[g.Operator]
	if !known {
		return limit{}, halt("there is no operator " + clean(string(g.Operator), 50) + " of metrics")
	}
	return limit{
		phrase: relation.phrase + " " + decimal(threshold),
		holds:  func(value *big.Rat) bool { return relation.holds(value.Cmp(threshold)) },
	}, nil
}

// near is the demand of operator Equal.
func near(threshold *big.Rat, within v1alpha1.Decimal) (limit, *stop) {
	tolerance, s := parse("tolerance", cmp.Or(within, defaultTolerance))
	if s != nil {
		return limit{}, s
	}
	return limit{
		phrase: fmt.Sprintf("equal to %s within %s", decimal(threshold), decimal(tolerance)),
		holds:  func(value *big.Rat) bool { return absolute(difference(value, threshold)).Cmp(tolerance) <= 0 },
	}, nil
}

// parse guards against what the API server would have refused.
func parse(field string, text v1alpha1.Decimal) (*big.Rat, *stop) {
	number := text.Rat()
	if number == nil || len(text) > 38 {
		return nil, halt(fmt.Sprintf("%s %q is not a decimal number", field, clean(string(text), 50)))
	}
	return number, nil
}
