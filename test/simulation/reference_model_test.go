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

// shouldPassGate reports whether a gate must pass for a version, from what the simulation
// registered. It panics for a type of gate that the simulation does not draw. All values that it
// draws are exact as floats.
func (s *simulation) shouldPassGate(spec v1alpha1.Gate, version, baseline string, trusted bool) bool {
	return map[v1alpha1.GateType]func() bool{
		v1alpha1.GateTypeMetric: func() bool {
			value, known := s.f1Value(version)
			return known && value > parseNumber(spec.Metric.Threshold)
		},
		v1alpha1.GateTypeComparison: func() bool { return trusted || s.shouldBeatBaseline(spec.Comparison, version, baseline) },
		v1alpha1.GateTypeTag:        func() bool { return s.tags(spec.Tag.Target, version)[string(spec.Tag.Key)] == spec.Tag.Values[0] },
	}[gate.TypeOf(spec)]()
}

func (s *simulation) tags(target v1alpha1.TagTarget, version string) map[string]string {
	if target == v1alpha1.TagTargetModel {
		return s.mlflow.Model(sentiment).Tags
	}
	return s.mlflow.Version(sentiment, version).Tags
}

// shouldBeatBaseline reports whether a version has a better f1 than the baseline. A baseline that
// does not exist any more is beaten.
func (s *simulation) shouldBeatBaseline(comparison *v1alpha1.ComparisonGate, version, baseline string) bool {
	if comparison.Baseline != nil {
		baseline = s.currentVersions()[comparison.Baseline.Alias]
	}
	candidateValue, known := s.f1Value(version)
	if !known {
		return false
	}
	if baseline == "" || baseline == version || s.mlflow.Version(sentiment, baseline) == nil {
		return true
	}
	baselineValue, known := s.f1Value(baseline)
	return known && candidateValue > baselineValue
}

// f1Value returns the f1 of the run or logged model that a version was registered from. Claimed
// runs, deleted runs and values that are not finite do not count.
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
		panic(err) // the test itself wrote the number
	}
	return value
}

// effectiveStage returns a stage with the gates of model and class, or why the operator may not
// write anything for the model. It knows the classes that drawClassEdit draws.
func (i reconcileInputs) effectiveStage(name v1alpha1.StageName) (*v1alpha1.Stage, string) {
	stage := i.model.Stage(name)
	switch {
	case i.model.Spec.ClassName == "":
		return stage, ""
	case i.class == nil:
		return nil, "the class does not exist"
	case len(i.class.Spec.Tags) > 0:
		return nil, "the model violates its class"
	}
	merged := stage.DeepCopy()
	for _, ofClass := range i.class.Spec.Stages {
		if ofClass.Name == name {
			merged.Gates = slices.Concat(ofClass.Gates, merged.Gates)
		}
	}
	return merged, ""
}

// isApproved reports whether the approval gate must pass for a version: it has an authentic
// approval that is newer than the version, and no rejection. A trusted version needs no
// approval, but a rejection blocks it. A version that is restored after drift needs neither.
func (s *simulation) isApproved(version string, trusted, restored bool) bool {
	registered := int64(s.mlflow.Version(sentiment, version).CreationTimestamp)
	approved, rejected := false, false
	for _, approval := range s.approvals {
		switch {
		case approval.version != version || s.inputs.promotion.Name != "production":
		case approval.rejects:
			rejected = true
		case !approval.forged && approval.creationTime.UnixMilli() > registered:
			approved = true
		}
	}
	return restored || !rejected && (trusted || approved && !s.verifier.policyMissing)
}

// isOverridden reports whether the spec overrides a gate for a version, and the stage allows it.
func (s *simulation) isOverridden(stage *v1alpha1.Stage, version, name string) bool {
	p := s.inputs.promotion
	o := p.Spec.Override
	if o == nil || stage.OverridePolicy != v1alpha1.OverridePolicyAllow || string(o.Version) != version || !slices.Contains(o.Gates, name) {
		return false
	}
	for _, overridden := range o.Gates {
		if !slices.Contains(s.listGateNames(stage), overridden) {
			return false
		}
	}
	bound := p.Status.Override
	return bound == nil || bound.Generation != p.Generation ||
		bound.ModelCreationTimestamp == int64(s.mlflow.Model(sentiment).CreationTimestamp)
}

func (s *simulation) listGateNames(stage *v1alpha1.Stage) []string {
	names := []string{"version-ready", "not-backward"}
	for _, spec := range slices.Concat(stage.Gates, s.inputs.promotion.Spec.Gates) {
		names = append(names, spec.Name)
	}
	if len(stage.PromotesFrom) > 0 {
		names = append(names, "promotes-from")
	}
	if stage.RequiredSoakTime != "" {
		names = append(names, "required-soak-time")
	}
	return names
}

// tenure is the current version of staging, by artifactID, and the time at which it took the stage.
type tenure struct {
	artifact string
	since    time.Time
}

// artifactID identifies a version even if its model is deleted and created again; empty if the
// version does not exist.
func (s *simulation) artifactID(version string) string {
	v := s.mlflow.Version(sentiment, version)
	if version == "" || v == nil {
		return ""
	}
	return fmt.Sprintf("%s of %d", version, v.CreationTimestamp)
}

// advanceHalfDay runs two rounds without faults, so that the operator sees every change, and then
// advances the clock by half a day and an hour. Nothing else advances the clock.
func (s *simulation) advanceHalfDay() {
	s.clearFaults()
	for range 2 {
		s.runSteps(round...)
	}
	current := s.artifactID(s.currentVersions()["staging"])
	if current != s.stagingTenure.artifact {
		s.stagingTenure = tenure{artifact: current, since: s.clock.Now()}
	}
	s.logStep("the clock advances by half a day")
	s.advanceClock(13 * time.Hour)
	s.longestTenures[current] = max(s.longestTenures[current], s.clock.Now().Sub(s.stagingTenure.since))
}
