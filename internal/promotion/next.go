// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package promotion

import (
	"fmt"
	"maps"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
)

// State is all that the next step of a promotion depends on.
type State struct {
	// Stage is the stage, and Stages all stages of the model in order.
	Stage  *v1alpha1.Stage
	Stages []v1alpha1.Stage
	// Model is the model as the view or a get shows it.
	Model *entities.RegisteredModel
	// Candidate is the number of the version that is wanted.
	Candidate string
	// History is the history of this promotion.
	History []v1alpha1.PromotionRecord
}

// Step says what has to happen next.
type Step int

const (
	// StepNone: the candidate holds the stage, as recorded. Nothing has to be written.
	StepNone Step = iota
	// StepPromote: the candidate has to pass its gates and takes the stage then. If the
	// alias points to it already, that only has to be recorded.
	StepPromote
	// StepRevertDrift: another hand moved the alias away from the candidate, which is
	// recorded as the holder; it has to be put back.
	StepRevertDrift
	// StepReportDrift: likewise, but the stage wants it reported only.
	StepReportDrift
	// StepSyncLegacyStage: the candidate holds the stage, but MLflow's legacy stage is not in
	// step.
	StepSyncLegacyStage
)

// DecideStep decides the step. It looks at versions by number and at the incarnation of the
// model; that a version is still the artifact that it was is for the gates to see.
func DecideStep(s State) Step {
	recorded := LastRecord(s.History, s.Model)
	holder := s.CurrentVersion()
	switch {
	case recorded == nil || string(recorded.Version) != s.Candidate:
		return StepPromote
	case holder != s.Candidate && s.Stage.DriftPolicy == v1alpha1.DriftPolicyReport:
		return StepReportDrift
	case holder != s.Candidate:
		return StepRevertDrift
	case !s.IsLegacyStageInSync():
		return StepSyncLegacyStage
	default:
		return StepNone
	}
}

// CurrentVersion is the version that the stage's alias points to; empty when there is none.
func (s State) CurrentVersion() string {
	return s.Model.Aliases[s.Stage.EffectiveAlias()]
}

// WithAlias is the model once its alias points to the candidate.
func (s State) WithAlias() *entities.RegisteredModel {
	taken := *s.Model
	taken.Aliases = maps.Clone(s.Model.Aliases)
	if taken.Aliases == nil {
		taken.Aliases = map[string]string{}
	}
	taken.Aliases[s.Stage.EffectiveAlias()] = s.Candidate
	return &taken
}

// HasDrifted tells whether another hand put a version into the stage in place of the
// recorded holder, and the stage wants that undone.
func (s State) HasDrifted() bool {
	recorded := LastRecord(s.History, s.Model)
	return recorded != nil && s.Stage.DriftPolicy != v1alpha1.DriftPolicyReport && s.CurrentVersion() != string(recorded.Version)
}

// BaselineVersion is the version that the candidate replaces, and that it is compared with:
// the version that holds the stage, unless another hand put it there. An intruder is
// no bar to clear: it may have been chosen for being a low one.
func (s State) BaselineVersion() string {
	replaced := s.CurrentVersion()
	recorded := LastRecord(s.History, s.Model)
	if recorded != nil && (s.HasDrifted() || replaced == s.Candidate) {
		replaced = string(recorded.Version)
	}
	if replaced == s.Candidate {
		return ""
	}
	return replaced
}

// IsLegacyStageInSync tells whether MLflow's legacy stage is in step with the alias. A version
// can be in one legacy stage only, so that of all stages that the candidate holds,
// the last one that mirrors counts.
func (s State) IsLegacyStageInSync() bool {
	if s.Stage.MLflowStage == "" || s.lastLegacyStageOwner() != s.Stage.Name {
		return true
	}
	inStage := s.Model.LatestInStage(string(s.Stage.MLflowStage))
	return inStage != nil && inStage.Version == s.Candidate
}

// lastLegacyStageOwner is the last stage that the candidate holds, or is about to hold, and
// that mirrors a legacy stage.
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

// PriorHolderReason is the sentence that gives a version a claim to the stage from before, or nothing
// where it has none: it returns to a stage that it has held with every gate passed, or is
// put back.
func PriorHolderReason(step Step, s State, candidate *v1alpha1.Candidate) string {
	switch {
	case step == StepRevertDrift || step == StepSyncLegacyStage:
		return fmt.Sprintf("version %s is recorded as the holder of stage %s", candidate.Version, s.Stage.Name)
	case s.Stage.RollbackPolicy != v1alpha1.RollbackPolicyGated && HasPassedAllGates(s.History, candidate):
		return fmt.Sprintf("version %s has held stage %s before with every gate passed", candidate.Version, s.Stage.Name)
	default:
		return ""
	}
}

// SkipComparisonReason is that sentence with what it waives of comparisons.
func SkipComparisonReason(step Step, s State, candidate *v1alpha1.Candidate) string {
	claim := PriorHolderReason(step, s, candidate)
	switch {
	case claim == "":
		return ""
	case step == StepRevertDrift || step == StepSyncLegacyStage:
		return claim + ", so it need not beat what another hand put there"
	default:
		return claim + ", so it need not beat the version that it replaces"
	}
}

// BackwardExemption is the sentence why taking the stage is no step backward for the candidate, or
// nothing where it would be one: a recorded holder is put back where it was, and a stage
// of which nothing is recorded is taken as it is found.
func BackwardExemption(step Step, s State) string {
	switch {
	case step == StepRevertDrift || step == StepSyncLegacyStage:
		return fmt.Sprintf("version %s is recorded as the holder of stage %s", s.Candidate, s.Stage.Name)
	case s.CurrentVersion() == s.Candidate && LastRecord(s.History, s.Model) == nil:
		return fmt.Sprintf("version %s holds stage %s already", s.Candidate, s.Stage.Name)
	default:
		return ""
	}
}

// HistoryReason is what the history says of a step that succeeded, and in which some gates were
// overridden or not. A mirror is no change of hands and is not recorded.
func HistoryReason(step Step, s State, candidate *v1alpha1.Candidate, overridden bool) v1alpha1.PromotionReason {
	switch {
	case step == StepRevertDrift:
		return v1alpha1.PromotionReasonDriftReverted
	case overridden:
		return v1alpha1.PromotionReasonOverridden
	case HasBeenPromoted(s.History, candidate):
		return v1alpha1.PromotionReasonRolledBack
	default:
		return v1alpha1.PromotionReasonPromoted
	}
}
