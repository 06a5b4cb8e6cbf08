// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package modelpromotion

import (
	"context"
	"errors"
	"fmt"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/gate"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
	"github.com/neuronews/mlflow-registry-operator/internal/outcome"
	"github.com/neuronews/mlflow-registry-operator/internal/promotion"
)

// restore puts the recorded holder back where the candidate was refused and another
// hand put some version into the stage, be it the candidate itself: who moves an alias
// by hand goes round the gates. After it, the stage is held by the last version that
// passed.
func (r *Reconciler) restore(ctx context.Context, s *scope) outcome.Outcome {
	record := promotion.Recorded(s.object.Status.History, s.live)
	if s.refused.reason == "" || record == nil || s.dryRun != "" || !s.situation().Intruded() {
		return outcome.Done()
	}
	if s.step != promotion.StepTake {
		// The recorded holder is itself the candidate, and was just refused.
		return outcome.Done()
	}
	judgement, ended := r.putBack(ctx, s, record, pinOf(record))
	if !ended.IsDone() || judgement.Passed() {
		return ended
	}
	s.refused.message += fmt.Sprintf("; version %s, which held the stage before another hand moved the alias, can't be put back: %s",
		record.Version, judgement.Worst().Message)
	return outcome.Done()
}

// putBack gives the stage back to the recorded holder, if every gate passes for it still.
func (r *Reconciler) putBack(
	ctx context.Context, s *scope, record *v1alpha1.PromotionRecord, candidate *v1alpha1.Candidate,
) (gate.Judgement, outcome.Outcome) {
	t := transfer{
		step:       promotion.StepRevert,
		situation:  s.situationOf(string(record.Version)),
		candidate:  candidate,
		generation: record.Generation,
	}
	move := s.moveOf(t.step, t.situation)
	move.ModelCreated = entities.Timestamp(record.ModelCreationTimestamp)
	move.VersionCreated = entities.Timestamp(record.VersionCreationTimestamp)
	move.PromotedIn = s.promotedIn(candidate)
	move.Held = s.heldBefore(candidate)
	move.Returns = promotion.Returns(t.step, t.situation, candidate)
	move.Trusted = promotion.Trust(t.step, t.situation, candidate)
	judgement, ended := r.ask(ctx, s, move)
	if !ended.IsDone() {
		return judgement, ended
	}
	if worst := judgement.Worst(); worst.Result == v1alpha1.GateError {
		s.unread = errors.New(worst.Message)
		return judgement, r.askAgain(ctx, s)
	}
	if !judgement.Passed() {
		return judgement, outcome.Done()
	}
	t.judgement = &judgement
	return judgement, r.carryOut(ctx, s, t)
}

// pinOf is the artifact of a record as a candidate.
func pinOf(record *v1alpha1.PromotionRecord) *v1alpha1.Candidate {
	return &v1alpha1.Candidate{
		Version:                  record.Version,
		RunID:                    record.RunID,
		ModelCreationTimestamp:   record.ModelCreationTimestamp,
		VersionCreationTimestamp: record.VersionCreationTimestamp,
	}
}
