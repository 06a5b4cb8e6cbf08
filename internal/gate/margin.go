// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package gate

import (
	"math/big"
	"strings"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
)

// margin is by how much a comparison wants the candidate to be better.
type margin struct {
	// minAbsolute and minRelative are nil where they are not set.
	minAbsolute, minRelative *big.Rat
	// wording completes "must be …".
	wording string
	// direction says which value is better, in words.
	direction string
}

// String is what the gate expects.
func (m margin) String() string {
	return m.wording + " (" + m.direction + ")"
}

var directions = map[v1alpha1.Direction]string{
	v1alpha1.HigherIsBetter: "higher is better",
	v1alpha1.LowerIsBetter:  "lower is better",
}

func marginOf(g v1alpha1.ComparisonGate) (margin, *stop) {
	direction, known := directions[g.Direction]
	if !known {
		return margin{}, halt("there is no direction " + clean(string(g.Direction), 50))
	}
	minAbsolute, s := least("minAbsoluteChange", g.MinAbsoluteChange)
	if s != nil {
		return margin{}, s
	}
	minRelative, s := least("minRelativeChange", g.MinRelativeChange)
	if s != nil {
		return margin{}, s
	}
	return margin{
		minAbsolute: minAbsolute,
		minRelative: minRelative,
		wording:     marginWording(minAbsolute, minRelative),
		direction:   direction,
	}, nil
}

// least is a change that is asked for; nil when none is.
func least(field string, text v1alpha1.Decimal) (*big.Rat, *stop) {
	if text == "" {
		return nil, nil
	}
	return parse(field, text)
}

func marginWording(minAbsolute, minRelative *big.Rat) string {
	var demands []string
	if minAbsolute != nil {
		demands = append(demands, inWords(minAbsolute, ""))
	}
	if minRelative != nil {
		demands = append(demands, inWords(minRelative, " of the baseline"))
	}
	if len(demands) == 0 {
		return "better"
	}
	return strings.Join(demands, " and ")
}

func inWords(change *big.Rat, unit string) string {
	switch change.Sign() {
	case 1:
		return "better by at least " + decimal(change) + unit
	case -1:
		return "worse by at most " + decimal(absolute(change)) + unit
	default:
		return "no worse"
	}
}

// met tells whether an improvement over a baseline is enough.
func (m margin) met(improvement, baseline *big.Rat) bool {
	if m.minAbsolute == nil && m.minRelative == nil {
		return improvement.Sign() > 0
	}
	return m.absoluteMet(improvement) && m.relativeMet(improvement, baseline)
}

func (m margin) absoluteMet(improvement *big.Rat) bool {
	return m.minAbsolute == nil || improvement.Cmp(m.minAbsolute) >= 0
}

// relativeMet: no share of zero can be asked, so there any improvement is enough.
func (m margin) relativeMet(improvement, baseline *big.Rat) bool {
	if m.minRelative == nil {
		return true
	}
	if baseline.Sign() == 0 && m.minRelative.Sign() > 0 {
		return improvement.Sign() > 0
	}
	return improvement.Cmp(product(m.minRelative, absolute(baseline))) >= 0
}
