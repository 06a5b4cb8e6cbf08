// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package promotion

import (
	"fmt"
	"maps"
	"slices"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/gate"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
)

// Action is one thing to do.
type Action string

// The actions of a transition, in the order in which they are executed. The evidence comes first,
// so that an alias never points to a version without it. The record is made as soon as the
// alias points to the version, whatever becomes of the legacy stage.
const (
	ActionSetEvidenceTag  Action = "SetEvidenceTag"
	ActionSetAlias        Action = "SetAlias"
	ActionRecord          Action = "Record"
	ActionSyncLegacyStage Action = "SyncLegacyStage"
)

// Transition is one change of a stage, ready to be executed.
type Transition struct {
	// Version takes the stage.
	Version string
	// Record is what the history gets; nil if only the legacy stage changes.
	Record *v1alpha1.PromotionRecord
	// IsPending is true if the status contains the write-ahead record already, from an attempt
	// that failed.
	IsPending bool
	// EvidenceTag is the value of the evidence tag.
	EvidenceTag string
	// Event and Outcome are reported once the transition is recorded.
	Event   Event
	Outcome Outcome
	// Actions are what to do, in order. What is so already is left out, except for the evidence.
	Actions []Action

	step  Step
	state State
}

// Event is what users are notified of.
type Event struct {
	// Warning is true for an event that a person should investigate.
	Warning bool
	// Reason and Action are one word each, and Note is a sentence.
	Reason, Action, Note string
}

// NewTransition turns a decision into a transition, for gates that have all passed or are exempt: it is an
// error to ask for one with any other result. The time of the record is that of its write-ahead
// record if the same transition is tried again.
func NewTransition(d Decision, result gate.Result, now time.Time) (Transition, error) {
	if !result.HasPassed() {
		return Transition{}, fmt.Errorf("version %s has not passed its gates: %s", d.state.Candidate, result.DecidingGate().Message)
	}
	t := Transition{Version: d.state.Candidate, Actions: listActions(d.Step, d.state), step: d.Step, state: d.state}
	if d.Step == StepSyncLegacyStage {
		t.Outcome, t.Event = OutcomeLegacyStageSynced, newLegacyStageEvent(d.state)
		return t, nil
	}
	t.Record = newPromotionRecord(d, result, now)
	if t.SetsAlias() && isSameTransition(d.state.Pending, t.Record) {
		t.Record, t.IsPending = d.state.Pending.DeepCopy(), true
	}
	t.Outcome, t.Event = OutcomeAdopted, newAdoptedEvent(d.state, t.Record)
	if t.SetsAlias() {
		t.Outcome, t.Event = outcomeForReason(t.Record.Reason), newAliasEvent(d.state.Stage, d.state.Model, t.Record)
	}
	var err error
	t.EvidenceTag, err = newEvidence(d.state.Object, t.Record, result).tagValue()
	return t, err
}

// Resume is the transition that a write-ahead record describes, if it was executed by an operator
// that did not live to record it; it only has to be recorded. Nil means that it was not: the
// alias does not point to the version, or an external change moved it there. version is the
// recorded version in MLflow, nil if it does not exist; its evidence tag, which is written before the
// alias, shows which of the two moved the alias.
func Resume(
	pending *v1alpha1.PromotionRecord, stage *v1alpha1.Stage, model *entities.RegisteredModel, version *entities.ModelVersion,
) *Transition {
	if !HasAliasMoved(pending, stage, model) || version == nil ||
		!isEvidenceFor(version.Tags[v1alpha1.EvidenceTagPrefix+string(stage.Name)], pending) {
		return nil
	}
	return &Transition{
		Version: string(pending.Version),
		Record:  pending,
		Outcome: outcomeForReason(pending.Reason),
		Event:   newAliasEvent(stage, model, pending),
		Actions: []Action{ActionRecord},
	}
}

// HasAliasMoved reports whether the alias points to the version of a write-ahead record, in the
// model that the record is about.
func HasAliasMoved(pending *v1alpha1.PromotionRecord, stage *v1alpha1.Stage, model *entities.RegisteredModel) bool {
	return pending.ModelCreationTimestamp == int64(model.CreationTimestamp) &&
		string(pending.Version) == model.Aliases[stage.EffectiveAlias()]
}

// SetsAlias reports whether the transition moves the alias, and so needs a write-ahead record.
func (t *Transition) SetsAlias() bool {
	return slices.Contains(t.Actions, ActionSetAlias)
}

// Confirm says why the transition must not be executed on the model as it is now; empty if it may.
// It may if nothing has changed that a gate depends on: gates read tags of the model, compare
// with the version behind an alias, and keep a version from returning from a later stage. The
// legacy stages may have changed: Confirm adapts the actions to them.
func (t *Transition) Confirm(now *entities.RegisteredModel) string {
	if conflict := detectChange(t.state.Model, now); conflict != "" {
		return conflict
	}
	t.state.Model = now
	t.Actions = listActions(t.step, t.state)
	return ""
}

