// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package modelpromotion

import (
	"context"
	"fmt"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/controller/reconciler"
	"github.com/neuronews/mlflow-registry-operator/internal/gate"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"

	"github.com/neuronews/mlflow-registry-operator/internal/promotion"
)

// transition is one change of hands, about to be carried out: which artifact takes the
// stage, on which evidence.
type transition struct {
	step       promotion.Step
	state      promotion.State
	candidate  *v1alpha1.Candidate
	gateResult *gate.Result
	// generation is the generation of the spec that asks for it.
	generation int64
	// record is what the history will say; nil for a mirror, which is no change of hands.
	// Set by executeTransition.
	record *v1alpha1.PromotionRecord
}

// promoteCandidate gives the stage to the candidate, if every gate passed. After it, the candidate
// holds the stage, or was refused.
func (r *Reconciler) promoteCandidate(ctx context.Context, s *scope) reconciler.Result {
	if s.step == promotion.StepNone || s.rejection.reason != "" {
		return reconciler.Continue()
	}
	if s.step == promotion.StepPromote {
		if refused := unexpectedVersionMessage(s); refused != "" {
			s.rejection = rejection{reason: v1alpha1.ReasonPreconditionFailed, message: refused}
			return reconciler.Continue()
		}
	}
	if s.dryRunReason != "" {
		return reconciler.Continue()
	}
	return r.executeTransition(ctx, s, transition{
		step:       s.step,
		state:      s.planState(),
		candidate:  s.object.Status.Candidate,
		gateResult: s.gateResult,
		generation: s.object.Generation,
	})
}

// unexpectedVersionMessage says why expectedCurrentVersion is not met; empty when it is. Where another
// hand pointed the alias to the candidate already, it may be either: the candidate, or
// the version that it is to replace.
func unexpectedVersionMessage(s *scope) string {
	expected, holder := string(s.object.Spec.ExpectedCurrentVersion), s.planState().CurrentVersion()
	if holder == s.resolution.Version && expected != holder {
		holder = string(s.object.Status.Candidate.BaselineVersion)
	}
	return promotion.CheckExpectedVersion(expected, holder, string(s.stage.Name))
}

// executeTransition writes to MLflow: the only place that does. It makes sure that nothing it
// depends on has changed while the gates were evaluated, announces what it will do,
// writes in the planned order, and reads back what it wrote. An operator that is told to
// stop ends what it has announced, if that does not take long.
//
// MLflow has no compare-and-set: a hand that moves the alias between the last look and
// the write is overruled, and not noticed.
func (r *Reconciler) executeTransition(ctx context.Context, s *scope, t transition) reconciler.Result {
	if !t.gateResult.HasPassed() {
		return reconciler.Terminal(v1alpha1.ReasonGateFailed, t.gateResult.DecidingGate().Message)
	}
	if result := r.checkOwnership(s, t.state.Model); !result.CanContinue() {
		return result
	}
	if result := r.revalidateModel(ctx, s); !result.CanContinue() {
		return result
	}
	if t.step != promotion.StepSyncLegacyStage {
		t.record = r.newRecord(s, &t)
	}
	if result := r.writeAhead(ctx, s, &t); !result.CanContinue() {
		return result
	}
	ctx, cancel := reconciler.WithGracePeriod(ctx, reconciler.MLflowShutdownTimeout)
	defer cancel()
	if result := r.recheckModel(ctx, s, &t); !result.CanContinue() {
		clearPending(s)
		return result
	}
	return r.executePlan(ctx, s, t)
}

// recheckModel makes sure, as the last thing before the first write, that the model in MLflow
// is still what the gates were asked about, and still ours, and that people still say what
// they said.
func (r *Reconciler) recheckModel(ctx context.Context, s *scope, t *transition) reconciler.Result {
	now, result := r.readModel(ctx, s)
	if !result.CanContinue() {
		return result
	}
	if conflict := promotion.DetectChange(t.state.Model, now); conflict != "" {
		return reconciler.RequeueConflict(conflict)
	}
	t.state.Model = now
	if result := r.checkOwnership(s, now); !result.CanContinue() {
		return result
	}
	return r.revalidateApprovals(ctx, s)
}

