// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package modelpromotion_test

import (
	"strconv"

	"pgregory.net/rapid"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/test/builder"
)

// draw picks one of the choices. The first is what a failure is shrunk to.
func draw[T any](rt *rapid.T, label string, choices ...T) T {
	return rapid.SampledFrom(choices).Draw(rt, label)
}

// actions are everything that may happen between two looks of the umpire.
func (g *game) actions() map[string]func(*rapid.T) {
	all := map[string]func(*rapid.T){
		"":         func(*rapid.T) { g.check() },
		"time":     func(*rapid.T) { g.timePasses() },
		"operator": func(rt *rapid.T) { g.turn(draw(rt, "turn", "poll", "model", "staging", "production", "crash")) },
		"round":    func(*rapid.T) { g.turn("poll", "model", "staging", "production") },
		"fault":    g.fault,
	}
	for name, action := range map[string]func(*rapid.T){
		"version": g.registers, "challenge": g.challenges, "insist": g.insists, "soak": g.soaks, "return": g.returns, "delete": g.deletes,
		"alias": g.movesAlias, "tag": g.tags, "recreate": g.recreates, "people": g.people,
	} {
		all[name] = func(rt *rapid.T) {
			if g.mlflow.Model(sentiment) != nil {
				action(rt)
			}
		}
	}
	for name, edit := range map[string]func(*rapid.T) func(){
		"edit promotion": g.editsPromotion, "edit want": g.wants, "edit model": g.editsModel, "edit class": g.editsClass,
	} {
		all[name] = func(rt *rapid.T) { g.note(name); edit(rt)() }
	}
	return all
}

func (g *game) registers(rt *rapid.T) {
	kind := draw(rt, "kind", "run", "run", "logged model", "claimed")
	g.newVersion(kind, draw(rt, "f1", "0.9", "0.7", "0.7", "0.4", "-1", "0", "", "NaN", "Infinity", "-Infinity"))
}

// anyVersion is one that is there, or was.
func (g *game) anyVersion(rt *rapid.T) string {
	return strconv.Itoa(rapid.IntRange(1, max(g.trained, 1)).Draw(rt, "version"))
}

