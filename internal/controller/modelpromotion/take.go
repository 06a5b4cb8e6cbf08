// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package modelpromotion

import (
	"context"
	"fmt"
	"time"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/gate"
	"github.com/neuronews/mlflow-registry-operator/internal/outcome"
	"github.com/neuronews/mlflow-registry-operator/internal/promotion"
)

// again is when a pass that was overtaken starts anew. What overtook it wakes the
// object as well; this is for the case that the event was there before.
const again = time.Second

func startAgain(why string) outcome.Outcome {
	return outcome.Wait(v1alpha1.ReasonProgressing, why+": starting again", again)
}

// transfer is one change of hands, about to be carried out: which artifact takes the
// stage, on which evidence.
type transfer struct {
	step      promotion.StepKind
	situation promotion.Situation
	candidate *v1alpha1.Candidate
	judgement *gate.Judgement
	// generation is the generation of the spec that asks for it.
	generation int64
	// wanted is the candidate of the spec while a recorded holder is put back. Set by
	// carryOut.
	wanted *v1alpha1.Candidate
}

// take gives the stage to the candidate, if every gate passed. After it, the candidate
// holds the stage, or was refused.
func (r *Reconciler) take(ctx context.Context, s *scope) outcome.Outcome {
	if s.step == promotion.StepHold || s.refused.reason != "" {
		return outcome.Done()
	}
	if s.step == promotion.StepTake {
		refused := promotion.Precondition(string(s.object.Spec.ExpectedCurrentVersion), replaced(s), string(s.stage.Name))
		if refused != "" {
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

// replaced is who holds the stage before the candidate takes it. Where the alias points
// to the candidate already, that is the version that was pinned as the one replaced.
func replaced(s *scope) string {
	holder := s.situation().Holder()
	if holder == s.resolution.Version {
		return string(s.object.Status.Candidate.Replaces)
	}
	return holder
}

// unstoppable is how long a transfer goes on after the operator was told to stop: longer
// than its requests take, shorter than the manager waits for it.
const unstoppable = 25 * time.Second

// carryOut writes to MLflow: the only place that does. It makes sure that nothing it
// depends on has changed while the gates were evaluated, writes in the planned order,
// and reads back what it wrote. Once it has begun to write, it is not interrupted.
//
// MLflow has no compare-and-set: a hand that moves the alias between the last look and
// the write is overruled, and not noticed.
func (r *Reconciler) carryOut(ctx context.Context, s *scope, t transfer) outcome.Outcome {
	if !t.judgement.Passed() {
		return outcome.Stall(v1alpha1.ReasonGateFailed, t.judgement.Worst().Message)
	}
	if ended := r.confirmCurrent(ctx, s); !ended.IsDone() {
		return ended
	}
	now, ended := r.read(ctx, s)
	if !ended.IsDone() {
		return ended
	}
	if conflict := promotion.Conflict(t.situation.Model, now); conflict != "" {
		return startAgain(conflict)
	}
	if ended := r.owned(s, now); !ended.IsDone() {
		return ended
	}
	t.situation.Model = now
	t.wanted = s.object.Status.Candidate
	if ended := r.announce(ctx, s, t); !ended.IsDone() {
		return ended
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), unstoppable)
	defer cancel()
	return r.writeAll(ctx, s, t)
}

// writeAll carries out the plan. The change of hands is on record from the moment that
// the alias points to the candidate: whatever comes after may fail, and is made up for
// in a later pass.
func (r *Reconciler) writeAll(ctx context.Context, s *scope, t transfer) outcome.Outcome {
	for _, action := range promotion.Plan(t.situation) {
		if action == promotion.TransitionStage && t.step != promotion.StepMirror {
			r.tookStage(s, t)
		}
		if err := r.write(ctx, s, t, action); err != nil {
			return outcome.Request(err)
		}
	}
	r.tookStage(s, t)
	return r.readBack(ctx, s, t)
}

// tookStage records that the candidate holds the stage, once.
func (r *Reconciler) tookStage(s *scope, t transfer) {
	if s.acted {
		return
	}
	s.acted = true
	s.live = t.situation.Taken()
	s.view.Remember(s.live)
	if t.step == promotion.StepMirror {
		s.happened(mirrored(s, t))
		return
	}
	r.record(s, t)
}

func (r *Reconciler) write(ctx context.Context, s *scope, t transfer, action promotion.ActionKind) error {
	model, version := t.situation.Model.Name, t.situation.Candidate
	switch action {
	case promotion.SetEvidenceTag:
		value, err := r.evidenceOf(s, t).TagValue()
		if err != nil {
			return err
		}
		return s.view.Client().SetModelVersionTag(ctx, model, version, v1alpha1.EvidenceTagPrefix+string(s.stage.Name), value)
	case promotion.SetAlias:
		return s.view.Client().SetRegisteredModelAlias(ctx, model, s.stage.EffectiveAlias(), version)
	default:
		return s.view.Client().TransitionModelVersionStage(ctx, model, version, string(s.stage.MLflowStage), true)
	}
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
