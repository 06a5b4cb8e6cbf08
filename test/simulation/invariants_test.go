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

// findViolation returns the invariant that a write breaks, or "" if it breaks none. It reads what is
// true in MLflow and what was declared when the reconcile began, and shares no code with the
// operator's decisions.
func (s *simulation) findViolation(write mlflowtest.Write) string {
	key := write.Args.String("key")
	if _, violation := s.inputs.effectiveStage("production"); violation != "" {
		return violation
	}
	switch write.Endpoint {
	case "registered-models/create":
		return ""
	case "registered-models/set-tag":
		return violationUnless(key == "team" || key == v1alpha1.ManagedByTag, "the tag is not declared")
	case "registered-models/delete-tag":
		return violationUnless(key == "team", "the operator does not own the tag")
	case "model-versions/set-tag":
		return violationUnless(strings.HasPrefix(key, v1alpha1.EvidenceTagPrefix), "the operator does not own the tag")
	case "registered-models/alias":
		return violationUnless(write.Method == "POST", "an alias was deleted") + s.findAliasViolation(write)
	case "model-versions/transition-stage":
		return s.findAliasViolation(write)
	default:
		return "the operator never makes this request"
	}
}

func violationUnless(valid bool, violation string) string {
	if valid {
		return ""
	}
	return violation
}

// findAliasViolation checks the write of an alias or a legacy stage.
func (s *simulation) findAliasViolation(write mlflowtest.Write) string {
	in := s.inputs
	if in.promotion == nil {
		return "only a promotion sets an alias"
	}
	stage, _ := in.effectiveStage(in.promotion.Spec.Stage)
	version := write.Args.String("version")
	alias, legacy := write.Args.String("alias"), write.Args.String("stage")
	switch {
	case in.isSuspended(), in.promotion.Spec.Mode == v1alpha1.PromotionModeDryRun,
		in.model.Spec.ManagementPolicy == v1alpha1.ManagementPolicyObserve:
		return "the promotion may not write"
	case alias != "" && alias != stage.EffectiveAlias(), legacy != "" && legacy != string(stage.MLflowStage):
		return "the stage has another alias or legacy stage"
	case s.mlflow.Version(sentiment, version) == nil:
		return "the version does not exist"
	}
	if violation := s.findEvidenceViolation(stage, version); alias != "" && violation != "" {
		return violation
	}
	return s.findVersionViolation(stage, version)
}

// findEvidenceViolation checks that the version has an evidence tag with a valid result of each gate
// before its alias is set.
func (s *simulation) findEvidenceViolation(stage *v1alpha1.Stage, version string) string {
	var evidence promotion.Evidence
	tag := s.mlflow.Version(sentiment, version).Tags[v1alpha1.EvidenceTagPrefix+string(stage.Name)]
	if err := json.Unmarshal([]byte(tag), &evidence); err != nil || len(evidence.Gates) == 0 {
		return "the version has no evidence tag"
	}
	for _, gate := range evidence.Gates {
		overridden := evidence.Override != nil && slices.Contains(evidence.Override.Gates, gate.Name)
		if violation := s.findGateEvidenceViolation(stage, version, gate, overridden); violation != "" {
			return violation
		}
	}
	return ""
}

// findGateEvidenceViolation checks that a gate passed, or has an exemption that is valid. The flag says
// whether the evidence names the gate in its override.
func (s *simulation) findGateEvidenceViolation(
	stage *v1alpha1.Stage, version string, gate promotion.GateEvidence, overridden bool,
) string {
	exemption := v1alpha1.GateExemption(gate.Exemption)
	switch passed := gate.Result == string(v1alpha1.GatePassed); {
	case !passed && exemption == "":
		return "the evidence says that gate " + gate.Name + " did not pass"
	case passed && exemption != "":
		return "the evidence says that gate " + gate.Name + " passed, and is exempt"
	case exemption == v1alpha1.ExemptionTrustedRollback && !s.isTrusted(stage, version):
		return "gate " + gate.Name + " has exemption TrustedRollback, but the version was never promoted"
	case exemption == v1alpha1.ExemptionTrustedRollback && !overridden:
		return ""
	case (exemption == v1alpha1.ExemptionOverride) != overridden || exemption != "" && !s.isOverridden(stage, version, gate.Name):
		return "gate " + gate.Name + " is exempt without an override"
	}
	return ""
}

// isTrusted reports whether the version is restored after drift, or rolled back to after a tenure
// that it got without an override.
func (s *simulation) isTrusted(stage *v1alpha1.Stage, version string) bool {
	return s.lastPromotedBefore(stage) == version ||
		stage.RollbackPolicy != v1alpha1.RollbackPolicyGated && s.hasPassedAllGates(s.inputs.promotion.Name, version)
}

