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
	"github.com/neuronews/mlflow-registry-operator/internal/gate"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
	"github.com/neuronews/mlflow-registry-operator/internal/outcome"
	"github.com/neuronews/mlflow-registry-operator/internal/promotion"
	"github.com/neuronews/mlflow-registry-operator/internal/registry"
)

// judge asks every gate about the candidate. After it, it is known whether the
// candidate may take the stage, or why it may not.
func (r *Reconciler) judge(ctx context.Context, s *scope) outcome.Outcome {
	if s.step == promotion.StepHold {
		return outcome.Done()
	}
	judgement, ended := r.ask(ctx, s, s.move())
	if !ended.IsDone() {
		return ended
	}
	s.judgement = &judgement
	if s.step == promotion.StepMirror && judgement.Passed() && !s.repinned {
		// The status goes on telling on what evidence the version took the stage.
		return outcome.Done()
	}
	verdicts := verdictsOf(judgement)
	s.judgedAnew = s.repinned || !equality.Semantic.DeepEqual(s.object.Status.Gates, verdicts)
	s.object.Status.Gates = verdicts
	s.object.Status.EvidenceDigest = cmp.Or(judgement.EvidenceDigest(), s.object.Status.EvidenceDigest)
	s.object.Status.Comparison = comparisonOf(judgement)
	s.object.Status.BlockedUntil = timeOf(judgement.BlockedUntil())
	if judgement.Passed() {
		return outcome.Done()
	}
	worst := judgement.Worst()
	if worst.Result == v1alpha1.GateError {
		s.unread = errors.New(worst.Message)
	}
	s.refused = refusal{
		reason:  worst.Reason,
		message: refusedMessage(judgement, worst) + voidMessage(judgement),
		waits:   worst.Result == v1alpha1.GatePending,
	}
	return outcome.Done()
}

// askAgain ends a pass in which a gate could not be asked. It comes last, since what
// another hand did to the stage can be undone all the same. A permission is for a person
// to give; anything else may come by itself.
func (r *Reconciler) askAgain(_ context.Context, s *scope) outcome.Outcome {
	switch {
	case s.unread == nil:
		return outcome.Done()
	case !s.denied.IsDone():
		return s.denied
	default:
		return outcome.Retry(v1alpha1.ReasonGateError, s.unread)
	}
}

// ask lets the gates say what they want to read, reads it, and asks again, until they
// want nothing more.
func (r *Reconciler) ask(ctx context.Context, s *scope, move gate.Move) (gate.Judgement, outcome.Outcome) {
	judgement := gate.Judge(move, s.evidence)
	for range gate.MaxRounds {
		if len(judgement.Wants) == 0 {
			break
		}
		for _, ref := range judgement.Wants {
			if ended := r.readEvidence(ctx, s, ref); !ended.IsDone() {
				return judgement, ended
			}
		}
		judgement = gate.Judge(move, s.evidence)
	}
	r.countVerdicts(judgement)
	return judgement, outcome.Done()
}

// readEvidence reads one thing. That it does not exist, or can't be read, is evidence,
// too; only an error that every request would meet ends the pass. Of a version of another
// model nothing is read that the connection does not allow: a copy would tell its metrics.
func (r *Reconciler) readEvidence(ctx context.Context, s *scope, ref gate.Ref) outcome.Outcome {
	if ref.Kind == gate.RefApprovals || ref.Kind == gate.RefIdentity {
		r.readPeople(ctx, s, ref)
		return outcome.Done()
	}
	if ref.Kind == gate.RefVersion {
		ended := r.connector().PermitCopy(ctx, r.Client, s.model, ref.Model)
		switch {
		case ended.Reason == v1alpha1.ReasonNotAllowed:
			s.evidence.PutUnreadable(ref, ended.Message)
			s.deny(ended)
			return outcome.Done()
		case !ended.IsDone():
			return ended
		}
	}
	return readRegistry(ctx, s, ref)
}

