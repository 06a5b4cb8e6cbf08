// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package gate

import (
	"fmt"
	"math/big"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
)

// evaluateComparisonGate compares a metric of the candidate with that of a baseline.
func (r *lookup) evaluateComparisonGate(request Request, g v1alpha1.ComparisonGate) outcome {
	demanded, s := parseRequiredChange(g)
	if s != nil {
		return s.toOutcome()
	}
	outcome := r.compareWithBaseline(request, g, demanded)
	outcome.expected = demanded.String()
	return outcome
}

// compareWithBaseline reads nothing for a version that is trusted: its baseline may be gone, and
// is the version that it has to replace.
func (r *lookup) compareWithBaseline(request Request, g v1alpha1.ComparisonGate, demanded requiredChange) outcome {
	if request.SkipComparisonReason != "" {
		return notEvaluated(request.SkipComparisonReason)
	}
	// Both sides are asked before either is judged, so that both are read in the same
	// rounds.
	var p pair
	p.against, p.nobody = r.resolveBaseline(request, g.Baseline)
	p.theirs, p.unequal = r.readBaselineMetric(p.against, g)
	p.ours, p.unknown = r.readCandidateMetric(request, g)
	outcome := p.finding(g, demanded)
	outcome.seen = observation{
		Candidate: measurementOf(p.ours, p.unknown),
		Baseline:  baselineOf(p.against, p.nobody, p.theirs, p.unequal),
	}
	return outcome
}

// pair is both sides of a comparison. Each stop says why the value before it is not known.
type pair struct {
	against baseline
	nobody  *failure
	theirs  metricReading
	unequal *failure
	ours    metricReading
	unknown *failure
}

func (p pair) finding(g v1alpha1.ComparisonGate, demanded requiredChange) outcome {
	switch {
	case p.unknown != nil:
		return explainMetricFailure(p.unknown, v1alpha1.OnMissingFail)
	case p.nobody != nil:
		return p.nobody.toOutcome()
	case p.against.version == nil:
		return noBaselineOutcome(g, p.against.absentReason)
	case p.unequal != nil:
		outcome := explainMetricFailure(p.unequal, v1alpha1.OnMissingFail)
		outcome.message = "the baseline, " + describeVersion(p.against.version.Version) + ", can't be compared with: " + outcome.message
		return outcome
	}
	return compareMetrics(g, demanded, p.ours, p.theirs, describeVersion(p.against.version.Version))
}

func newComparisonQuery(g v1alpha1.ComparisonGate) metricQuery {
	return metricQuery{key: g.Key, dataset: g.Dataset, provenance: g.Provenance}
}

// readBaselineMetric is the baseline's, if there is one.
func (r *lookup) readBaselineMetric(baseline baseline, g v1alpha1.ComparisonGate) (metricReading, *failure) {
	if baseline.version == nil {
		return metricReading{}, nil
	}
	return r.readMetric(baseline.version, newComparisonQuery(g))
}

// readCandidateMetric is the candidate's.
func (r *lookup) readCandidateMetric(request Request, g v1alpha1.ComparisonGate) (metricReading, *failure) {
	version, s := r.getCandidate(request)
	if s != nil {
		return metricReading{}, s
	}
	return r.readMetric(version, newComparisonQuery(g))
}

func noBaselineOutcome(g v1alpha1.ComparisonGate, sentence string) outcome {
	if g.OnMissingBaseline == "" || g.OnMissingBaseline == v1alpha1.OnMissingBaselinePass {
		return passedOutcome(sentence)
	}
	return failedOutcome(v1alpha1.ReasonGateFailed, sentence)
}

func compareMetrics(g v1alpha1.ComparisonGate, demanded requiredChange, ours, theirs metricReading, them string) outcome {
	improvement := subtractRat(ours.value, theirs.value)
	if g.Direction == v1alpha1.LowerIsBetter {
		improvement.Neg(improvement)
	}
	sentence := fmt.Sprintf("%s %s is %s", cleanKey(g.Key), formatDecimal(ours.value), describeDifference(improvement, theirs, them))
	outcome := passedOutcome(sentence)
	if !demanded.isMet(improvement, theirs.value) {
		outcome = failedOutcome(v1alpha1.ReasonGateFailed, sentence+", but must be "+demanded.description)
	}
	outcome.observed = fmt.Sprintf("%s against %s of %s", formatDecimal(ours.value), formatDecimal(theirs.value), them)
	outcome.suffix = ", " + ours.location.String()
	return outcome
}

// describeDifference says how the candidate stands against the baseline.
func describeDifference(improvement *big.Rat, theirs metricReading, them string) string {
	than := fmt.Sprintf("than %s of %s by %s", formatDecimal(theirs.value), them, formatDecimal(absoluteRat(improvement)))
	switch improvement.Sign() {
	case 1:
		return "better " + than
	case -1:
		return "worse " + than
	default:
		return "the same as that of " + them
	}
}
