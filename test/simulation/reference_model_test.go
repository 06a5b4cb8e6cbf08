// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package simulation

import (
	"strconv"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/gate"
)

// shouldPassGate decides as a person would who knows how each version was made, and panics for a
// type of gate that is never drawn. Few values are drawn, all of them exact as floats.
func (s *simulation) shouldPassGate(spec v1alpha1.Gate, version, rival string, trusted bool) bool {
	return map[v1alpha1.GateType]func() bool{
		v1alpha1.GateTypeMetric: func() bool {
			value, known := s.f1Value(version)
			return known && value > parseNumber(spec.Metric.Threshold)
		},
		v1alpha1.GateTypeComparison: func() bool { return trusted || s.shouldBeatBaseline(spec.Comparison, version, rival) },
		v1alpha1.GateTypeTag:        func() bool { return s.tags(spec.Tag.Target, version)[string(spec.Tag.Key)] == spec.Tag.Values[0] },
	}[gate.TypeOf(spec)]()
}

func (s *simulation) tags(target v1alpha1.TagTarget, version string) map[string]string {
	if target == v1alpha1.TagTargetModel {
		return s.mlflow.Model(sentiment).Tags
	}
	return s.mlflow.Version(sentiment, version).Tags
}

// shouldBeatBaseline: who is not there any more need not be beaten.
func (s *simulation) shouldBeatBaseline(comparison *v1alpha1.ComparisonGate, version, rival string) bool {
	if comparison.Baseline != nil {
		rival = s.currentVersions()[comparison.Baseline.Alias]
	}
	ours, known := s.f1Value(version)
	if !known {
		return false
	}
	if rival == "" || rival == version || s.mlflow.Version(sentiment, rival) == nil {
		return true
	}
	theirs, known := s.f1Value(rival)
	return known && ours > theirs
}

// f1Value is the number that really speaks for a version.
func (s *simulation) f1Value(version string) (float64, bool) {
	a := s.artifacts[version]
	switch {
	case a == nil, a.kind == "claimed", a.runDeleted:
		return 0, false
	case a.value == "", a.value == "NaN", a.value == "Infinity", a.value == "-Infinity":
		return 0, false
	}
	return parseNumber(v1alpha1.Decimal(a.value)), true
}

func parseNumber(text v1alpha1.Decimal) float64 {
	value, err := strconv.ParseFloat(string(text), 64)
	if err != nil {
		panic(err) // the test wrote it
	}
	return value
}
