// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package simulation

import (
	"strconv"

	"pgregory.net/rapid"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/test/builder"
)

// drawOne draws one of the choices. Rapid shrinks a failure to the first one.
func drawOne[T any](rt *rapid.T, label string, choices ...T) T {
	return rapid.SampledFrom(choices).Draw(rt, label)
}

// listActions returns the actions that rapid draws from, by name. Rapid runs the one with the
// empty name after each of the others.
func (s *simulation) listActions() map[string]func(*rapid.T) {
	all := map[string]func(*rapid.T){
		"":                 func(*rapid.T) { s.checkInvariants() },
		"advance half day": func(*rapid.T) { s.advanceHalfDay() },
		"run one step": func(rt *rapid.T) {
			s.runSteps(drawOne(rt, "step", "poll", "model", "staging", "production", "crash"))
		},
		"run round":    func(*rapid.T) { s.runSteps(round...) },
		"inject fault": s.injectFault,
	}
	for name, action := range map[string]func(*rapid.T){
		"register version": s.registerRandom, "promote new version": s.promoteNewVersion, "override gates": s.overrideAllGates,
		"soak new version": s.soakNewVersion, "roll back": s.rollBackRandom, "delete": s.deleteRandom, "set alias": s.setRandomAlias,
		"set tag": s.setRandomTag, "recreate model": s.recreateModel, "change approvals": s.changeApprovals,
	} {
		all[name] = func(rt *rapid.T) {
			if s.mlflow.Model(sentiment) != nil {
				action(rt)
			}
		}
	}
	for name, edit := range map[string]func(*rapid.T) func(){
		"edit promotion": s.drawPromotionEdit, "edit candidate": s.drawCandidateEdit, "edit model": s.drawModelEdit,
		"edit class": s.drawClassEdit,
	} {
		all[name] = func(rt *rapid.T) { s.logStep(name); edit(rt)() }
	}
	return all
}

func (s *simulation) registerRandom(rt *rapid.T) {
	kind := drawOne(rt, "kind", "run", "run", "logged model", "claimed")
	s.registerArtifact(kind, drawOne(rt, "f1", "0.9", "0.7", "0.7", "0.4", "-1", "0", "", "NaN", "Infinity", "-Infinity"))
}

// drawVersion draws the number of a version that exists, or existed.
func (s *simulation) drawVersion(rt *rapid.T) string {
	return strconv.Itoa(rapid.IntRange(1, max(s.versionCount, 1)).Draw(rt, "version"))
}

// deleteRandom deletes a version or its run, or restores the run. It ignores MLflow's errors for
// what does not exist.
func (s *simulation) deleteRandom(rt *rapid.T) {
	version := s.drawVersion(rt)
	a := s.artifacts[version]
	if a == nil {
		return
	}
	switch drawOne(rt, "target", "run", "restore run", "version") {
	case "run":
		_ = s.user.DeleteRun(s.ctx, a.run)
		a.runDeleted = true
	case "restore run":
		_ = s.user.RestoreRun(s.ctx, a.run)
		a.runDeleted = false
	default:
		_ = s.user.DeleteVersion(s.ctx, sentiment, version)
	}
}

func (s *simulation) setRandomAlias(rt *rapid.T) {
	alias := drawOne(rt, "alias", "champion", "staging", "foreign")
	if drawOne(rt, "deleted", false, false, true) {
		_ = s.user.DeleteAlias(s.ctx, sentiment, alias)
		return
	}
	_ = s.user.SetAlias(s.ctx, sentiment, alias, s.drawVersion(rt))
}

func (s *simulation) setRandomTag(rt *rapid.T) {
	value := drawOne(rt, "value", "yes", "no")
	switch drawOne(rt, "target", "model", "version", "team") {
	case "model":
		s.must(s.user.SetModelTag(s.ctx, sentiment, "approved", value))
	case "version":
		_ = s.user.SetVersionTag(s.ctx, sentiment, s.drawVersion(rt), "reviewed", value)
	default:
		s.must(s.user.DeleteModelTag(s.ctx, sentiment, "team"))
	}
}

func (s *simulation) recreateModel(rt *rapid.T) {
	if !drawOne(rt, "confirmed", false, false, false, true) {
		return
	}
	s.must(s.user.DeleteModel(s.ctx, sentiment))
	s.must(s.user.CreateModel(s.ctx, sentiment, map[string]string{"foreign": "kept"}))
	s.versionCount, s.artifacts = 0, map[string]*artifact{}
}

