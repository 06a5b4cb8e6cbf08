// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package simulation

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/mlflowtest"
	"github.com/neuronews/mlflow-registry-operator/internal/promotion"
)

// findViolation says why the operator must not have made this write, from what is true in MLflow
// and what was declared when the pass began; empty when it was right. It knows nothing
// of how the operator decides.
func (s *simulation) findViolation(write mlflowtest.Write) string {
	key := write.Args.String("key")
	if _, foul := s.inputs.effectiveStage("production"); foul != "" {
		return foul
	}
	switch write.Endpoint {
	case "registered-models/create":
		return ""
	case "registered-models/set-tag":
		return violationUnless(key == "team" || key == v1alpha1.ManagedByTag, "a tag that nobody declared")
	case "registered-models/delete-tag":
		return violationUnless(key == "team", "the tag is not the operator's")
	case "model-versions/set-tag":
		return violationUnless(strings.HasPrefix(key, v1alpha1.EvidenceTagPrefix), "the tag is not the operator's")
	case "registered-models/alias":
		return violationUnless(write.Method == "POST", "an alias was deleted") + s.findAliasViolation(write)
	case "model-versions/transition-stage":
		return s.findAliasViolation(write)
	default:
		return "not for the operator to do"
	}
}

func violationUnless(right bool, foul string) string {
	if right {
		return ""
	}
	return foul
}

// findAliasViolation judges a version that took a stage.
func (s *simulation) findAliasViolation(write mlflowtest.Write) string {
	p := s.inputs
	if p.promotion == nil {
		return "only promotions move versions"
	}
	stage, _ := p.effectiveStage(p.promotion.Spec.Stage)
	version := write.Args.String("version")
	alias, legacy := write.Args.String("alias"), write.Args.String("stage")
	switch {
	case p.isSuspended(), p.promotion.Spec.Mode == v1alpha1.PromotionModeDryRun,
		p.model.Spec.ManagementPolicy == v1alpha1.ManagementPolicyObserve:
		return "nothing may be written"
	case alias != "" && alias != stage.EffectiveAlias(), legacy != "" && legacy != string(stage.MLflowStage):
		return "the alias or the stage is another's"
	case s.mlflow.Version(sentiment, version) == nil:
		return "there is no such version"
	}
	if foul := s.findEvidenceViolation(stage, version); alias != "" && foul != "" {
		return foul
	}
	return s.findVersionViolation(stage, version)
}

// findEvidenceViolation wants it in writing, on the version, that every gate has passed for it,
// before the alias is moved.
func (s *simulation) findEvidenceViolation(stage *v1alpha1.Stage, version string) string {
	var evidence promotion.Evidence
	tag := s.mlflow.Version(sentiment, version).Tags[v1alpha1.EvidenceTagPrefix+string(stage.Name)]
	if err := json.Unmarshal([]byte(tag), &evidence); err != nil || len(evidence.Gates) == 0 {
		return "there is no evidence on the version"
	}
	for _, gate := range evidence.Gates {
		told := evidence.Override != nil && slices.Contains(evidence.Override.Gates, gate.Name)
		if foul := s.findGateEvidenceViolation(stage, version, gate, told); foul != "" {
			return foul
		}
	}
	return ""
}

// foulGateEvidence wants a gate to have passed, or to be exempt for a good reason.
func (s *simulation) findGateEvidenceViolation(stage *v1alpha1.Stage, version string, gate promotion.GateEvidence, told bool) string {
	exemption := v1alpha1.GateExemption(gate.Exemption)
	switch passed := gate.Result == string(v1alpha1.GatePassed); {
	case !passed && exemption == "":
		return "the evidence says that gate " + gate.Name + " did not pass"
	case passed && exemption != "":
		return "the evidence says that gate " + gate.Name + " passed, and is exempt"
	case exemption == v1alpha1.ExemptionTrustedRollback && !s.isTrusted(stage, version):
		return "gate " + gate.Name + " is exempt, and the version does not return"
	case exemption == v1alpha1.ExemptionTrustedRollback && !told:
		return ""
	case (exemption == v1alpha1.ExemptionOverride) != told || exemption != "" && !s.isOverridden(stage, version, gate.Name):
		return "gate " + gate.Name + " is exempt, and nobody has overridden it"
	}
	return ""
}

// isTrusted tells whether the version is put back, or returns to a stage that it has held
// without an override.
func (s *simulation) isTrusted(stage *v1alpha1.Stage, version string) bool {
	return s.lastPromotedBefore(stage) == version ||
		stage.RollbackPolicy != v1alpha1.RollbackPolicyGated && s.hasPassedAllGates(s.inputs.promotion.Name, version)
}

// findVersionViolation judges which version took the stage, on the state right after it did.
func (s *simulation) findVersionViolation(stage *v1alpha1.Stage, version string) string {
	p := s.inputs
	returns := s.lastPromotedBefore(stage) == version
	switch {
	case returns && stage.DriftPolicy == v1alpha1.DriftPolicyReport && p.currentVersions[stage.EffectiveAlias()] != version:
		return "drift is to be reported, not reverted"
	case returns:
	case s.findSpecViolation(stage, version) != "":
		return s.findSpecViolation(stage, version)
	}
	return s.findGateViolation(stage, version, s.findBaseline(stage, version), s.isTrusted(stage, version))
}

