// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package registeredmodel

import (
	"context"
	"slices"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/controller/telling"
	"github.com/neuronews/mlflow-registry-operator/internal/metadata"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
	"github.com/neuronews/mlflow-registry-operator/internal/outcome"
)

// syncMetadata writes what differs. After it, MLflow holds what is declared, or, in
// Observe mode, it is known what would be written. The view is believed when it says
// that nothing differs; before anything is written, or a key is struck off the ledger,
// the model is read afresh.
func (r *Reconciler) syncMetadata(ctx context.Context, s *scope) outcome.Outcome {
	if s.live == nil {
		s.planned = true
		s.pending = []v1alpha1.PlannedChange{plannedChange(modelField, "", s.name)}
		return outcome.Done()
	}
	s.planned = true
	plan := r.plan(s)
	if !s.fresh && (len(plan) > 0 || len(r.ledger(s, plan)) < len(s.object.Status.ManagedTags)) {
		if ended := r.reread(ctx, s); !ended.IsDone() {
			return ended
		}
		plan = r.plan(s)
	}
	if s.observes() {
		for _, c := range plan {
			s.pending = append(s.pending, planned(c))
		}
		return outcome.Done()
	}
	return r.write(ctx, s, plan)
}

func (r *Reconciler) plan(s *scope) []metadata.Change {
	return planChanges(s.live, desired(s), s.object.Status.ManagedTags)
}

// reread looks at MLflow itself and judges again what was judged on the view, first of
// all whether this is the model that was meant: what is remembered of another one
// neither adopts it nor removes its tags.
func (r *Reconciler) reread(ctx context.Context, s *scope) outcome.Outcome {
	if ended := r.look(ctx, s); !ended.IsDone() {
		return ended
	}
	if ended := r.checkIncarnation(s); !ended.IsDone() {
		return ended
	}
	if s.live == nil {
		return telling.StartAgain("the model was deleted meanwhile")
	}
	return admit(s)
}

func (r *Reconciler) ledger(s *scope, plan []metadata.Change) []string {
	return planLedger(s.live, desired(s), s.object.Status.ManagedTags, plan)
}

// write carries out the plan, with the ledger of keys written before the first tag
// is, so that no key is ever written and forgotten.
func (r *Reconciler) write(ctx context.Context, s *scope, plan []metadata.Change) outcome.Outcome {
	ledger := r.ledger(s, plan)
	if len(plan) == 0 && slices.Equal(ledger, s.object.Status.ManagedTags) {
		return outcome.Done()
	}
	if ended := r.keepLedger(ctx, s, ledger); !ended.IsDone() || len(plan) == 0 {
		return ended
	}
	if ended := r.confirmView(ctx, s); !ended.IsDone() {
		return ended
	}
	for _, c := range plan {
		if err := apply(ctx, s.view.Client(), s.name, c); err != nil {
			return outcome.Request(err)
		}
		s.acted = true
	}
	s.happened(synced(s, plan))
	return r.readBack(ctx, s)
}

// keepLedger writes the ledger down, where it is another one than before. That proves that
// the object is still what the pass has read: the API server refuses it otherwise. Where
// nothing is to be written, it is asked.
func (r *Reconciler) keepLedger(ctx context.Context, s *scope, ledger []string) outcome.Outcome {
	if slices.Equal(ledger, s.object.Status.ManagedTags) {
		return telling.Confirm(ctx, r.Reader, s.object, "the object was edited meanwhile")
	}
	s.object.Status.ManagedTags = ledger
	return r.remember(ctx, s)
}

// readBack trusts no write: what was written must be there.
func (r *Reconciler) readBack(ctx context.Context, s *scope) outcome.Outcome {
	if ended := r.reread(ctx, s); !ended.IsDone() {
		return ended
	}
	if left := r.plan(s); len(left) > 0 {
		return outcome.Retry(v1alpha1.ReasonRequestFailed, metadata.NotKept(left[0]))
	}
	s.object.Status.ManagedTags = r.ledger(s, nil)
	return outcome.Done()
}

// apply writes one change.
func apply(ctx context.Context, client *mlflow.Client, model string, c metadata.Change) error {
	switch c.Kind {
	case metadata.SetDescription:
		return client.UpdateRegisteredModel(ctx, model, c.Desired)
	case metadata.DeleteTag:
		return client.DeleteRegisteredModelTag(ctx, model, c.Key)
	default:
		return client.SetRegisteredModelTag(ctx, model, c.Key, c.Desired)
	}
}