// findVersionViolation checks which version took the stage. It runs right after the write.
func (s *simulation) findVersionViolation(stage *v1alpha1.Stage, version string) string {
	restored := s.lastPromotedBefore(stage) == version
	switch {
	case restored && stage.DriftPolicy == v1alpha1.DriftPolicyReport && s.inputs.currentVersions[stage.EffectiveAlias()] != version:
		return "driftPolicy is Report, but drift was reverted"
	case restored:
	case s.findSpecViolation(stage, version) != "":
		return s.findSpecViolation(stage, version)
	}
	return s.findGateViolation(stage, version, s.findBaseline(stage, version), s.isTrusted(stage, version))
}

// lastPromotedBefore returns the last promoted version when the reconcile began. A pending transition
// counts if MLflow has its evidence and its alias.
func (s *simulation) lastPromotedBefore(stage *v1alpha1.Stage) string {
	status := s.inputs.promotion.Status
	if pending := status.PendingTransition; pending != nil && s.hasEvidence(stage.Name, pending.Version) &&
		s.lastPromotedVersion([]v1alpha1.PromotionRecord{*pending}) == s.inputs.currentVersions[stage.EffectiveAlias()] {
		return string(pending.Version)
	}
	return s.lastPromotedVersion(status.History)
}

func (s *simulation) hasEvidence(stage v1alpha1.StageName, version v1alpha1.Version) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.evidenceTags[string(stage)+"="+string(version)]
}

// findBaseline returns the version that the candidate must beat: the current version when the
// reconcile began or, if that one came from drift, the last promoted version. If the
// candidate itself was current, only status.candidate knows the baseline.
func (s *simulation) findBaseline(stage *v1alpha1.Stage, version string) string {
	last, current := s.lastPromotedBefore(stage), s.inputs.currentVersions[stage.EffectiveAlias()]
	switch {
	case current == version:
		return string(s.getPromotion(s.inputs.promotion.Name).Status.Candidate.BaselineVersion)
	case last != "" && stage.DriftPolicy != v1alpha1.DriftPolicyReport:
		return last
	default:
		return current
	}
}

// findSpecViolation checks that the spec selects the version, expects the current one, and does not
// demote.
func (s *simulation) findSpecViolation(stage *v1alpha1.Stage, version string) string {
	spec, current := s.inputs.promotion.Spec, s.inputs.currentVersions[stage.EffectiveAlias()]
	expected := string(spec.ExpectedCurrentVersion)
	switch {
	case !s.isSelected(version):
		return "the spec selects another version"
	case expected != "" && current != expected && current != version:
		return "the current version is not the expected one"
	case stage.Name == "staging" && s.currentVersions()["champion"] == version:
		return "the version is in a later stage"
	}
	return ""
}

// isSelected reports whether the spec selects the version. Of several versions with the required
// tags any may be selected: the operator may not have polled the newest yet.
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

// findGateViolation checks the gates of the stage and of the promotion, the stages before it, and the
// soak time.
func (s *simulation) findGateViolation(stage *v1alpha1.Stage, version, baseline string, trusted bool) string {
	for _, before := range stage.PromotesFrom {
		if !s.hasBeenPromoted(string(before), version) && !s.isOverridden(stage, version, "promotes-from") {
			return "the version was never promoted to " + string(before)
		}
	}
	if stage.RequiredSoakTime != "" && !trusted &&
		s.longestTenures[s.artifactID(version)] < 24*time.Hour && !s.isOverridden(stage, version, "required-soak-time") {
		return "the version has not soaked"
	}
	for _, gate := range slices.Concat(stage.Gates, s.inputs.promotion.Spec.Gates) {
		if s.isOverridden(stage, version, gate.Name) || gate.Approval != nil && s.isApproved(version, trusted,
			s.lastPromotedBefore(stage) == version) {
			continue
		}
		if gate.Approval != nil || !s.shouldPassGate(gate, version, baseline, trusted) {
			return "gate " + gate.Name + " does not pass"
		}
	}
	return ""
}

// lastPromotedVersion returns the version of the newest entry, or "" if the entry is about a model
// that was deleted since.
func (s *simulation) lastPromotedVersion(history []v1alpha1.PromotionRecord) string {
	if len(history) == 0 || history[0].ModelCreationTimestamp != int64(s.mlflow.Model(sentiment).CreationTimestamp) {
		return ""
	}
	return string(history[0].Version)
}

func (s *simulation) hasBeenPromoted(name, version string) bool {
	return len(s.listRecords(name, version)) > 0
}

// hasPassedAllGates reports whether a promotion has promoted a version without an override.
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
