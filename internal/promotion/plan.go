// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package promotion

import (
	"fmt"
	"time"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/gate"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
)

// State is everything that the decision on a promotion depends on, as one reconcile has read it.
type State struct {
	// Object is the ModelPromotion: its spec, and its status as far as this reconcile has changed it.
	Object *v1alpha1.ModelPromotion
	// Pending is the write-ahead record in the status as it was last written; nil if it has no such record.
	Pending *v1alpha1.PromotionRecord
	// Stage is the stage of the promotion, and Stages are all stages of the model in order.
	Stage  *v1alpha1.Stage
	Stages []v1alpha1.Stage
	// Siblings are all promotions of the model, this one included.
	Siblings []v1alpha1.ModelPromotion
	// Gates are the gates of the class, of the stage and of the promotion, in order.
	Gates []gate.Spec
	// NotEnforcedReason says why gates on metrics and comparisons block no version; empty if they do.
	NotEnforcedReason string
	// Model is the model in MLflow, from the snapshot or from a get.
	Model *entities.RegisteredModel
	// AliasesMayDangle is true if the server keeps the aliases of a version that was deleted.
	AliasesMayDangle bool
	// Candidate is the number of the version that the spec wants.
	Candidate string
	// Version is the candidate in MLflow; nil if it was not read yet, or does not exist.
	Version *entities.ModelVersion
	// VersionMissing is true if MLflow was asked for the candidate and has no such version.
	VersionMissing bool
	// Now is when the reconcile began. Only requiredSoakTime depends on it.
	Now time.Time
}

// Step says what has to happen next.
type Step int

const (
	// StepNone: the candidate is the current version and the last promoted version. Nothing
	// has to be written.
	StepNone Step = iota
	// StepPromote: the candidate is not the last promoted version. It has to pass its gates and
	// is promoted then. If the alias already points to it, only the history has to record it.
	StepPromote
	// StepRevertDrift: the candidate is the last promoted version, and the alias was changed
	// externally. The alias has to point to the candidate again.
	StepRevertDrift
	// StepReportDrift: the same drift, in a stage whose driftPolicy is Report.
	StepReportDrift
	// StepSyncLegacyStage: the candidate is the current version, but MLflow's legacy stage does
	// not match the alias.
	StepSyncLegacyStage
)

// Decision is everything that is decided before the gates are evaluated.
type Decision struct {
	// Step is what has to happen.
	Step Step
	// CurrentVersion is the version that the stage's alias points to; empty if the alias is not set.
	CurrentVersion string
	// LastPromoted is the newest record of the history; nil if it has none about this model.
	LastPromoted *v1alpha1.PromotionRecord
	// MustVerifyVersion is true if the alias does not show whether the last promoted version
	// was deleted: read it, and plan again.
	MustVerifyVersion bool
	// StaleSelection says why the version that was read is not the one that versionFrom
	// selects, so that the model has to be read again; empty if it is. No candidate is pinned then.
	StaleSelection string

	// Candidate is what status.candidate says from now on.
	Candidate *v1alpha1.Candidate
	// IsNewPin is true if this plan pinned the candidate: another artifact, generation or baseline than before.
	IsNewPin bool
	// ClearsGates is true if the gate results in the status belong to another candidate.
	ClearsGates bool
	// Generation is the generation of the spec that asked for the candidate.
	Generation int64
	// Override is what status.override says from now on; nil if the spec overrides nothing.
	Override *v1alpha1.OverrideBinding
	// UnmetPrecondition says why expectedCurrentVersion forbids the promotion; empty if it does not.
	UnmetPrecondition string
	// Request is the request to the gates. It is complete once the candidate has been read.
	Request gate.Request
	// Restore is what has to happen instead if the candidate is rejected: the last promoted
	// version returns to a stage that was changed externally. Nil if there is nothing to undo.
	Restore *Decision

	state State
}

// Plan decides what has to happen, as the package comment describes. It is called again when
// the candidate has been read.
func Plan(s State) Decision {
	d := Decision{
		Step:           decideStep(s),
		CurrentVersion: s.CurrentVersion(),
		LastPromoted:   s.lastRecord(),
		Candidate:      s.Object.Status.Candidate,
		Generation:     s.Object.Generation,
		Override:       bindOverride(s.Object, s.Model),
		state:          s,
	}
	d.MustVerifyVersion = !s.isVersionRead() && s.isDeletionHidden(d.Step)
	switch {
	case d.Step == StepNone:
		d.keepPromotedCandidate()
	case d.Step == StepReportDrift || !s.isVersionRead():
	case s.VersionMissing:
		d.setMissingCandidate()
		d.completeRequest()
	case !isStillSelected(s):
		d.StaleSelection = fmt.Sprintf("version %s no longer has the tags that selected it", s.Candidate)
	default:
		d.pinCandidate()
		d.completeRequest()
	}
	return d
}