func (s *simulation) drawCandidateEdit(rt *rapid.T) func() {
	name, version := drawOne(rt, "promotion", "production", "staging"), v1alpha1.Version(s.drawVersion(rt))
	from := drawOne(rt, "from", nil, nil,
		&v1alpha1.VersionFrom{Latest: &v1alpha1.LatestVersion{}},
		&v1alpha1.VersionFrom{Latest: &v1alpha1.LatestVersion{Tags: map[string]v1alpha1.TagValue{"reviewed": "yes"}}},
		&v1alpha1.VersionFrom{Alias: "foreign"}, &v1alpha1.VersionFrom{Stage: "staging"})
	if from != nil {
		version = ""
	}
	return func() {
		s.editPromotion(name, func(spec *v1alpha1.ModelPromotionSpec) { spec.Version, spec.VersionFrom = version, from })
	}
}

// drawPromotionEdit draws an edit that sets one field and clears all that earlier edits set.
func (s *simulation) drawPromotionEdit(rt *rapid.T) func() {
	name := drawOne(rt, "promotion", "production", "staging")
	var changed v1alpha1.ModelPromotionSpec
	switch drawOne(rt, "change",
		"nothing", "approval gate", "override approval gate", "reviewed", "approved", "expected", "override", "override", "dry run", "suspend") {
	case "approval gate":
		changed.Gates = []v1alpha1.Gate{builder.ApprovalGate(1, "alice")}
	case "override approval gate":
		changed.Gates = []v1alpha1.Gate{builder.ApprovalGate(1, "alice")}
		changed.Override = s.drawOverride(rt)
	case "reviewed":
		changed.Gates = []v1alpha1.Gate{builder.TagGate("reviewed", "yes")}
	case "approved":
		changed.Gates = []v1alpha1.Gate{builder.TagGate("approved", "yes")}
		changed.Gates[0].Tag.Target = v1alpha1.TagTargetModel
	case "expected":
		changed.ExpectedCurrentVersion = v1alpha1.Version(s.drawVersion(rt))
	case "override":
		changed.Override = s.drawOverride(rt)
	case "dry run":
		changed.Mode = v1alpha1.PromotionModeDryRun
	case "suspend":
		changed.Suspend = new(true)
	}
	return func() {
		s.editPromotion(name, func(spec *v1alpha1.ModelPromotionSpec) {
			changed.ModelRef, changed.Stage = spec.ModelRef, spec.Stage
			changed.Version, changed.VersionFrom = spec.Version, spec.VersionFrom
			*spec = changed
		})
	}
}

// drawOverride draws an override of some gates for some version. The gate moon does not exist.
func (s *simulation) drawOverride(rt *rapid.T) *v1alpha1.Override {
	gates := drawOne(rt, "gates", []string{"f1", "beats-f1"}, []string{"f1"}, []string{"beats-f1", "required-soak-time"},
		[]string{"promotes-from"}, []string{"sign-off"}, []string{"f1", "beats-f1", "sign-off"}, []string{"f1", "beats-f1", "moon"})
	return &v1alpha1.Override{Version: v1alpha1.Version(s.drawVersion(rt)), Gates: gates, Reason: "because"}
}

// drawModelEdit draws an edit that sets one field and clears all that earlier edits set.
func (s *simulation) drawModelEdit(rt *rapid.T) func() {
	change := drawOne(rt, "change",
		"nothing", "report", "gated", "soak", "soak", "forbid", "low", "baseline", "tags", "observe", "suspend", "class", "class")
	return func() {
		s.editModel(func(spec *v1alpha1.RegisteredModelSpec) {
			*spec = newDeclaredModel().Spec
			production := &spec.Stages[1]
			switch change {
			case "report":
				production.DriftPolicy = v1alpha1.DriftPolicyReport
			case "gated":
				production.RollbackPolicy = v1alpha1.RollbackPolicyGated
			case "soak":
				production.RequiredSoakTime = "24h"
			case "forbid":
				production.OverridePolicy = v1alpha1.OverridePolicyForbid
			case "low":
				production.Gates = []v1alpha1.Gate{builder.GreaterThanGate("f1", "-2")}
			case "baseline":
				production.Gates[1].Comparison.Baseline = &v1alpha1.Baseline{Alias: "foreign"}
			case "tags":
				spec.Tags = nil
			case "class":
				spec.ClassName = className
			case "observe":
				spec.ManagementPolicy = v1alpha1.ManagementPolicyObserve
			case "suspend":
				spec.Suspend = new(true)
			}
		})
	}
}

