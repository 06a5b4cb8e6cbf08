// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package gate

import (
	"fmt"
	"math/big"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
)

// comparisonGate compares a metric of the candidate with that of a baseline.
func (r *reader) comparisonGate(move Move, g v1alpha1.ComparisonGate) finding {
	demanded, s := marginOf(g)
	if s != nil {
		return s.finding()
	}
	f := r.baselineBeaten(move, g, demanded)
	f.expected = demanded.String()
	return f
}

func (r *reader) baselineBeaten(move Move, g v1alpha1.ComparisonGate, demanded margin) finding {
	if move.Trusted != "" {
		return passed(clean(move.Trusted, maxValue))
	}
	// Both sides are asked before either is judged, so that both are read in the same
	// rounds.
	against, nobody := r.rival(move, g.Against)
	theirs, unequal := r.theirMetric(against, g)
	ours, s := r.ourMetric(move, g)
	switch {
	case s != nil:
		return metricStop(s, v1alpha1.OnMissingFail)
	case nobody != nil:
		return nobody.finding()
	case against.version == nil:
		return unopposed(g, against.nobody)
	case unequal != nil:
		f := metricStop(unequal, v1alpha1.OnMissingFail)
		f.sentence = "the baseline, " + versionNoun(against.version.Version) + ", can't be compared with: " + f.sentence
		return f
	}
	return compare(g, demanded, ours, theirs, versionNoun(against.version.Version))
}

func asked(g v1alpha1.ComparisonGate) question {
	return question{key: g.Key, dataset: g.Dataset, provenance: g.Provenance}
}

// theirMetric is the baseline's, if there is one.
func (r *reader) theirMetric(against rival, g v1alpha1.ComparisonGate) (reading, *stop) {
	if against.version == nil {
		return reading{}, nil
	}
	return r.metric(against.version, asked(g))
}

// ourMetric is the candidate's.
func (r *reader) ourMetric(move Move, g v1alpha1.ComparisonGate) (reading, *stop) {
	version, s := r.candidate(move)
	if s != nil {
		return reading{}, s
	}
	return r.metric(version, asked(g))
}

func unopposed(g v1alpha1.ComparisonGate, sentence string) finding {
	if g.OnMissingBaseline == "" || g.OnMissingBaseline == v1alpha1.OnMissingBaselinePass {
		return passed(sentence)
	}
	return failed(v1alpha1.ReasonGateFailed, sentence)
}

func compare(g v1alpha1.ComparisonGate, demanded margin, ours, theirs reading, them string) finding {
	improvement := difference(ours.value, theirs.value)
	if g.Direction == v1alpha1.LowerIsBetter {
		improvement.Neg(improvement)
	}
	sentence := fmt.Sprintf("%s %s is %s", showKey(g.Key), decimal(ours.value), standing(improvement, theirs, them))
	f := passed(sentence)
	if !demanded.met(improvement, theirs.value) {
		f = failed(v1alpha1.ReasonGateFailed, sentence+", but must be "+demanded.wording)
	}
	f.observed = fmt.Sprintf("%s against %s of %s", decimal(ours.value), decimal(theirs.value), them)
	f.aside = ", " + ours.where
	return f
}

// standing says how the candidate stands against the baseline.
func standing(improvement *big.Rat, theirs reading, them string) string {
	than := fmt.Sprintf("than %s of %s by %s", decimal(theirs.value), them, decimal(absolute(improvement)))
	switch improvement.Sign() {
	case 1:
		return "better " + than
	case -1:
		return "worse " + than
	default:
		return "the same as that of " + them
	}
}