// completeRequest adds what depends on the artifact that is pinned.
func (d *Decision) completeRequest() {
	d.Request = newRequest(d.state, d.Step, d.Candidate, d.Override)
	if d.Step == StepPromote {
		d.UnmetPrecondition = unmetPrecondition(d.state, d.Candidate)
		d.Restore = planRestore(d.state, d.Override)
	}
}

// planRestore undoes an external change if the candidate is rejected, even if the alias points
// to the candidate itself: a person who moves an alias bypasses the gates.
func planRestore(s State, override *v1alpha1.OverrideBinding) *Decision {
	if !s.HasDrifted() {
		return nil
	}
	record := s.lastRecord()
	s.Candidate, s.Version, s.VersionMissing = string(record.Version), nil, false
	candidate := candidateFromRecord(record)
	return &Decision{
		Step:           StepRevertDrift,
		CurrentVersion: s.CurrentVersion(),
		LastPromoted:   record,
		Candidate:      candidate,
		Generation:     record.Generation,
		Override:       override,
		Request:        newRequest(s, StepRevertDrift, candidate, override),
		state:          s,
	}
}

// decideStep compares versions by number, within one creation of the model. Whether the
// candidate is still the artifact that it was is for the gates to evaluate. A version that was
// deleted can neither be current nor return: it goes the way of a revert, and the gates say so.
func decideStep(s State) Step {
	last := s.lastRecord()
	isCurrent := s.CurrentVersion() == s.Candidate
	switch {
	case last == nil || string(last.Version) != s.Candidate:
		return StepPromote
	case !isCurrent && s.Stage.DriftPolicy == v1alpha1.DriftPolicyReport && !s.VersionMissing:
		return StepReportDrift
	case !isCurrent:
		return StepRevertDrift
	case !s.isLegacyStageInSync():
		return StepSyncLegacyStage
	case s.VersionMissing:
		return StepRevertDrift
	default:
		return StepNone
	}
}

// CurrentVersion is the version that the stage's alias points to; empty if the alias is not set.
func (s State) CurrentVersion() string {
	return s.Model.Aliases[s.Stage.EffectiveAlias()]
}

// LastPromotedVersion is the version of the newest record; empty if the history has none
// about this model.
func (s State) LastPromotedVersion() string {
	if record := s.lastRecord(); record != nil {
		return string(record.Version)
	}
	return ""
}

func (s State) lastRecord() *v1alpha1.PromotionRecord {
	return LastRecord(s.Object.Status.History, s.Model)
}

// HasDrifted reports whether an external change put another version into the stage than the
// last promoted one, and the stage's driftPolicy reverts that.
func (s State) HasDrifted() bool {
	last := s.lastRecord()
	return last != nil && s.Stage.DriftPolicy != v1alpha1.DriftPolicyReport && s.CurrentVersion() != string(last.Version)
}

func (s State) isVersionRead() bool {
	return s.Version != nil || s.VersionMissing
}

// isDeletionHidden reports whether the last promoted version may have been deleted although the
// alias does not show it: on servers that let an alias dangle, and if the alias itself is
// missing. A version that the list shows exists.
func (s State) isDeletionHidden(step Step) bool {
	if s.Model.ListedVersion(s.Candidate) != nil {
		return false
	}
	return step == StepNone && s.AliasesMayDangle || step == StepReportDrift && s.CurrentVersion() == ""
}

// isLegacyStageInSync reports whether MLflow's legacy stage matches the alias. A version can be in
// one legacy stage only, so of all stages that the candidate holds, the last one that has a
// legacy stage counts.
func (s State) isLegacyStageInSync() bool {
	if s.Stage.MLflowStage == "" || s.lastLegacyStageOwner() != s.Stage.Name {
		return true
	}
	inStage := s.Model.LatestInStage(string(s.Stage.MLflowStage))
	return inStage != nil && inStage.Version == s.Candidate
}

// lastLegacyStageOwner is the last stage with a legacy stage that the candidate holds or is
// about to hold.
func (s State) lastLegacyStageOwner() v1alpha1.StageName {
	var last v1alpha1.StageName
	for i := range s.Stages {
		stage := &s.Stages[i]
		holds := stage.Name == s.Stage.Name || s.Model.Aliases[stage.EffectiveAlias()] == s.Candidate
		if holds && stage.MLflowStage != "" {
			last = stage.Name
		}
	}
	return last
}

// unmetPrecondition says why expectedCurrentVersion is not met; empty if it is, or is not set. If
// an external change already pointed the alias to the candidate, the expected version may be
// either the candidate or the version that it replaces.
func unmetPrecondition(s State, candidate *v1alpha1.Candidate) string {
	expected, current := string(s.Object.Spec.ExpectedCurrentVersion), s.CurrentVersion()
	if current == s.Candidate && expected != current {
		current = string(candidate.BaselineVersion)
	}
	if expected == "" || expected == current {
		return ""
	}
	return fmt.Sprintf("%s holds stage %s, not version %s as expectedCurrentVersion demands",
		describeVersion(current), s.Stage.Name, expected)
}

func describeVersion(version string) string {
	if version == "" {
		return "no version"
	}
	return "version " + version
}