// lastPromotedBefore is the holder on record when the pass began; a change of hands that was
// announced and carried out is as good as recorded.
func (s *simulation) lastPromotedBefore(stage *v1alpha1.Stage) string {
	status := s.inputs.promotion.Status
	if u := status.PendingTransition; u != nil && s.hasEvidence(stage.Name, u.Version) &&
		s.lastPromotedVersion([]v1alpha1.PromotionRecord{*u}) == s.inputs.currentVersions[stage.EffectiveAlias()] {
		return string(u.Version)
	}
	return s.lastPromotedVersion(status.History)
}

func (s *simulation) hasEvidence(stage v1alpha1.StageName, version v1alpha1.Version) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.evidenceTags[string(stage)+"="+string(version)]
}

// findBaseline is the version to beat: who held the stage when the pass began, or the holder on
// record where another hand had put that one there. If that was the candidate itself,
// nobody but the pin can tell whom it replaces.
func (s *simulation) findBaseline(stage *v1alpha1.Stage, version string) string {
	recorded, holder := s.lastPromotedBefore(stage), s.inputs.currentVersions[stage.EffectiveAlias()]
	switch {
	case holder == version:
		return string(s.getPromotion(s.inputs.promotion.Name).Status.Candidate.BaselineVersion)
	case recorded != "" && stage.DriftPolicy != v1alpha1.DriftPolicyReport:
		return recorded
	default:
		return holder
	}
}

// findSpecViolation judges whether the spec asks for a version that is not recorded as the holder.
func (s *simulation) findSpecViolation(stage *v1alpha1.Stage, version string) string {
	spec, holder := s.inputs.promotion.Spec, s.inputs.currentVersions[stage.EffectiveAlias()]
	expected := string(spec.ExpectedCurrentVersion)
	switch {
	case !s.isSelected(version):
		return "nobody wants this version"
	case expected != "" && holder != expected && holder != version:
		return "another version held the stage than the expected one"
	case stage.Name == "staging" && s.currentVersions()["champion"] == version:
		return "a step backward"
	}
	return ""
}

// isSelected judges the version by what the spec names. Of several versions that carry the
// tags, the operator may not know the newest yet.
func (s *simulation) isSelected(version string) bool {
	spec := s.inputs.promotion.Spec
	switch from := spec.VersionFrom; {
	case from == nil:
		return string(spec.Version) == version
	case from.Alias != "":
		return s.inputs.currentVersions[from.Alias] == version
	case from.Stage != "":
		return s.inputs.currentVersions[stageAliases[from.Stage]] == version
	}
	for key, value := range spec.VersionFrom.Latest.Tags {
		if s.mlflow.Version(sentiment, version).Tags[key] != string(value) {
			return false
		}
	}
	return true
}

// findGateViolation judges what the stage and the promotion demand of the version.
func (s *simulation) findGateViolation(stage *v1alpha1.Stage, version, replaces string, trusted bool) string {
	for _, before := range stage.PromotesFrom {
		if !s.hasBeenPromoted(string(before), version) && !s.isOverridden(stage, version, "promotes-from") {
			return "it never was in " + string(before)
		}
	}
	if stage.RequiredSoakTime != "" && !trusted &&
		s.longestTenures[s.artifactID(version)] < 24*time.Hour && !s.isOverridden(stage, version, "required-soak-time") {
		return "it has not soaked"
	}
	for _, gate := range slices.Concat(stage.Gates, s.inputs.promotion.Spec.Gates) {
		if s.isOverridden(stage, version, gate.Name) || gate.Approval != nil && s.isApproved(version, trusted, s.lastPromotedBefore(stage) == version) {
			continue
		}
		if gate.Approval != nil || !s.shouldPassGate(gate, version, replaces, trusted) {
			return "gate " + gate.Name + " does not pass"
		}
	}
	return ""
}

// lastPromotedVersion is the newest entry, if it speaks of the model that is there now.
func (s *simulation) lastPromotedVersion(history []v1alpha1.PromotionRecord) string {
	if len(history) == 0 || history[0].ModelCreationTimestamp != int64(s.mlflow.Model(sentiment).CreationTimestamp) {
		return ""
	}
	return string(history[0].Version)
}

func (s *simulation) hasBeenPromoted(name, version string) bool {
	return len(s.listRecords(name, version)) > 0
}

// hasPassedAllGates tells whether a version has held a stage without an override.
func (s *simulation) hasPassedAllGates(name, version string) bool {
	return slices.ContainsFunc(s.listRecords(name, version), func(r v1alpha1.PromotionRecord) bool {
		return r.Override == nil && r.Reason != v1alpha1.PromotionReasonDriftReverted
	})
}

func (s *simulation) listRecords(name, version string) []v1alpha1.PromotionRecord {
	created := int64(s.mlflow.Model(sentiment).CreationTimestamp)
	return slices.DeleteFunc(slices.Clone(s.getPromotion(name).Status.History), func(r v1alpha1.PromotionRecord) bool {
		return string(r.Version) != version || r.ModelCreationTimestamp != created
	})
}
