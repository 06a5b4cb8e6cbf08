// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package simulation

import (
	"fmt"
	"slices"
	"strconv"
	"time"

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

// effectiveStage is a stage as model and class demand it together, for who knows the classes
// of the game; or why nothing may be done for the model at all.
func (p reconcileInputs) effectiveStage(name v1alpha1.StageName) (*v1alpha1.Stage, string) {
	stage := p.model.Stage(name)
	switch {
	case p.model.Spec.ClassName == "":
		return stage, ""
	case p.class == nil:
		return nil, "the class of the model is not there"
	case len(p.class.Spec.Tags) > 0:
		return nil, "the model does not meet its class"
	}
	both := stage.DeepCopy()
	for _, theirs := range p.class.Spec.Stages {
		if theirs.Name == name {
			both.Gates = slices.Concat(theirs.Gates, both.Gates)
		}
	}
	return both, ""
}

// isApproved is what a person would say who heard everybody: the newest of its number is
// approved by who said so after it was there. Who returns to the stage after another hand
// moved the alias was approved before, and who was trusted once is asked only for a no.
func (s *simulation) isApproved(version string, trusted, returns bool) bool {
	registered := int64(s.mlflow.Version(sentiment, version).CreationTimestamp)
	yes, no := false, false
	for _, v := range s.approvals {
		switch {
		case v.version != version || s.inputs.promotion.Name != "production":
		case v.rejects:
			no = true
		case !v.forged && v.creationTime.UnixMilli() > registered:
			yes = true
		}
	}
	return returns || !no && (trusted || yes && !s.verifier.policyMissing)
}

// isOverridden tells whether a person has overridden a gate, and may.
func (s *simulation) isOverridden(stage *v1alpha1.Stage, version, gate string) bool {
	p := s.inputs.promotion
	o := p.Spec.Override
	if o == nil || stage.OverridePolicy != v1alpha1.OverridePolicyAllow || string(o.Version) != version || !slices.Contains(o.Gates, gate) {
		return false
	}
	for _, name := range o.Gates {
		if !slices.Contains(s.listGateNames(stage), name) {
			return false
		}
	}
	bound := p.Status.Override
	return bound == nil || bound.Generation != p.Generation ||
		bound.ModelCreationTimestamp == int64(s.mlflow.Model(sentiment).CreationTimestamp)
}

func (s *simulation) listGateNames(stage *v1alpha1.Stage) []string {
	names := []string{"version-ready", "not-backward"}
	for _, gate := range slices.Concat(stage.Gates, s.inputs.promotion.Spec.Gates) {
		names = append(names, gate.Name)
	}
	if len(stage.PromotesFrom) > 0 {
		names = append(names, "promotes-from")
	}
	if stage.RequiredSoakTime != "" {
		names = append(names, "required-soak-time")
	}
	return names
}

// tenure is an artifact that holds staging.
type tenure struct {
	artifact string
	since    time.Time
}

// artifactID tells one version from another with its number; empty for none.
func (s *simulation) artifactID(version string) string {
	v := s.mlflow.Version(sentiment, version)
	if version == "" || v == nil {
		return ""
	}
	return fmt.Sprintf("%s of %d", version, v.CreationTimestamp)
}

// advanceHalfDay lets half a day pass, and a little, in which nothing happens, after everybody
// has looked at what there is. Time passes nowhere else.
func (s *simulation) advanceHalfDay() {
	const some = 13 * time.Hour
	s.clearFaults()
	for range 2 {
		s.runSteps("poll", "model", "staging", "production")
	}
	holder := s.artifactID(s.currentVersions()["staging"])
	if holder != s.stagingTenure.artifact {
		s.stagingTenure = tenure{artifact: holder, since: s.clock.Now()}
	}
	s.logStep("half a day passes")
	s.env.advanceClock(some)
	s.longestTenures[holder] = max(s.longestTenures[holder], s.clock.Now().Sub(s.stagingTenure.since))
}