// Verify returns an error if the model does not show what the transition wrote.
func (t *Transition) Verify(now *entities.RegisteredModel) error {
	s := t.state
	s.Model = now
	if current := s.CurrentVersion(); current != s.Candidate {
		return fmt.Errorf("alias %s points to %s after it was set to version %s", s.Stage.EffectiveAlias(), describeVersion(current), s.Candidate)
	}
	if !s.isLegacyStageInSync() {
		return fmt.Errorf("version %s is not the newest in MLflow's stage %s after it was moved there", s.Candidate, s.Stage.MLflowStage)
	}
	return nil
}

// ModelAfter is the model once the alias points to the version.
func (t *Transition) ModelAfter() *entities.RegisteredModel {
	after := *t.state.Model
	after.Aliases = maps.Clone(after.Aliases)
	if after.Aliases == nil {
		after.Aliases = map[string]string{}
	}
	after.Aliases[t.state.Stage.EffectiveAlias()] = t.Version
	return &after
}

// AddToHistory records the transition in the status, in place of its write-ahead record.
func (t *Transition) AddToHistory(status *v1alpha1.ModelPromotionStatus) {
	status.History = prependRecord(status.History, *t.Record)
	status.PendingTransition = nil
}

// listActions is what has to be done so that the candidate holds the stage. A legacy stage that is
// synchronized is no promotion: the evidence of the promotion is kept.
func listActions(step Step, s State) []Action {
	if step == StepSyncLegacyStage {
		return []Action{ActionSyncLegacyStage, ActionRecord}
	}
	actions := []Action{ActionSetEvidenceTag}
	if s.CurrentVersion() != s.Candidate {
		actions = append(actions, ActionSetAlias)
	}
	actions = append(actions, ActionRecord)
	if !s.isLegacyStageInSync() {
		actions = append(actions, ActionSyncLegacyStage)
	}
	return actions
}

func newPromotionRecord(d Decision, result gate.Result, now time.Time) *v1alpha1.PromotionRecord {
	override, notEnforced := listExemptions(d.state.Object, result)
	approvers := result.Approvers()
	return &v1alpha1.PromotionRecord{
		Version:                  d.Candidate.Version,
		PreviousVersion:          replacedVersion(d),
		PreviousVersionSince:     previousVersionSince(d.state),
		Time:                     metav1.NewTime(now.Truncate(time.Second)),
		Generation:               d.Generation,
		Reason:                   historyReason(d, override != nil),
		Override:                 override,
		NotEnforced:              notEnforced,
		RunID:                    d.Candidate.RunID,
		Evidence:                 digestPrefix + result.Digest(),
		Approvers:                approvers[:min(len(approvers), v1alpha1.ApproversLimit)],
		ModelCreationTimestamp:   d.Candidate.ModelCreationTimestamp,
		VersionCreationTimestamp: d.Candidate.VersionCreationTimestamp,
	}
}

// replacedVersion is the version that the candidate replaces. If an external change already pointed
// the alias to the candidate, it is the baseline.
func replacedVersion(d Decision) v1alpha1.Version {
	if current := d.state.CurrentVersion(); current != d.state.Candidate {
		return v1alpha1.Version(current)
	}
	return d.Candidate.BaselineVersion
}

func historyReason(d Decision, overridden bool) v1alpha1.PromotionReason {
	switch {
	case d.Step == StepRevertDrift:
		return v1alpha1.PromotionReasonDriftReverted
	case overridden:
		return v1alpha1.PromotionReasonOverridden
	case hasBeenPromoted(d.state.Object.Status.History, d.Candidate):
		return v1alpha1.PromotionReasonRolledBack
	default:
		return v1alpha1.PromotionReasonPromoted
	}
}

// detectChange says what has changed in the model while the gates were evaluated; empty if no
// alias and no tag has, and the model is the same.
func detectChange(planned, now *entities.RegisteredModel) string {
	if planned.CreationTimestamp != now.CreationTimestamp {
		return fmt.Sprintf("model %s was deleted and created again while its gates were evaluated", now.Name)
	}
	if alias, changed := findDifference(planned.Aliases, now.Aliases); changed {
		return fmt.Sprintf("alias %s moved from %s to %s while the gates were evaluated",
			alias, describeVersion(planned.Aliases[alias]), describeVersion(now.Aliases[alias]))
	}
	if tag, changed := findDifference(planned.Tags, now.Tags); changed {
		return fmt.Sprintf("tag %s of model %s changed while the gates were evaluated", tag, now.Name)
	}
	return ""
}

// findDifference is the first key, in alphabetical order, whose value is not the same.
func findDifference(before, after map[string]string) (key string, changed bool) {
	all := map[string]string{}
	maps.Copy(all, before)
	maps.Copy(all, after)
	for _, key := range slices.Sorted(maps.Keys(all)) {
		was, did := before[key]
		is, does := after[key]
		if was != is || did != does {
			return key, true
		}
	}
	return "", false
}