// readRegistry reads one thing from MLflow.
func readRegistry(ctx context.Context, s *scope, ref gate.Ref) outcome.Outcome {
	err := fetch(ctx, s.view, s.evidence, ref)
	switch {
	case err == nil:
	case errors.Is(err, mlflow.ErrNotFound):
		s.evidence.PutAbsent(ref)
	case outcome.Request(err).Blamed() != nil:
		return outcome.BlameConnection(err)
	default:
		s.evidence.PutUnreadable(ref, err.Error())
		if errors.Is(err, mlflow.ErrPermissionDenied) {
			s.deny(outcome.Request(err))
		}
	}
	return outcome.Done()
}

func fetch(ctx context.Context, view *registry.View, evidence *gate.Evidence, ref gate.Ref) error {
	switch ref.Kind {
	case gate.RefVersion:
		version, err := view.Reader().ModelVersion(ctx, ref.Model, ref.ID)
		return put(err, func() { evidence.PutVersion(ref, version) })
	case gate.RefRun:
		run, err := view.Reader().Run(ctx, ref.ID)
		return put(err, func() { evidence.PutRun(ref, run) })
	case gate.RefLoggedModel:
		model, err := view.Client().GetLoggedModel(ctx, ref.ID)
		return put(err, func() { evidence.PutLoggedModel(ref, model) })
	case gate.RefHistory:
		points, err := view.Client().GetMetricHistory(ctx, ref.ID, ref.Key)
		return put(err, func() { evidence.PutHistory(ref, points) })
	default:
		return fmt.Errorf("no way to read %s", ref)
	}
}

func put(err error, record func()) error {
	if err == nil {
		record()
	}
	return err
}

// move is the question that the gates are asked of the candidate.
func (s *scope) move() gate.Move {
	candidate := s.object.Status.Candidate
	move := s.moveOf(s.step, s.situation())
	if candidate != nil && string(candidate.Version) == s.resolution.Version {
		move.ModelCreated = entities.Timestamp(candidate.ModelCreationTimestamp)
		move.VersionCreated = entities.Timestamp(candidate.VersionCreationTimestamp)
		move.Replaces = string(candidate.Replaces)
		move.PromotedIn = s.promotedIn(candidate)
		move.Held = s.heldBefore(candidate)
		move.Returns = promotion.Returns(s.step, s.situation(), candidate)
		move.Trusted = promotion.Trust(s.step, s.situation(), candidate)
	}
	return move
}

// moveOf is the question for any version, without what its pin tells.
func (s *scope) moveOf(step promotion.StepKind, situation promotion.Situation) gate.Move {
	move := gate.Move{
		Model:        s.live,
		Stage:        s.stage.Name,
		Alias:        s.stage.EffectiveAlias(),
		PromotesFrom: s.stage.PromotesFrom,
		MinSoak:      s.stage.MinSoak,
		Now:          s.began,
		Candidate:    situation.Candidate,
		Stays:        promotion.Stays(step, situation),
		Demands:      s.demands,
		Override:     s.override(),
		NotEnforced:  s.switches.WhyNotEnforced(),
		Namespace:    s.object.Namespace,
		Promotion:    s.object.Name,

		PromotionCreated: s.object.CreationTimestamp.Time,
		RequestedBy:      s.object.Spec.RequestedBy,
	}
	for i := range s.model.Spec.Stages {
		stage := &s.model.Spec.Stages[i]
		move.Stages = append(move.Stages, gate.StageInOrder{
			Name: stage.Name, Alias: stage.EffectiveAlias(), MLflowStage: string(stage.MLflowStage),
		})
	}
	return move
}

// promotedIn are the stages that the candidate has held, as the histories of their
// promotions show.
func (s *scope) promotedIn(candidate *v1alpha1.Candidate) map[v1alpha1.StageName]bool {
	stages := map[v1alpha1.StageName]bool{}
	for i := range s.siblings {
		sibling := &s.siblings[i]
		if promotion.HasHeld(sibling.Status.History, candidate) {
			stages[sibling.Spec.Stage] = true
		}
	}
	return stages
}
