// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package registeredmodel

import (
	"context"
	"fmt"
	"slices"

	"k8s.io/utils/ptr"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/controller/reconciler"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
	"github.com/neuronews/mlflow-registry-operator/internal/sanitize"
	"github.com/neuronews/mlflow-registry-operator/internal/tagsync"
)

// syncMetadata writes what differs. After it, MLflow holds what is declared, or, in
// Observe mode, it is known what would be written. The view is believed when it says
// that nothing differs; before anything is written, or a key is struck off the ledger,
// the model is read afresh.
func (r *Reconciler) syncMetadata(ctx context.Context, s *scope) reconciler.Result {
	if s.mlflowModel == nil {
		s.hasPlan = true
		s.pendingChanges = []v1alpha1.PlannedChange{newPlannedChange(modelFieldName, "", s.modelName)}
		return reconciler.Continue()
	}
	s.hasPlan = true
	plan := r.planMetadata(s)
	if !s.modelFresh && (len(plan) > 0 || len(r.planManagedTags(s, plan)) < len(s.Object.Status.ManagedTags)) {
		if result := r.rereadModel(ctx, s); !result.CanContinue() {
			return result
		}
		plan = r.planMetadata(s)
	}
	if s.isReadOnly() {
		for _, c := range plan {
			s.pendingChanges = append(s.pendingChanges, toPlannedChange(c))
		}
		return reconciler.Continue()
	}
	return r.writeChanges(ctx, s, plan)
}

func (r *Reconciler) planMetadata(s *scope) []tagsync.Change {
	return planChanges(s.mlflowModel, desiredMetadata(s), s.Object.Status.ManagedTags)
}

// rereadModel looks at MLflow itself and judges again what was judged on the view, first of
// all whether this is the model that was meant: what is remembered of another one
// neither adopts it nor removes its tags.
func (r *Reconciler) rereadModel(ctx context.Context, s *scope) reconciler.Result {
	if result := r.readModel(ctx, s); !result.CanContinue() {
		return result
	}
	if result := r.checkRecreated(s); !result.CanContinue() {
		return result
	}
	if s.mlflowModel == nil {
		return reconciler.RequeueConflict("the model was deleted meanwhile")
	}
	return checkOwnership(s)
}

func (r *Reconciler) planManagedTags(s *scope, plan []tagsync.Change) []string {
	return planManagedKeys(s.mlflowModel, desiredMetadata(s), s.Object.Status.ManagedTags, plan)
}

// writeChanges carries out the plan, with the ledger of keys written before the first tag
// is, so that no key is ever written and forgotten.
func (r *Reconciler) writeChanges(ctx context.Context, s *scope, plan []tagsync.Change) reconciler.Result {
	ledger := r.planManagedTags(s, plan)
	if len(plan) == 0 && slices.Equal(ledger, s.Object.Status.ManagedTags) {
		return reconciler.Continue()
	}
	if result := r.saveManagedTags(ctx, s, ledger); !result.CanContinue() || len(plan) == 0 {
		return result
	}
	if result := r.revalidateConnection(ctx, s); !result.CanContinue() {
		return result
	}
	for _, c := range plan {
		if err := applyChange(ctx, s.Snapshot.Client(), s.modelName, c); err != nil {
			return reconciler.FromMLflowError(err)
		}
		s.WroteMLflow = true
	}
	s.AddEvent(syncedEvent(s, plan))
	return r.verifyChanges(ctx, s)
}

// saveManagedTags writes the ledger down, where it is another one than before. That proves that
// the object is still what the pass has read: the API server refuses it otherwise. Where
// nothing is to be written, it is asked.
func (r *Reconciler) saveManagedTags(ctx context.Context, s *scope, ledger []string) reconciler.Result {
	if slices.Equal(ledger, s.Object.Status.ManagedTags) {
		return reconciler.RevalidateObject(ctx, r.APIReader, s.Object, "the object was edited meanwhile")
	}
	s.Object.Status.ManagedTags = ledger
	return s.SaveStatus(ctx, r.Client)
}

// verifyChanges trusts no write: what was written must be there.
func (r *Reconciler) verifyChanges(ctx context.Context, s *scope) reconciler.Result {
	if result := r.rereadModel(ctx, s); !result.CanContinue() {
		return result
	}
	if left := r.planMetadata(s); len(left) > 0 {
		return reconciler.RetryableError(v1alpha1.ReasonMLflowError, tagsync.NewNotPersistedError(left[0]))
	}
	s.Object.Status.ManagedTags = r.planManagedTags(s, nil)
	return reconciler.Continue()
}

// applyChange writes one change.
func applyChange(ctx context.Context, client *mlflow.Client, model string, c tagsync.Change) error {
	switch c.Kind {
	case tagsync.SetDescription:
		return client.UpdateRegisteredModel(ctx, model, c.Desired)
	case tagsync.DeleteTag:
		return client.DeleteRegisteredModelTag(ctx, model, c.Key)
	case tagsync.SetTag:
		return client.SetRegisteredModelTag(ctx, model, c.Key, c.Desired)
	}
	return fmt.Errorf("unknown change %v", c.Kind)
}

// desiredMetadata is what is declared of the model.
func desiredMetadata(s *scope) tagsync.Metadata {
	return tagsync.Metadata{Description: ptr.Deref(s.Object.Spec.Description, ""), Tags: desiredTags(s)}
}

// currentMetadata is what the model carries in MLflow.
func currentMetadata(live *entities.RegisteredModel) tagsync.Metadata {
	return tagsync.Metadata{Description: live.Description, Tags: live.Tags}
}

// planChanges lists what has to be written, the mark of ownership first.
func planChanges(live *entities.RegisteredModel, declared tagsync.Metadata, ledger []string) []tagsync.Change {
	plan := tagsync.PlanChanges(currentMetadata(live), declared, ledger)
	at := slices.IndexFunc(plan, func(c tagsync.Change) bool { return c.Key == v1alpha1.ManagedByTag })
	if at > 0 {
		mark := plan[at]
		plan = slices.Insert(slices.Delete(plan, at, at+1), 0, mark)
	}
	return plan
}

// planManagedKeys is the ledger as it must be before the plan is carried out. The mark is not in
// it: it is never removed, and nobody else's.
func planManagedKeys(live *entities.RegisteredModel, declared tagsync.Metadata, ledger []string, plan []tagsync.Change) []string {
	return withoutOwnerTag(tagsync.ManagedKeys(currentMetadata(live), declared, ledger, plan))
}

func withoutOwnerTag(keys []string) []string {
	return slices.DeleteFunc(keys, func(key string) bool { return key == v1alpha1.ManagedByTag })
}

// desiredTags is every tag that the model must carry.
func desiredTags(s *scope) map[string]string {
	tags := s.Object.Spec.DeclaredTags()
	tags[v1alpha1.ManagedByTag] = string(s.owner)
	return tags
}

// maxPlannedLength is the bound that the API sets to a value in status.plan.
const maxPlannedLength = 512

// toPlannedChange is a change as status.plan shows it.
func toPlannedChange(c tagsync.Change) v1alpha1.PlannedChange {
	return newPlannedChange(c.FieldName(), c.Current, c.Desired)
}

// newPlannedChange keeps to the bound.
func newPlannedChange(field, live, desired string) v1alpha1.PlannedChange {
	return v1alpha1.PlannedChange{Field: field, Current: sanitize.TruncateRunes(live, maxPlannedLength), Desired: sanitize.TruncateRunes(desired, maxPlannedLength)}
}

// modelFieldName is what status.plan says of a model that does not exist.
const modelFieldName = "model"
