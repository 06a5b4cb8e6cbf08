// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package modelpromotion_test

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/mlflowtest"
	"github.com/neuronews/mlflow-registry-operator/internal/promotion"
)

// foul says why the operator must not have made this write, from what is true in MLflow
// and what was declared when the pass began; empty when it was right. It knows nothing
// of how the operator decides.
func (g *game) foul(write mlflowtest.Write) string {
	key := write.Args.Text("key")
	if _, foul := g.pass.inherited("production"); foul != "" {
		return foul
	}
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
	stage, _ := p.inherited(p.promotion.Spec.Stage)
	version := write.Args.Text("version")
	alias, legacy := write.Args.Text("alias"), write.Args.Text("stage")
	switch {
	case p.suspended(), p.promotion.Spec.Mode == v1alpha1.PromotionModeDryRun, p.model.Spec.Management == v1alpha1.ManagementObserve:
		return "nothing may be written"
	case alias != "" && alias != stage.EffectiveAlias(), legacy != "" && legacy != string(stage.MLflowStage):
		return "the alias or the stage is another's"
	case g.mlflow.Version(sentiment, version) == nil:
		return "there is no such version"
	}
	if foul := g.foulEvidence(stage, version); alias != "" && foul != "" {
		return foul
	}
	return g.foulVersion(stage, version)
}

// foulEvidence wants it in writing, on the version, that every gate has passed for it,
// before the alias is moved.
func (g *game) foulEvidence(stage *v1alpha1.Stage, version string) string {
	var evidence promotion.Evidence
	tag := g.mlflow.Version(sentiment, version).Tags[v1alpha1.EvidenceTagPrefix+string(stage.Name)]
	if err := json.Unmarshal([]byte(tag), &evidence); err != nil || len(evidence.Gates) == 0 {
		return "there is no evidence on the version"
	}
	for _, gate := range evidence.Gates {
		if gate.Result != string(v1alpha1.GatePassed) {
			return "the evidence says that gate " + gate.Name + " did not pass"
		}
		told := evidence.Override != nil && slices.Contains(evidence.Override.Gates, gate.Name)
		if (gate.Waived == string(v1alpha1.WaivedByOverride)) != told || gate.Waived != "" && !g.isOverridden(stage, version, gate.Name) {
			return "gate " + gate.Name + " was waived, and nobody has overridden it"
		}
	}
	return ""
}

// foulVersion judges which version took the stage, on the state right after it did.
func (g *game) foulVersion(stage *v1alpha1.Stage, version string) string {
	p := g.pass
	returns := g.recordedBefore(stage) == version
	switch {
	case returns && stage.Drift == v1alpha1.DriftReport && p.holders[stage.EffectiveAlias()] != version:
		return "drift is to be reported, not reverted"
	case returns:
	case g.foulWish(stage, version) != "":
		return g.foulWish(stage, version)
	}
	trusted := returns || stage.Rollback != v1alpha1.RollbackGated && g.hasPassed(p.promotion.Name, version)
	return g.foulDemand(stage, version, g.rival(stage, version), trusted)
}

// recordedBefore is the holder on record when the pass began; a change of hands that was
// announced and carried out is as good as recorded.
func (g *game) recordedBefore(stage *v1alpha1.Stage) string {
	status := g.pass.promotion.Status
	if u := status.Underway; u != nil && g.wasEvidenced(stage.Name, u.Version) &&
		g.recorded([]v1alpha1.PromotionRecord{*u}) == g.pass.holders[stage.EffectiveAlias()] {
		return string(u.Version)
	}
	return g.recorded(status.History)
}

func (g *game) wasEvidenced(stage v1alpha1.StageName, version v1alpha1.Version) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.evidenced[string(stage)+"="+string(version)]
}

// rival is the version to beat: who held the stage when the pass began, or the holder on
// record where another hand had put that one there. If that was the candidate itself,
// nobody but the pin can tell whom it replaces.
func (g *game) rival(stage *v1alpha1.Stage, version string) string {
	recorded, holder := g.recordedBefore(stage), g.pass.holders[stage.EffectiveAlias()]
	switch {
	case holder == version:
		return string(g.promotion(g.pass.promotion.Name).Status.Candidate.Replaces)
	case recorded != "" && stage.Drift != v1alpha1.DriftReport:
		return recorded
	default:
		return holder
	}
}

// foulWish judges whether the spec asks for a version that is not recorded as the holder.
func (g *game) foulWish(stage *v1alpha1.Stage, version string) string {
	spec, holder := g.pass.promotion.Spec, g.pass.holders[stage.EffectiveAlias()]
	expected := string(spec.ExpectedCurrentVersion)
	switch {
	case !g.isWanted(version):
		return "nobody wants this version"
	case expected != "" && holder != expected && holder != version:
		return "another version held the stage than the expected one"
	case stage.Name == "staging" && g.holders()["champion"] == version:
		return "a step backward"
	}
	return ""
}

// isWanted judges the version by what the spec names. Of several versions that carry the
// tags, the operator may not know the newest yet.
func (g *game) isWanted(version string) bool {
	spec := g.pass.promotion.Spec
	switch from := spec.VersionFrom; {
	case from == nil:
		return string(spec.Version) == version
	case from.Alias != "":
		return g.pass.holders[from.Alias] == version
	case from.Stage != "":
		return g.pass.holders[aliases[from.Stage]] == version
	}
	for key, value := range spec.VersionFrom.Latest.Tags {
		if g.mlflow.Version(sentiment, version).Tags[key] != string(value) {
			return false
		}
	}
	return true
}

// foulDemand judges what the stage and the promotion demand of the version.
func (g *game) foulDemand(stage *v1alpha1.Stage, version, replaces string, trusted bool) string {
	for _, before := range stage.PromotesFrom {
		if !g.hasHeld(string(before), version) && !g.isOverridden(stage, version, "promotes-from") {
			return "it never was in " + string(before)
		}
	}
	if stage.MinSoak != "" && !trusted && g.longest[g.artifact(version)] < 24*time.Hour && !g.isOverridden(stage, version, "min-soak") {
		return "it has not soaked"
	}
	for _, gate := range slices.Concat(stage.Gates, g.pass.promotion.Spec.Gates) {
		if g.isOverridden(stage, version, gate.Name) || gate.Approval != nil && g.approved(version, trusted, g.recordedBefore(stage) == version) {
			continue
		}
		if gate.Approval != nil || !g.passes(gate, version, replaces, trusted) {
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

func (g *game) hasHeld(name, version string) bool {
	return len(g.entriesOf(name, version)) > 0
}

// hasPassed tells whether a version has held a stage without an override.
func (g *game) hasPassed(name, version string) bool {
	return slices.ContainsFunc(g.entriesOf(name, version), func(r v1alpha1.PromotionRecord) bool {
		return r.Override == nil && r.Cause != v1alpha1.CauseDriftReverted
	})
}

func (g *game) entriesOf(name, version string) []v1alpha1.PromotionRecord {
	created := int64(g.mlflow.Model(sentiment).CreationTimestamp)
	return slices.DeleteFunc(slices.Clone(g.promotion(name).Status.History), func(r v1alpha1.PromotionRecord) bool {
		return string(r.Version) != version || r.ModelCreationTimestamp != created
	})
}
