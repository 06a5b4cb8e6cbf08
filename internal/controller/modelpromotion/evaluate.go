// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package modelpromotion

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"k8s.io/apimachinery/pkg/api/equality"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/controller/reconciler"
	"github.com/neuronews/mlflow-registry-operator/internal/gate"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
	"github.com/neuronews/mlflow-registry-operator/internal/promotion"
	"github.com/neuronews/mlflow-registry-operator/internal/registrycache"
)

// evaluateGates asks every gate about the candidate. After it, it is known whether the
// candidate may take the stage, or why it may not.
func (r *Reconciler) evaluateGates(ctx context.Context, s *scope) reconciler.Result {
	if s.step == promotion.StepNone {
		return reconciler.Continue()
	}
	evaluation, result := r.evaluateRequest(ctx, s, s.newGateRequest())
	if !result.CanContinue() {
		return result
	}
	s.gateResult = &evaluation
	if s.step == promotion.StepSyncLegacyStage && evaluation.HasPassed() && !s.candidateChanged {
		// The status goes on telling on what evidence the version took the stage.
		return reconciler.Continue()
	}
	verdicts := toGateStatuses(evaluation)
	s.gatesChanged = s.candidateChanged || !equality.Semantic.DeepEqual(s.object.Status.Gates, verdicts)
	s.object.Status.Gates = verdicts
	s.object.Status.EvidenceDigest = cmp.Or(evaluation.EvidenceDigest(), s.object.Status.EvidenceDigest)
	s.object.Status.Comparison = evaluation.Comparison
	s.object.Status.BlockedUntil = toMetaTime(evaluation.BlockedUntil())
	if evaluation.HasPassed() {
		return reconciler.Continue()
	}
	worst := evaluation.DecidingGate()
	if worst.Result == v1alpha1.GateError {
		s.gateErr = errors.New(worst.Message)
	}
	s.rejection = rejection{
		reason:    worst.Reason,
		message:   gatesFailedMessage(evaluation, worst) + overrideIgnoredMessage(evaluation),
		isPending: worst.Result == v1alpha1.GatePending,
	}
	return reconciler.Continue()
}

// requeueOnGateError ends a pass in which a gate could not be asked. It comes last, since what
// another hand did to the stage can be undone all the same. A permission is for a person
// to give; anything else may come by itself.
func (r *Reconciler) requeueOnGateError(_ context.Context, s *scope) reconciler.Result {
	switch {
	case s.gateErr == nil:
		return reconciler.Continue()
	case !s.accessResult.CanContinue():
		return s.accessResult
	default:
		return reconciler.RetryableError(v1alpha1.ReasonGateError, s.gateErr)
	}
}

// evaluateRequest lets the gates say what they want to read, reads it, and asks again, until they
// want nothing more.
func (r *Reconciler) evaluateRequest(ctx context.Context, s *scope, request gate.Request) (gate.Result, reconciler.Result) {
	evaluation := gate.Evaluate(request, s.evidence)
	for range gate.MaxRounds {
		if len(evaluation.Missing) == 0 {
			break
		}
		for _, ref := range evaluation.Missing {
			if result := r.readEvidence(ctx, s, ref); !result.CanContinue() {
				return evaluation, result
			}
		}
		evaluation = gate.Evaluate(request, s.evidence)
	}
	r.recordGateMetrics(evaluation)
	return evaluation, reconciler.Continue()
}

// readEvidence reads one thing. That it does not exist, or can't be read, is evidence,
// too; only an error that every request would meet ends the pass. Of a version of another
// model nothing is read that the connection does not allow: a copy would tell its metrics.
func (r *Reconciler) readEvidence(ctx context.Context, s *scope, ref gate.Key) reconciler.Result {
	if ref.Kind == gate.KindApprovals || ref.Kind == gate.KindIdentity {
		r.readApprovalEvidence(ctx, s, ref)
		return reconciler.Continue()
	}
	if ref.Kind == gate.KindVersion {
		result := r.newResolver().AuthorizeCopy(ctx, r.Client, s.model, ref.Model)
		switch {
		case result.Reason == v1alpha1.ReasonForbidden:
			s.evidence.PutUnreadable(ref, result.Message)
			s.setAccessResult(result)
			return reconciler.Continue()
		case !result.CanContinue():
			return result
		}
	}
	return readMLflowEvidence(ctx, s, ref)
}