// clearPending takes an announcement back: the alias has surely not moved.
func clearPending(s *scope) {
	s.object.Status.PendingTransition = nil
}

// executePlan carries out the plan. What comes after the record may fail, and is made up for
// in a later pass.
func (r *Reconciler) executePlan(ctx context.Context, s *scope, t transition) reconciler.Result {
	for _, action := range promotion.PlanActions(t.step, t.state) {
		if err := r.executeAction(ctx, s, t, action); err != nil {
			if action == promotion.ActionSetAlias && mlflow.IsDefinitive(err) {
				clearPending(s)
			}
			return reconciler.FromMLflowError(err)
		}
	}
	return r.verifyTransition(ctx, s, t)
}

func (r *Reconciler) executeAction(ctx context.Context, s *scope, t transition, action promotion.Action) error {
	model, version := t.state.Model.Name, t.state.Candidate
	switch action {
	case promotion.ActionSetEvidenceTag:
		value, err := newEvidence(s, t).TagValue()
		if err != nil {
			return err
		}
		return s.snapshot.Client().SetModelVersionTag(ctx, model, version, v1alpha1.EvidenceTagPrefix+string(s.stage.Name), value)
	case promotion.ActionSetAlias:
		return s.snapshot.Client().SetRegisteredModelAlias(ctx, model, s.stage.EffectiveAlias(), version)
	case promotion.ActionRecordTransition:
		recordPromotion(s, t)
		return nil
	case promotion.ActionSyncLegacyStage:
		return syncLegacyStage(ctx, s, t)
	}
	return fmt.Errorf("unknown action %v", action)
}

// recordPromotion records that the candidate holds the stage.
func recordPromotion(s *scope, t transition) {
	s.wroteMLflow = true
	s.mlflowModel = t.state.WithAlias()
	s.updateSnapshot(s.mlflowModel)
	moved := t.state.CurrentVersion() != t.state.Candidate
	s.addOutcome(promotion.OutcomeForReason(t.record.Reason, moved), transitionEvent(s, t))
	recordTransition(s, t.record)
}

// syncLegacyStage puts MLflow's legacy stage in step.
func syncLegacyStage(ctx context.Context, s *scope, t transition) error {
	legacy := string(s.stage.MLflowStage)
	err := s.snapshot.Client().TransitionModelVersionStage(ctx, t.state.Model.Name, t.state.Candidate, legacy, true)
	if err != nil || t.step != promotion.StepSyncLegacyStage {
		return err
	}
	s.wroteMLflow = true
	s.addOutcome(promotion.OutcomeLegacyStageSynced, legacyStageSyncedEvent(s, t))
	return nil
}

// verifyTransition trusts no write: the alias must point to the candidate, and the legacy stage
// be in step.
func (r *Reconciler) verifyTransition(ctx context.Context, s *scope, t transition) reconciler.Result {
	now, result := r.readModel(ctx, s)
	if !result.CanContinue() {
		return result
	}
	s.mlflowModel, t.state.Model = now, now
	if holder := t.state.CurrentVersion(); holder != t.state.Candidate {
		return reconciler.RetryableError(v1alpha1.ReasonMLflowError, fmt.Errorf("alias %s points to version %s after it was set to version %s",
			s.stage.EffectiveAlias(), versionOrNone(holder), t.state.Candidate))
	}
	if !t.state.IsLegacyStageInSync() {
		return reconciler.RetryableError(v1alpha1.ReasonMLflowError, fmt.Errorf(
			"version %s is not the newest in MLflow's stage %s after it was moved there", t.state.Candidate, s.stage.MLflowStage))
	}
	return reconciler.Continue()
}
