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

// syncMetadata writes what differs. After it, MLflow has what is declared, or, in read-only mode,
// the differences are known. If the snapshot shows no difference, it is trusted. Before anything is
// written, or a key is removed from status.managedTags, the model is read from MLflow.
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

// rereadModel reads the model from MLflow and repeats the checks that were based on the snapshot.
// The first one is whether it is the same model: what is known of a previous model neither adopts
// this one nor removes its tags.
func (r *Reconciler) rereadModel(ctx context.Context, s *scope) reconciler.Result {
	if result := r.readModel(ctx, s); !result.CanContinue() {
		return result
	}
	if result := r.checkRecreated(s); !result.CanContinue() {
		return result
	}
	if s.mlflowModel == nil {
		return reconciler.RequeueConflict("the model was deleted during the reconcile")
	}
	return checkOwnership(s)
}

func (r *Reconciler) planManagedTags(s *scope, plan []tagsync.Change) []string {
	return planManagedKeys(s.mlflowModel, desiredMetadata(s), s.Object.Status.ManagedTags, plan)
}

// writeChanges executes the plan. The managed keys are saved before the first tag is written, so
// that no tag is written whose key is unknown later.
func (r *Reconciler) writeChanges(ctx context.Context, s *scope, plan []tagsync.Change) reconciler.Result {
	managedKeys := r.planManagedTags(s, plan)
	if len(plan) == 0 && slices.Equal(managedKeys, s.Object.Status.ManagedTags) {
		return reconciler.Continue()
	}
	if result := r.saveManagedTags(ctx, s, managedKeys); !result.CanContinue() || len(plan) == 0 {
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

// saveManagedTags saves the managed keys if they changed. The write also proves that the object is
// still the one that was read. If nothing has to be written, the object is read from the API server
// instead.
func (r *Reconciler) saveManagedTags(ctx context.Context, s *scope, managedKeys []string) reconciler.Result {
	if slices.Equal(managedKeys, s.Object.Status.ManagedTags) {
		return reconciler.RevalidateObject(ctx, r.APIReader, s.Object, "the object was edited during the reconcile")
	}
	s.Object.Status.ManagedTags = managedKeys
	return s.SaveStatus(ctx, r.Client)
}

// verifyChanges reads the model again. MLflow may accept a write and not persist it.
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

// desiredMetadata returns what is declared of the model.
func desiredMetadata(s *scope) tagsync.Metadata {
	return tagsync.Metadata{Description: ptr.Deref(s.Object.Spec.Description, ""), Tags: desiredTags(s)}
}

// currentMetadata returns what the model has in MLflow.
func currentMetadata(model *entities.RegisteredModel) tagsync.Metadata {
	return tagsync.Metadata{Description: model.Description, Tags: model.Tags}
}

// planChanges returns what has to be written, the owner tag first.
func planChanges(model *entities.RegisteredModel, declared tagsync.Metadata, managedKeys []string) []tagsync.Change {
	plan := tagsync.PlanChanges(currentMetadata(model), declared, managedKeys)
	at := slices.IndexFunc(plan, func(c tagsync.Change) bool { return c.Key == v1alpha1.ManagedByTag })
	if at > 0 {
		ownerTag := plan[at]
		plan = slices.Insert(slices.Delete(plan, at, at+1), 0, ownerTag)
	}
	return plan
}

// planManagedKeys returns the managed keys as they must be before the plan is executed. The key of
// the owner tag is not in it: that tag is never removed.
func planManagedKeys(model *entities.RegisteredModel, declared tagsync.Metadata, managedKeys []string, plan []tagsync.Change) []string {
	return withoutOwnerTag(tagsync.ManagedKeys(currentMetadata(model), declared, managedKeys, plan))
}

func withoutOwnerTag(keys []string) []string {
	return slices.DeleteFunc(keys, func(key string) bool { return key == v1alpha1.ManagedByTag })
}

// desiredTags returns every tag that the model must have.
func desiredTags(s *scope) map[string]string {
	tags := s.Object.Spec.DeclaredTags()
	tags[v1alpha1.ManagedByTag] = string(s.owner)
	return tags
}

// maxPlannedLength is the limit of the API for a value in status.plan.
const maxPlannedLength = 512

// toPlannedChange converts a change for status.plan.
func toPlannedChange(c tagsync.Change) v1alpha1.PlannedChange {
	return newPlannedChange(c.FieldName(), c.Current, c.Desired)
}

// newPlannedChange truncates the values to the limit of the API.
func newPlannedChange(field, current, desired string) v1alpha1.PlannedChange {
	return v1alpha1.PlannedChange{
		Field:   field,
		Current: sanitize.TruncateRunes(current, maxPlannedLength),
		Desired: sanitize.TruncateRunes(desired, maxPlannedLength),
	}
}

// modelFieldName is the field in status.plan of a model that does not exist.
const modelFieldName = "model"
