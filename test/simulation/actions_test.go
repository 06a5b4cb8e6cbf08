// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package simulation

import (
	"strconv"

	"pgregory.net/rapid"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/test/builder"
)

// drawOne picks one of the choices. The first is what a failure is shrunk to.
func drawOne[T any](rt *rapid.T, label string, choices ...T) T {
	return rapid.SampledFrom(choices).Draw(rt, label)
}

// listActions are everything that may happen between two looks of the umpire.
func (g *simulation) listActions() map[string]func(*rapid.T) {
	all := map[string]func(*rapid.T){
		"":         func(*rapid.T) { g.checkInvariants() },
		"time":     func(*rapid.T) { g.advanceHalfDay() },
		"operator": func(rt *rapid.T) { g.runSteps(drawOne(rt, "turn", "poll", "model", "staging", "production", "crash")) },
		"round":    func(*rapid.T) { g.runSteps("poll", "model", "staging", "production") },
		"fault":    g.injectFault,
	}
	for name, action := range map[string]func(*rapid.T){
		"version": g.registerRandom, "challenge": g.promoteNewVersion, "insist": g.overrideAllGates, "soak": g.soakNewVersion, "return": g.rollBackRandom, "delete": g.deleteRandom,
		"alias": g.moveRandomAlias, "tag": g.setRandomTag, "recreate": g.recreateModel, "people": g.changeApprovals,
	} {
		all[name] = func(rt *rapid.T) {
			if g.mlflow.Model(sentiment) != nil {
				action(rt)
			}
		}
	}
	for name, edit := range map[string]func(*rapid.T) func(){
		"edit promotion": g.drawPromotionEdit, "edit want": g.drawWantedVersion, "edit model": g.drawModelEdit, "edit class": g.drawClassEdit,
	} {
		all[name] = func(rt *rapid.T) { g.logStep(name); edit(rt)() }
	}
	return all
}

func (g *simulation) registerRandom(rt *rapid.T) {
	kind := drawOne(rt, "kind", "run", "run", "logged model", "claimed")
	g.registerArtifact(kind, drawOne(rt, "f1", "0.9", "0.7", "0.7", "0.4", "-1", "0", "", "NaN", "Infinity", "-Infinity"))
}

// drawVersion is one that is there, or was.
func (g *simulation) drawVersion(rt *rapid.T) string {
	return strconv.Itoa(rapid.IntRange(1, max(g.versionCount, 1)).Draw(rt, "version"))
}

// deleteRandom ignores what MLflow refuses: deleting twice, or what never was.
func (g *simulation) deleteRandom(rt *rapid.T) {
	version := g.drawVersion(rt)
	a := g.artifacts[version]
	if a == nil {
		return
	}
	switch drawOne(rt, "deletes", "run", "restore run", "version") {
	case "run":
		_ = g.user.DeleteRun(g.ctx, a.run)
		a.runDeleted = true
	case "restore run":
		_ = g.user.RestoreRun(g.ctx, a.run)
		a.runDeleted = false
	default:
		_ = g.user.DeleteVersion(g.ctx, sentiment, version)
	}
}

func (g *simulation) moveRandomAlias(rt *rapid.T) {
	alias := drawOne(rt, "alias", "champion", "staging", "foreign")
	if drawOne(rt, "deleted", false, false, true) {
		_ = g.user.DeleteAlias(g.ctx, sentiment, alias)
		return
	}
	_ = g.user.SetAlias(g.ctx, sentiment, alias, g.drawVersion(rt))
}

func (g *simulation) setRandomTag(rt *rapid.T) {
	value := drawOne(rt, "value", "yes", "no")
	switch drawOne(rt, "of", "model", "version", "team") {
	case "model":
		g.must(g.user.SetModelTag(g.ctx, sentiment, "approved", value))
	case "version":
		_ = g.user.SetVersionTag(g.ctx, sentiment, g.drawVersion(rt), "reviewed", value)
	default:
		g.must(g.user.DeleteModelTag(g.ctx, sentiment, "team"))
	}
}

func (g *simulation) recreateModel(rt *rapid.T) {
	if !drawOne(rt, "really", false, false, false, true) {
		return
	}
	g.must(g.user.DeleteModel(g.ctx, sentiment))
	g.must(g.user.CreateModel(g.ctx, sentiment, map[string]string{"foreign": "kept"}))
	g.versionCount, g.artifacts = 0, map[string]*artifact{}
}

func (g *simulation) drawWantedVersion(rt *rapid.T) func() {
	name, version := drawOne(rt, "promotion", "production", "staging"), v1alpha1.Version(g.drawVersion(rt))
	from := drawOne(rt, "from", nil, nil,
		&v1alpha1.VersionFrom{Latest: &v1alpha1.LatestVersion{}},
		&v1alpha1.VersionFrom{Latest: &v1alpha1.LatestVersion{Tags: map[string]v1alpha1.TagValue{"reviewed": "yes"}}},
		&v1alpha1.VersionFrom{Alias: "foreign"}, &v1alpha1.VersionFrom{Stage: "staging"})
	if from != nil {
		version = ""
	}
	return func() {
		g.editPromotion(name, func(spec *v1alpha1.ModelPromotionSpec) { spec.Version, spec.VersionFrom = version, from })
	}
}