// deletes ignores what MLflow refuses: deleting twice, or what never was.
func (g *game) deletes(rt *rapid.T) {
	version := g.anyVersion(rt)
	a := g.artifacts[version]
	if a == nil {
		return
	}
	switch draw(rt, "deletes", "run", "restore run", "version") {
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

func (g *game) movesAlias(rt *rapid.T) {
	alias := draw(rt, "alias", "champion", "staging", "foreign")
	if draw(rt, "deleted", false, false, true) {
		_ = g.user.DeleteAlias(g.ctx, sentiment, alias)
		return
	}
	_ = g.user.SetAlias(g.ctx, sentiment, alias, g.anyVersion(rt))
}

func (g *game) tags(rt *rapid.T) {
	value := draw(rt, "value", "yes", "no")
	switch draw(rt, "of", "model", "version", "team") {
	case "model":
		g.must(g.user.SetModelTag(g.ctx, sentiment, "approved", value))
	case "version":
		_ = g.user.SetVersionTag(g.ctx, sentiment, g.anyVersion(rt), "reviewed", value)
	default:
		g.must(g.user.DeleteModelTag(g.ctx, sentiment, "team"))
	}
}

func (g *game) recreates(rt *rapid.T) {
	if !draw(rt, "really", false, false, false, true) {
		return
	}
	g.must(g.user.DeleteModel(g.ctx, sentiment))
	g.must(g.user.CreateModel(g.ctx, sentiment, map[string]string{"foreign": "kept"}))
	g.trained, g.artifacts = 0, map[string]*artifact{}
}

func (g *game) wants(rt *rapid.T) func() {
	name, version := draw(rt, "promotion", "production", "staging"), v1alpha1.Version(g.anyVersion(rt))
	from := draw(rt, "from", nil, nil,
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

// editsPromotion changes one thing and takes back what was changed before.
func (g *game) editsPromotion(rt *rapid.T) func() {
	name := draw(rt, "promotion", "production", "staging")
	var changed v1alpha1.ModelPromotionSpec
	switch draw(rt, "change",
		"nothing", "people", "overrule", "reviewed", "approved", "expected", "override", "override", "dry run", "suspend") {
	case "people":
		changed.Gates = []v1alpha1.Gate{builder.Approvals(1, "alice")}
	case "overrule":
		changed.Gates = []v1alpha1.Gate{builder.Approvals(1, "alice")}
		changed.Override = g.overrides(rt)
	case "reviewed":
		changed.Gates = []v1alpha1.Gate{builder.TagIn("reviewed", "yes")}
	case "approved":
		changed.Gates = []v1alpha1.Gate{builder.TagIn("approved", "yes")}
		changed.Gates[0].Tag.Of = v1alpha1.TagOfModel
	case "expected":
		changed.ExpectedCurrentVersion = v1alpha1.Version(g.anyVersion(rt))
	case "override":
		changed.Override = g.overrides(rt)
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

// overrides is an override of some gates, of which one may not be there, for some version.
func (g *game) overrides(rt *rapid.T) *v1alpha1.Override {
	gates := draw(rt, "gates", []string{"f1", "beats-f1"}, []string{"f1"}, []string{"beats-f1", "min-soak"},
		[]string{"promotes-from"}, []string{"sign-off"}, []string{"f1", "beats-f1", "sign-off"}, []string{"f1", "beats-f1", "moon"})
	return &v1alpha1.Override{Version: v1alpha1.Version(g.anyVersion(rt)), Gates: gates, Reason: "because"}
}

// editsModel likewise.
func (g *game) editsModel(rt *rapid.T) func() {
	change := draw(rt, "change",
		"nothing", "report", "gated", "soak", "soak", "forbid", "low", "against", "tags", "observe", "suspend", "class", "class")
	return func() {
		g.editModel(func(spec *v1alpha1.RegisteredModelSpec) {
			*spec = declared().Spec
			production := &spec.Stages[1]
			switch change {
			case "report":
				production.Drift = v1alpha1.DriftReport
			case "gated":
				production.Rollback = v1alpha1.RollbackGated
			case "soak":
				production.MinSoak = "24h"
			case "forbid":
				production.Overrides = v1alpha1.OverridesForbid
			case "low":
				production.Gates = []v1alpha1.Gate{builder.GreaterThan("f1", "-2")}
			case "against":
				production.Gates[1].Comparison.Against = &v1alpha1.Baseline{Alias: "foreign"}
			case "tags":
				spec.Tags = nil
			case "class":
				spec.ClassName = standard
			case "observe":
				spec.Management = v1alpha1.ManagementObserve
			case "suspend":
				spec.Suspend = new(true)
			}
		})
	}
}

// declared is a model of which anything may take staging, and only what is better
// production.
func declared() *v1alpha1.RegisteredModel {
	return builder.RegisteredModel(sentiment).Tag("team", "nlp").Stages(
		builder.Stage("staging").MLflowStage("Staging"),
		builder.Stage("production").Alias("champion").MLflowStage("Production").PromotesFrom("staging").AllowOverrides().
			Gates(builder.GreaterThan("f1", "0.5"), builder.Comparison("f1", v1alpha1.HigherIsBetter)),
	).Build()
}

// returns wants some version back, in staging first.
func (g *game) returns(rt *rapid.T) {
	version := v1alpha1.Version(g.anyVersion(rt))
	g.want("staging", version)
	g.want("production", version)
	g.turn("poll", "model", "staging", "production")
}

// insists takes a new version through all stages, whatever its gates say.
func (g *game) insists(rt *rapid.T) {
	g.registers(rt)
	version := v1alpha1.Version(strconv.Itoa(g.trained))
	gates := draw(rt, "gates", []string{"f1", "beats-f1"}, []string{"f1"})
	for _, name := range g.promotions {
		g.want(name, version)
	}
	g.editPromotion("production", func(spec *v1alpha1.ModelPromotionSpec) {
		spec.Override = &v1alpha1.Override{Version: version, Gates: gates, Reason: "because"}
	})
	g.turn("poll", "model", "staging", "production")
}

// soaks demands a day in staging, and lets it pass for a new version, in which somebody
// else may move the alias.
func (g *game) soaks(rt *rapid.T) {
	g.editModel(func(spec *v1alpha1.RegisteredModelSpec) { spec.Stages[1].MinSoak = "24h" })
	g.challenges(rt)
	g.timePasses()
	if draw(rt, "moved", false, true) {
		_ = g.user.SetAlias(g.ctx, sentiment, "staging", g.anyVersion(rt))
	}
	g.timePasses()
	g.turn("poll", "model", "staging", "production")
}

// challenges does what people do most: a new version goes through all stages.
func (g *game) challenges(rt *rapid.T) {
	g.registers(rt)
	for _, name := range g.promotions {
		if g.promotion(name).Spec.VersionFrom == nil {
			g.want(name, v1alpha1.Version(strconv.Itoa(g.trained)))
		}
	}
	g.turn("poll", "model", "staging", "production")
}
