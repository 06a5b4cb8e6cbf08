// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package modelpromotion

import (
	"context"
	"errors"
	"fmt"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/controller/reconciler"
	"github.com/neuronews/mlflow-registry-operator/internal/gate"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
	"github.com/neuronews/mlflow-registry-operator/internal/promotion"
)

// revertDrift puts the recorded holder back where the candidate was refused and another
// hand put some version into the stage, be it the candidate itself: who moves an alias
// by hand goes round the gates. After it, the stage is held by the last version that
// passed.
func (r *Reconciler) revertDrift(ctx context.Context, s *scope) reconciler.Result {
	record := promotion.LastRecord(s.object.Status.History, s.mlflowModel)
	if s.rejection.reason == "" || record == nil || s.dryRunReason != "" || !s.planState().HasDrifted() {
		return reconciler.Continue()
	}
	if s.step != promotion.StepPromote {
		// The recorded holder is itself the candidate, and was just refused.
		return reconciler.Continue()
	}
	evaluation, result := r.revertToLastPromoted(ctx, s, record, candidateFromRecord(record))
	if !result.CanContinue() || evaluation.HasPassed() {
		return result
	}
	s.rejection.message += fmt.Sprintf("; version %s, which held the stage before another hand moved the alias, can't be put back: %s",
		record.Version, evaluation.DecidingGate().Message)
	return reconciler.Continue()
}

// revertToLastPromoted gives the stage back to the recorded holder, if every gate passes for it still.
func (r *Reconciler) revertToLastPromoted(
	ctx context.Context, s *scope, record *v1alpha1.PromotionRecord, candidate *v1alpha1.Candidate,
) (gate.Result, reconciler.Result) {
	t := transition{
		step:       promotion.StepRevertDrift,
		state:      s.planStateFor(string(record.Version)),
		candidate:  candidate,
		generation: record.Generation,
	}
	request := s.newBaseRequest(t.step, t.state)
	request.ModelCreated = entities.Timestamp(record.ModelCreationTimestamp)
	request.VersionCreated = entities.Timestamp(record.VersionCreationTimestamp)
	request.PromotedStages = s.findPromotedStages(candidate)
	request.StageTenures = s.findStageTenures(candidate)
	request.PriorHolderReason = promotion.PriorHolderReason(t.step, t.state, candidate)
	request.SkipComparisonReason = promotion.SkipComparisonReason(t.step, t.state, candidate)
	evaluation, result := r.evaluateRequest(ctx, s, request)
	if !result.CanContinue() {
		return evaluation, result
	}
	if worst := evaluation.DecidingGate(); worst.Result == v1alpha1.GateError {
		s.gateErr = errors.New(worst.Message)
		return evaluation, r.requeueOnGateError(ctx, s)
	}
	if !evaluation.HasPassed() {
		return evaluation, reconciler.Continue()
	}
	t.gateResult = &evaluation
	return evaluation, r.executeTransition(ctx, s, t)
}

// candidateFromRecord is the artifact of a record as a candidate.
func candidateFromRecord(record *v1alpha1.PromotionRecord) *v1alpha1.Candidate {
	return &v1alpha1.Candidate{
		Version:                  record.Version,
		RunID:                    record.RunID,
		ModelCreationTimestamp:   record.ModelCreationTimestamp,
		VersionCreationTimestamp: record.VersionCreationTimestamp,
	}
}
