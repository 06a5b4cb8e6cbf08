// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package gate

import (
	"math/big"
	"strings"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
)

// requiredChange is by how much a comparison wants the candidate to be better.
type requiredChange struct {
	// minAbsolute and minRelative are nil where they are not set.
	minAbsolute, minRelative *big.Rat
	// description completes "must be …".
	description string
	// direction says which value is better, in words.
	direction string
}

// String is what the gate expects.
func (m requiredChange) String() string {
	return m.description + " (" + m.direction + ")"
}

var directionDescriptions = map[v1alpha1.Direction]string{
	v1alpha1.HigherIsBetter: "higher is better",
	v1alpha1.LowerIsBetter:  "lower is better",
}

func parseRequiredChange(g v1alpha1.ComparisonGate) (requiredChange, *failure) {
	direction, known := directionDescriptions[g.Direction]
	if !known {
		return requiredChange{}, newFailure("there is no direction " + cleanText(string(g.Direction), 50))
	}
	minAbsolute, s := parseMinChange("minAbsoluteChange", g.MinAbsoluteChange)
	if s != nil {
		return requiredChange{}, s
	}
	minRelative, s := parseMinChange("minRelativeChange", g.MinRelativeChange)
	if s != nil {
		return requiredChange{}, s
	}
	return requiredChange{
		minAbsolute: minAbsolute,
		minRelative: minRelative,
		description: describeRequiredChange(minAbsolute, minRelative),
		direction:   direction,
	}, nil
}

// parseMinChange is a change that is asked for; nil when none is.
func parseMinChange(field string, text v1alpha1.Decimal) (*big.Rat, *failure) {
	if text == "" {
		return nil, nil
	}
	return parseDecimal(field, text)
}

func describeRequiredChange(minAbsolute, minRelative *big.Rat) string {
	var demands []string
	if minAbsolute != nil {
		demands = append(demands, describeChange(minAbsolute, ""))
	}
	if minRelative != nil {
		demands = append(demands, describeChange(minRelative, " of the baseline"))
	}
	if len(demands) == 0 {
		return "better"
	}
	return strings.Join(demands, " and ")
}

func describeChange(change *big.Rat, unit string) string {
	switch change.Sign() {
	case 1:
		return "better by at least " + formatDecimal(change) + unit
	case -1:
		return "worse by at most " + formatDecimal(absoluteRat(change)) + unit
	default:
		return "no worse"
	}
}

// isMet tells whether an improvement over a baseline is enough.
func (m requiredChange) isMet(improvement, baseline *big.Rat) bool {
	if m.minAbsolute == nil && m.minRelative == nil {
		return improvement.Sign() > 0
	}
	return m.isAbsoluteMet(improvement) && m.isRelativeMet(improvement, baseline)
}

func (m requiredChange) isAbsoluteMet(improvement *big.Rat) bool {
	return m.minAbsolute == nil || improvement.Cmp(m.minAbsolute) >= 0
}

// isRelativeMet: no share of zero can be asked, so there any improvement is enough.
func (m requiredChange) isRelativeMet(improvement, baseline *big.Rat) bool {
	if m.minRelative == nil {
		return true
	}
	if baseline.Sign() == 0 && m.minRelative.Sign() > 0 {
		return improvement.Sign() > 0
	}
	return improvement.Cmp(multiplyRat(m.minRelative, absoluteRat(baseline))) >= 0
}