// readMLflowEvidence reads one thing from MLflow.
func readMLflowEvidence(ctx context.Context, s *scope, ref gate.Key) reconciler.Result {
	value, err := fetchEvidence(ctx, s.snapshot, ref)
	switch {
	case err == nil:
		s.evidence.Put(ref, value)
	case errors.Is(err, mlflow.ErrNotFound):
		s.evidence.PutAbsent(ref)
	case reconciler.FromMLflowError(err).ConnectionErr() != nil:
		return reconciler.ConnectionError(err)
	default:
		s.evidence.PutUnreadable(ref, err.Error())
		if errors.Is(err, mlflow.ErrPermissionDenied) {
			s.setAccessResult(reconciler.FromMLflowError(err))
		}
	}
	return reconciler.Continue()
}

func fetchEvidence(ctx context.Context, view *registrycache.Snapshot, ref gate.Key) (any, error) {
	switch ref.Kind {
	case gate.KindVersion:
		return view.Reader().ModelVersion(ctx, ref.Model, ref.ID)
	case gate.KindRun:
		return view.Reader().Run(ctx, ref.ID)
	case gate.KindLoggedModel:
		return view.Client().GetLoggedModel(ctx, ref.ID)
	case gate.KindHistory:
		return view.Client().GetMetricHistory(ctx, ref.ID, ref.MetricKey)
	case gate.KindApprovals, gate.KindIdentity:
	}
	return nil, fmt.Errorf("no way to read %s from MLflow", ref)
}

// newGateRequest is the question that the gates are asked of the candidate.
func (s *scope) newGateRequest() gate.Request {
	candidate := s.object.Status.Candidate
	request := s.newBaseRequest(s.step, s.planState())
	if candidate != nil && string(candidate.Version) == s.resolution.Version {
		request.ModelCreated = entities.Timestamp(candidate.ModelCreationTimestamp)
		request.VersionCreated = entities.Timestamp(candidate.VersionCreationTimestamp)
		request.BaselineVersion = string(candidate.BaselineVersion)
		request.PromotedStages = s.findPromotedStages(candidate)
		request.StageTenures = s.findStageTenures(candidate)
		request.PriorHolderReason = promotion.PriorHolderReason(s.step, s.planState(), candidate)
		request.SkipComparisonReason = promotion.SkipComparisonReason(s.step, s.planState(), candidate)
	}
	return request
}

// newBaseRequest is the question for any version, without what its pin tells.
func (s *scope) newBaseRequest(step promotion.Step, state promotion.State) gate.Request {
	request := gate.Request{
		Model:             s.mlflowModel,
		Stage:             s.stage.Name,
		Alias:             s.stage.EffectiveAlias(),
		PromotesFrom:      s.stage.PromotesFrom,
		RequiredSoakTime:  s.stage.RequiredSoakTime,
		Now:               s.startTime,
		Candidate:         state.Candidate,
		BackwardExemption: promotion.BackwardExemption(step, state),
		Gates:             s.gates,
		Override:          s.newGateOverride(),
		NotEnforcedReason: s.flags.PerformanceGatesDisabledReason(),
		Namespace:         s.object.Namespace,
		PromotionName:     s.object.Name,

		PromotionCreated: s.object.CreationTimestamp.Time,
		RequestedBy:      s.object.Spec.RequestedBy,
	}
	for i := range s.model.Spec.Stages {
		stage := &s.model.Spec.Stages[i]
		request.Stages = append(request.Stages, gate.StageRef{
			Name: stage.Name, Alias: stage.EffectiveAlias(), MLflowStage: string(stage.MLflowStage),
		})
	}
	return request
}

// findPromotedStages are the stages that the candidate has held, as the histories of their
// promotions show.
func (s *scope) findPromotedStages(candidate *v1alpha1.Candidate) map[v1alpha1.StageName]bool {
	stages := map[v1alpha1.StageName]bool{}
	for i := range s.siblings {
		sibling := &s.siblings[i]
		if promotion.HasBeenPromoted(sibling.Status.History, candidate) {
			stages[sibling.Spec.Stage] = true
		}
	}
	return stages
}
