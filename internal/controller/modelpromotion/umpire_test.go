// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package modelpromotion_test

import (
	"slices"
	"strings"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/mlflowtest"
)

// foul says why the operator must not have made this write, from what is true in MLflow
// and what was declared when the pass began; empty when it was right. It knows nothing
// of how the operator decides.
func (g *game) foul(write mlflowtest.Write) string {
	key := write.Args.Text("key")
	switch write.Endpoint {
	case "registered-models/create":
		return ""
	case "registered-models/set-tag":
		return unless(key == "team" || key == v1alpha1.ManagedByTag, "a tag that nobody declared")
	case "registered-models/delete-tag":
		return unless(key == "team", "the tag is not the operator's")
	case "model-versions/set-tag":
		return unless(strings.HasPrefix(key, v1alpha1.EvidenceTagPrefix), "the tag is not the operator's")
	case "registered-models/alias":
		return unless(write.Method == "POST", "an alias was deleted") + g.foulMove(write)
	case "model-versions/transition-stage":
		return g.foulMove(write)
	default:
		return "not for the operator to do"
	}
}

func unless(right bool, foul string) string {
	if right {
		return ""
	}
	return foul
}

// foulMove judges a version that took a stage.
func (g *game) foulMove(write mlflowtest.Write) string {
	p := g.pass
	if p.promotion == nil {
		return "only promotions move versions"
	}
	stage, version := p.model.Stage(p.promotion.Spec.Stage), write.Args.Text("version")
	alias, legacy := write.Args.Text("alias"), write.Args.Text("stage")
	switch {
	case p.suspended(), p.promotion.Spec.Mode == v1alpha1.PromotionModeDryRun, p.model.Spec.Management == v1alpha1.ManagementObserve:
		return "nothing may be written"
	case alias != "" && alias != stage.EffectiveAlias(), legacy != "" && legacy != string(stage.MLflowStage):
		return "the alias or the stage is another's"
	}
	return g.foulVersion(stage, version)
}

// foulVersion judges which version took the stage, on the state right after it did.
func (g *game) foulVersion(stage *v1alpha1.Stage, version string) string {
	p, now := g.pass, g.promotion(g.pass.promotion.Name).Status
	returns := g.recorded(p.promotion.Status.History) == version
	switch {
	case g.mlflow.Version(sentiment, version) == nil:
		return "there is no such version"
	case returns && stage.Drift == v1alpha1.DriftReport && p.holders[stage.EffectiveAlias()] != version:
		return "drift is to be reported, not reverted"
	case returns:
	case g.foulWish(stage, version) != "":
		return g.foulWish(stage, version)
	}
	trusted := returns || stage.Rollback != v1alpha1.RollbackGated && g.hasHeld(p.promotion.Name, version)
	return g.foulDemand(stage, version, string(now.Candidate.Replaces), trusted)
}

// foulWish judges whether the spec asks for a version that is not recorded as the holder.
func (g *game) foulWish(stage *v1alpha1.Stage, version string) string {
	spec, holder := g.pass.promotion.Spec, g.pass.holders[stage.EffectiveAlias()]
	expected := string(spec.ExpectedCurrentVersion)
	switch {
	case spec.Version != "" && string(spec.Version) != version:
		return "nobody wants this version"
	case expected != "" && holder != expected && holder != version:
		return "another version held the stage than the expected one"
	case stage.Name == "staging" && g.holders()["champion"] == version:
		return "a step backward"
	}
	return ""
}

// foulDemand judges what the stage and the promotion demand of the version.
func (g *game) foulDemand(stage *v1alpha1.Stage, version, replaces string, trusted bool) string {
	for _, before := range stage.PromotesFrom {
		if !g.hasHeld(string(before), version) {
			return "it never was in " + string(before)
		}
	}
	for _, gate := range slices.Concat(stage.Gates, g.pass.promotion.Spec.Gates) {
		if !g.passes(gate, version, replaces, trusted) {
			return "gate " + gate.Name + " does not pass"
		}
	}
	return ""
}

// recorded is the newest entry, if it speaks of the model that is there now.
func (g *game) recorded(history []v1alpha1.PromotionRecord) string {
	if len(history) == 0 || history[0].ModelCreationTimestamp != int64(g.mlflow.Model(sentiment).CreationTimestamp) {
		return ""
	}
	return string(history[0].Version)
}

func (g *game) hasHeld(promotion, version string) bool {
	created := int64(g.mlflow.Model(sentiment).CreationTimestamp)
	return slices.ContainsFunc(g.promotion(promotion).Status.History, func(r v1alpha1.PromotionRecord) bool {
		return string(r.Version) == version && r.ModelCreationTimestamp == created
	})
}
