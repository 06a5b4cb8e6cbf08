// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package modelpromotion

import (
	"context"
	"fmt"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/controller/telling"
	"github.com/neuronews/mlflow-registry-operator/internal/gate"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
	"github.com/neuronews/mlflow-registry-operator/internal/outcome"
	"github.com/neuronews/mlflow-registry-operator/internal/promotion"
)

// transfer is one change of hands, about to be carried out: which artifact takes the
// stage, on which evidence.
type transfer struct {
	step      promotion.StepKind
	situation promotion.Situation
	candidate *v1alpha1.Candidate
	judgement *gate.Judgement
	// generation is the generation of the spec that asks for it.
	generation int64
	// entry is what the history will say; nil for a mirror, which is no change of hands.
	// Set by carryOut.
	entry *v1alpha1.PromotionRecord
}

// take gives the stage to the candidate, if every gate passed. After it, the candidate
// holds the stage, or was refused.
func (r *Reconciler) take(ctx context.Context, s *scope) outcome.Outcome {
	if s.step == promotion.StepHold || s.refused.reason != "" {
		return outcome.Done()
	}
	if s.step == promotion.StepTake {
		if refused := unexpected(s); refused != "" {
			s.refused = refusal{reason: v1alpha1.ReasonPreconditionFailed, message: refused}
			return outcome.Done()
		}
	}
	if s.dryRun != "" {
		return outcome.Done()
	}
	return r.carryOut(ctx, s, transfer{
		step:       s.step,
		situation:  s.situation(),
		candidate:  s.object.Status.Candidate,
		judgement:  s.judgement,
		generation: s.object.Generation,
	})
}

// unexpected says why expectedCurrentVersion is not met; empty when it is. Where another
// hand pointed the alias to the candidate already, it may be either: the candidate, or
// the version that it is to replace.
func unexpected(s *scope) string {
	expected, holder := string(s.object.Spec.ExpectedCurrentVersion), s.situation().Holder()
	if holder == s.resolution.Version && expected != holder {
		holder = string(s.object.Status.Candidate.Replaces)
	}
	return promotion.Precondition(expected, holder, string(s.stage.Name))
}

// carryOut writes to MLflow: the only place that does. It makes sure that nothing it
// depends on has changed while the gates were evaluated, announces what it will do,
// writes in the planned order, and reads back what it wrote. An operator that is told to
// stop ends what it has announced, if that does not take long.
//
// MLflow has no compare-and-set: a hand that moves the alias between the last look and
// the write is overruled, and not noticed.
func (r *Reconciler) carryOut(ctx context.Context, s *scope, t transfer) outcome.Outcome {
	if !t.judgement.Passed() {
		return outcome.Stall(v1alpha1.ReasonGateFailed, t.judgement.Worst().Message)
	}
	if ended := r.owned(s, t.situation.Model); !ended.IsDone() {
		return ended
	}
	if ended := r.confirmModel(ctx, s); !ended.IsDone() {
		return ended
	}
	if t.step != promotion.StepMirror {
		t.entry = r.entryOf(s, &t)
	}
	if ended := r.announce(ctx, s, &t); !ended.IsDone() {
		return ended
	}
	ctx, cancel := telling.Unstoppable(ctx, telling.Acting)
	defer cancel()
	if ended := r.readAgain(ctx, s, &t); !ended.IsDone() {
		recall(s)
		return ended
	}
	return r.writeAll(ctx, s, t)
}

// readAgain makes sure, as the last thing before the first write, that the model in MLflow
// is still what the gates were asked about, and still ours, and that people still say what
// they said.
func (r *Reconciler) readAgain(ctx context.Context, s *scope, t *transfer) outcome.Outcome {
	now, ended := r.read(ctx, s)
	if !ended.IsDone() {
		return ended
	}
	if conflict := promotion.Conflict(t.situation.Model, now); conflict != "" {
		return telling.StartAgain(conflict)
	}
	t.situation.Model = now
	if ended := r.owned(s, now); !ended.IsDone() {
		return ended
	}
	return r.confirmApprovals(ctx, s)
}

// recall takes an announcement back: the alias has surely not moved.
func recall(s *scope) {
	s.object.Status.Underway = nil
}

// writeAll carries out the plan. What comes after the record may fail, and is made up for
// in a later pass.
func (r *Reconciler) writeAll(ctx context.Context, s *scope, t transfer) outcome.Outcome {
	for _, action := range promotion.Plan(t.step, t.situation) {
		if err := r.act(ctx, s, t, action); err != nil {
			if action == promotion.SetAlias && mlflow.Refused(err) {
				recall(s)
			}
			return outcome.Request(err)
		}
	}
	return r.readBack(ctx, s, t)
}

func (r *Reconciler) act(ctx context.Context, s *scope, t transfer, action promotion.ActionKind) error {
	model, version := t.situation.Model.Name, t.situation.Candidate
	switch action {
	case promotion.SetEvidenceTag:
		value, err := evidenceOf(s, t).TagValue()
		if err != nil {
			return err
		}
		return s.view.Client().SetModelVersionTag(ctx, model, version, v1alpha1.EvidenceTagPrefix+string(s.stage.Name), value)
	case promotion.SetAlias:
		return s.view.Client().SetRegisteredModelAlias(ctx, model, s.stage.EffectiveAlias(), version)
	case promotion.RecordHolder:
		tookStage(s, t)
		return nil
	default:
		return transition(ctx, s, t)
	}
}

// tookStage records that the candidate holds the stage.
func tookStage(s *scope, t transfer) {
	s.acted = true
	s.live = t.situation.Taken()
	s.note(s.live)
	moved := t.situation.Holder() != t.situation.Candidate
	s.cameTo(promotion.OutcomeOf(t.entry.Cause, moved), changedHands(s, t))
	record(s, t.entry)
}

// transition puts MLflow's legacy stage in step.
func transition(ctx context.Context, s *scope, t transfer) error {
	legacy := string(s.stage.MLflowStage)
	err := s.view.Client().TransitionModelVersionStage(ctx, t.situation.Model.Name, t.situation.Candidate, legacy, true)
	if err != nil || t.step != promotion.StepMirror {
		return err
	}
	s.acted = true
	s.cameTo(promotion.OutcomeMirrored, mirrored(s, t))
	return nil
}

// readBack trusts no write: the alias must point to the candidate, and the legacy stage
// be in step.
func (r *Reconciler) readBack(ctx context.Context, s *scope, t transfer) outcome.Outcome {
	now, ended := r.read(ctx, s)
	if !ended.IsDone() {
		return ended
	}
	s.live, t.situation.Model = now, now
	if holder := t.situation.Holder(); holder != t.situation.Candidate {
		return outcome.Retry(v1alpha1.ReasonRequestFailed, fmt.Errorf("alias %s points to version %s after it was set to version %s",
			s.stage.EffectiveAlias(), orNone(holder), t.situation.Candidate))
	}
	if !t.situation.Mirrored() {
		return outcome.Retry(v1alpha1.ReasonRequestFailed, fmt.Errorf(
			"version %s is not the newest in MLflow's stage %s after it was moved there", t.situation.Candidate, s.stage.MLflowStage))
	}
	return outcome.Done()
}