// drawPromotionEdit changes one thing and takes back what was changed before.
func (g *simulation) drawPromotionEdit(rt *rapid.T) func() {
	name := drawOne(rt, "promotion", "production", "staging")
	var changed v1alpha1.ModelPromotionSpec
	switch drawOne(rt, "change",
		"nothing", "people", "overrule", "reviewed", "approved", "expected", "override", "override", "dry run", "suspend") {
	case "people":
		changed.Gates = []v1alpha1.Gate{builder.ApprovalGate(1, "alice")}
	case "overrule":
		changed.Gates = []v1alpha1.Gate{builder.ApprovalGate(1, "alice")}
		changed.Override = g.drawOverride(rt)
	case "reviewed":
		changed.Gates = []v1alpha1.Gate{builder.TagGate("reviewed", "yes")}
	case "approved":
		changed.Gates = []v1alpha1.Gate{builder.TagGate("approved", "yes")}
		changed.Gates[0].Tag.Target = v1alpha1.TagTargetModel
	case "expected":
		changed.ExpectedCurrentVersion = v1alpha1.Version(g.drawVersion(rt))
	case "override":
		changed.Override = g.drawOverride(rt)
	case "dry run":
		changed.Mode = v1alpha1.PromotionModeDryRun
	case "suspend":
		changed.Suspend = new(true)
	}
	return func() {
		g.editPromotion(name, func(spec *v1alpha1.ModelPromotionSpec) {
			changed.ModelRef, changed.Stage = spec.ModelRef, spec.Stage
			changed.Version, changed.VersionFrom = spec.Version, spec.VersionFrom
			*spec = changed
		})
	}
}

// drawOverride is an override of some gates, of which one may not be there, for some version.
func (g *simulation) drawOverride(rt *rapid.T) *v1alpha1.Override {
	gates := drawOne(rt, "gates", []string{"f1", "beats-f1"}, []string{"f1"}, []string{"beats-f1", "required-soak-time"},
		[]string{"promotes-from"}, []string{"sign-off"}, []string{"f1", "beats-f1", "sign-off"}, []string{"f1", "beats-f1", "moon"})
	return &v1alpha1.Override{Version: v1alpha1.Version(g.drawVersion(rt)), Gates: gates, Reason: "because"}
}

// drawModelEdit likewise.
func (g *simulation) drawModelEdit(rt *rapid.T) func() {
	change := drawOne(rt, "change",
		"nothing", "report", "gated", "soak", "soak", "forbid", "low", "against", "tags", "observe", "suspend", "class", "class")
	return func() {
		g.editModel(func(spec *v1alpha1.RegisteredModelSpec) {
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
			case "against":
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

// newDeclaredModel is a model of which anything may take staging, and only what is better
// production.
func newDeclaredModel() *v1alpha1.RegisteredModel {
	return builder.RegisteredModel(sentiment).Tag("team", "nlp").Stages(
		builder.Stage("staging").MLflowStage("Staging"),
		builder.Stage("production").Alias("champion").MLflowStage("Production").PromotesFrom("staging").AllowOverrides().
			Gates(builder.GreaterThanGate("f1", "0.5"), builder.ComparisonGate("f1", v1alpha1.HigherIsBetter)),
	).Build()
}

// rollBackRandom wants some version back, in staging first.
func (g *simulation) rollBackRandom(rt *rapid.T) {
	version := v1alpha1.Version(g.drawVersion(rt))
	g.setVersion("staging", version)
	g.setVersion("production", version)
	g.runSteps("poll", "model", "staging", "production")
}

// overrideAllGates takes a new version through all stages, whatever its gates say.
func (g *simulation) overrideAllGates(rt *rapid.T) {
	g.registerRandom(rt)
	version := v1alpha1.Version(strconv.Itoa(g.versionCount))
	gates := drawOne(rt, "gates", []string{"f1", "beats-f1"}, []string{"f1"})
	for _, name := range g.promotions {
		g.setVersion(name, version)
	}
	g.editPromotion("production", func(spec *v1alpha1.ModelPromotionSpec) {
		spec.Override = &v1alpha1.Override{Version: version, Gates: gates, Reason: "because"}
	})
	g.runSteps("poll", "model", "staging", "production")
}

// soakNewVersion demands a day in staging, and lets it pass for a new version, in which somebody
// else may move the alias.
func (g *simulation) soakNewVersion(rt *rapid.T) {
	g.editModel(func(spec *v1alpha1.RegisteredModelSpec) { spec.Stages[1].RequiredSoakTime = "24h" })
	g.promoteNewVersion(rt)
	g.advanceHalfDay()
	if drawOne(rt, "moved", false, true) {
		_ = g.user.SetAlias(g.ctx, sentiment, "staging", g.drawVersion(rt))
	}
	g.advanceHalfDay()
	g.runSteps("poll", "model", "staging", "production")
}

// promoteNewVersion does what people do most: a new version goes through all stages.
func (g *simulation) promoteNewVersion(rt *rapid.T) {
	g.registerRandom(rt)
	for _, name := range g.promotions {
		if g.getPromotion(name).Spec.VersionFrom == nil {
			g.setVersion(name, v1alpha1.Version(strconv.Itoa(g.versionCount)))
		}
	}
	g.runSteps("poll", "model", "staging", "production")
}