// newDeclaredModel returns a model with two stages. Staging has no gates; production requires
// a version from staging whose f1 is over 0.5 and beats that of the current version.
func newDeclaredModel() *v1alpha1.RegisteredModel {
	return builder.RegisteredModel(sentiment).Tag("team", "nlp").Stages(
		builder.Stage("staging").MLflowStage("Staging"),
		builder.Stage("production").Alias("champion").MLflowStage("Production").PromotesFrom("staging").AllowOverrides().
			Gates(builder.GreaterThanGate("f1", "0.5"), builder.ComparisonGate("f1", v1alpha1.HigherIsBetter)),
	).Build()
}

// rollBackRandom promotes some version to staging, then to production.
func (s *simulation) rollBackRandom(rt *rapid.T) {
	version := v1alpha1.Version(s.drawVersion(rt))
	s.setVersion("staging", version)
	s.setVersion("production", version)
	s.runSteps(round...)
}

// overrideAllGates registers a version and promotes it through all stages, with an override.
func (s *simulation) overrideAllGates(rt *rapid.T) {
	s.registerRandom(rt)
	version := v1alpha1.Version(strconv.Itoa(s.versionCount))
	gates := drawOne(rt, "gates", []string{"f1", "beats-f1"}, []string{"f1"})
	for _, name := range s.promotions {
		s.setVersion(name, version)
	}
	s.editPromotion("production", func(spec *v1alpha1.ModelPromotionSpec) {
		spec.Override = &v1alpha1.Override{Version: version, Gates: gates, Reason: "because"}
	})
	s.runSteps(round...)
}

// soakNewVersion requires a day in staging, and promotes a new version. A user may set the alias
// of staging halfway through that day.
func (s *simulation) soakNewVersion(rt *rapid.T) {
	s.editModel(func(spec *v1alpha1.RegisteredModelSpec) { spec.Stages[1].RequiredSoakTime = "24h" })
	s.promoteNewVersion(rt)
	s.advanceHalfDay()
	if drawOne(rt, "external change", false, true) {
		_ = s.user.SetAlias(s.ctx, sentiment, "staging", s.drawVersion(rt))
	}
	s.advanceHalfDay()
	s.runSteps(round...)
}

// promoteNewVersion registers a version and promotes it through all stages, as users do most.
func (s *simulation) promoteNewVersion(rt *rapid.T) {
	s.registerRandom(rt)
	for _, name := range s.promotions {
		if s.getPromotion(name).Spec.VersionFrom == nil {
			s.setVersion(name, v1alpha1.Version(strconv.Itoa(s.versionCount)))
		}
	}
	s.runSteps(round...)
}

// drawClassEdit draws an edit of the class. The model may name it or not.
func (s *simulation) drawClassEdit(rt *rapid.T) func() {
	class := newStricterClass(drawOne[v1alpha1.Decimal](rt, "floor", "0.6", "0.8", "0"))
	switch drawOne(rt, "class", "stricter", "stricter", "violated", "invalid", "deleted") {
	case "violated":
		class.RequireTag("team", "vision")
	case "invalid":
		class.TagRule(v1alpha1.TagRule{Key: "team", Pattern: "("})
	case "deleted":
		return func() { s.setClass(nil) }
	}
	return func() { s.setClass(class.Build()) }
}

// changeApprovals creates or deletes approvals, or removes or installs the policy that makes
// their user names authentic.
func (s *simulation) changeApprovals(rt *rapid.T) {
	version := s.drawVersion(rt)
	switch drawOne(rt, "change", "approve", "approve", "approve", "reject", "delete", "forge", "remove policy", "install policy") {
	case "approve":
		s.createApproval(version, v1alpha1.DecisionApprove, false)
	case "reject":
		s.createApproval(version, v1alpha1.DecisionReject, false)
	case "delete":
		s.deleteApprovals(drawOne(rt, "which", 1, 2, 3))
	case "forge":
		if s.verifier.policyMissing {
			s.createApproval(version, v1alpha1.DecisionApprove, true)
		}
	case "remove policy":
		s.verifier.policyMissing = true
	default:
		if s.verifier.policyMissing {
			s.verifier.policyMissing, s.verifier.effectiveSince = false, s.tick()
		}
	}
}
