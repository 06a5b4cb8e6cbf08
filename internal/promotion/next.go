// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package promotion

import (
	"fmt"
	"maps"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
)

// Situation is all that the next step of a promotion depends on.
type Situation struct {
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

// StepKind says what has to happen next.
type StepKind int

const (
	// StepHold: the candidate holds the stage, as recorded. Nothing has to be written.
	StepHold StepKind = iota
	// StepTake: the candidate has to pass its gates and takes the stage then. If the
	// alias points to it already, that only has to be recorded.
	StepTake
	// StepRevert: another hand moved the alias away from the candidate, which is
	// recorded as the holder; it has to be put back.
	StepRevert
	// StepReport: likewise, but the stage wants it reported only.
	StepReport
	// StepMirror: the candidate holds the stage, but MLflow's legacy stage is not in
	// step.
	StepMirror
)

// Next decides the step. It looks at versions by number and at the incarnation of the
// model; that a version is still the artifact that it was is for the gates to see.
func Next(s Situation) StepKind {
	recorded := Recorded(s.History, s.Model)
	holder := s.Holder()
	switch {
	case recorded == nil || string(recorded.Version) != s.Candidate:
		return StepTake
	case holder != s.Candidate && s.Stage.Drift == v1alpha1.DriftReport:
		return StepReport
	case holder != s.Candidate:
		return StepRevert
	case !s.Mirrored():
		return StepMirror
	default:
		return StepHold
	}
}

// Holder is the version that the stage's alias points to; empty when there is none.
func (s Situation) Holder() string {
	return s.Model.Aliases[s.Stage.EffectiveAlias()]
}

// Taken is the model once its alias points to the candidate.
func (s Situation) Taken() *entities.RegisteredModel {
	taken := *s.Model
	taken.Aliases = maps.Clone(s.Model.Aliases)
	if taken.Aliases == nil {
		taken.Aliases = map[string]string{}
	}
	taken.Aliases[s.Stage.EffectiveAlias()] = s.Candidate
	return &taken
}

// Intruded tells whether another hand put a version into the stage in place of the
// recorded holder, and the stage wants that undone.
func (s Situation) Intruded() bool {
	recorded := Recorded(s.History, s.Model)
	return recorded != nil && s.Stage.Drift != v1alpha1.DriftReport && s.Holder() != string(recorded.Version)
}

// Replaces is the version that the candidate replaces, and that it is compared with:
// the version that holds the stage, unless another hand put it there. An intruder is
// no bar to clear: it may have been chosen for being a low one.
func (s Situation) Replaces() string {
	replaced := s.Holder()
	recorded := Recorded(s.History, s.Model)
	if recorded != nil && (s.Intruded() || replaced == s.Candidate) {
		replaced = string(recorded.Version)
	}
	if replaced == s.Candidate {
		return ""
	}
	return replaced
}

// Mirrored tells whether MLflow's legacy stage is in step with the alias. A version
// can be in one legacy stage only, so that of all stages that the candidate holds,
// the last one that mirrors counts.
func (s Situation) Mirrored() bool {
	if s.Stage.MLflowStage == "" || s.mirroringStage() != s.Stage.Name {
		return true
	}
	inStage := s.Model.Latest(string(s.Stage.MLflowStage))
	return inStage != nil && inStage.Version == s.Candidate
}

// mirroringStage is the last stage that the candidate holds, or is about to hold, and
// that mirrors a legacy stage.
func (s Situation) mirroringStage() v1alpha1.StageName {
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

// Returns is the sentence that gives a version a claim to the stage from before, or nothing
// where it has none: it returns to a stage that it has held with every gate passed, or is
// put back.
func Returns(step StepKind, s Situation, candidate *v1alpha1.Candidate) string {
	switch {
	case step == StepRevert || step == StepMirror:
		return fmt.Sprintf("version %s is recorded as the holder of stage %s", candidate.Version, s.Stage.Name)
	case s.Stage.Rollback != v1alpha1.RollbackGated && HasPassed(s.History, candidate):
		return fmt.Sprintf("version %s has held stage %s before with every gate passed", candidate.Version, s.Stage.Name)
	default:
		return ""
	}
}

// Trust is that sentence with what it waives of comparisons.
func Trust(step StepKind, s Situation, candidate *v1alpha1.Candidate) string {
	claim := Returns(step, s, candidate)
	switch {
	case claim == "":
		return ""
	case step == StepRevert || step == StepMirror:
		return claim + ", so it need not beat what another hand put there"
	default:
		return claim + ", so it need not beat the version that it replaces"
	}
}

// Stays is the sentence why taking the stage is no step backward for the candidate, or
// nothing where it would be one: a recorded holder is put back where it was, and a stage
// of which nothing is recorded is taken as it is found.
func Stays(step StepKind, s Situation) string {
	switch {
	case step == StepRevert || step == StepMirror:
		return fmt.Sprintf("version %s is recorded as the holder of stage %s", s.Candidate, s.Stage.Name)
	case s.Holder() == s.Candidate && Recorded(s.History, s.Model) == nil:
		return fmt.Sprintf("version %s holds stage %s already", s.Candidate, s.Stage.Name)
	default:
		return ""
	}
}

// Cause is what the history says of a step that succeeded, and in which some gates were
// overridden or not. A mirror is no change of hands and is not recorded.
func Cause(step StepKind, s Situation, candidate *v1alpha1.Candidate, overridden bool) v1alpha1.PromotionCause {
	switch {
	case step == StepRevert:
		return v1alpha1.CauseDriftReverted
	case overridden:
		return v1alpha1.CauseOverridden
	case HasHeld(s.History, candidate):
		return v1alpha1.CauseRolledBack
	default:
		return v1alpha1.CausePromoted
	}
}
