// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package modelversion

import (
	"context"
	"fmt"
	"slices"

	"k8s.io/utils/ptr"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/controller/reconciler"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
	"github.com/neuronews/mlflow-registry-operator/internal/tagsync"
)

// syncMetadata writes what differs. After it, description and tags are as declared, or, in
// read-only mode, the differences are known. If the snapshot shows no difference, it is trusted.
// Before anything is written, or a key is removed from status.managedTags, the version is read from
// MLflow.
func (r *Reconciler) syncMetadata(ctx context.Context, s *scope) reconciler.Result {
	if s.mlflowVersion == nil {
		// The version does not exist, or it has not changed since it was verified.
		return reconciler.Continue()
	}
	plan := s.planChanges()
	if !s.versionFresh && (len(plan) > 0 || len(s.planManagedKeys(plan)) < len(s.Object.Status.ManagedTags)) {
		if result := r.readVersion(ctx, s); !result.CanContinue() {
			return result
		}
		plan = s.planChanges()
	}
	if s.isReadOnly() {
		s.pendingChanges = plan
		return reconciler.Continue()
	}
	return r.writeChanges(ctx, s, plan)
}

func (s *scope) planChanges() []tagsync.Change {
	return tagsync.PlanChanges(s.currentMetadata(), desiredMetadata(s.Object), s.Object.Status.ManagedTags)
}

func (s *scope) planManagedKeys(plan []tagsync.Change) []string {
	return tagsync.ManagedKeys(s.currentMetadata(), desiredMetadata(s.Object), s.Object.Status.ManagedTags, plan)
}

// currentMetadata returns what the version has in MLflow.
func (s *scope) currentMetadata() tagsync.Metadata {
	return tagsync.Metadata{Description: s.mlflowVersion.Description, Tags: s.mlflowVersion.Tags}
}

// writeChanges executes the plan. The managed keys are saved before the first tag is written, so
// that no tag is written whose key is unknown later.
func (r *Reconciler) writeChanges(ctx context.Context, s *scope, plan []tagsync.Change) reconciler.Result {
	managedKeys := s.planManagedKeys(plan)
	if len(plan) == 0 {
		s.Object.Status.ManagedTags = managedKeys
		return reconciler.Continue()
	}
	if result := r.recheckModel(ctx, s); !result.CanContinue() {
		return result
	}
	if result := r.checkRecreated(ctx, s); !result.CanContinue() {
		return result
	}
	if result := r.revalidateModel(ctx, s); !result.CanContinue() {
		return result
	}
	if result := r.saveManagedTags(ctx, s, managedKeys); !result.CanContinue() {
		return result
	}
	for _, c := range plan {
		if err := applyChange(ctx, s.Snapshot.Client(), s.mlflowModel.Name, s.versionNumber(), c); err != nil {
			return reconciler.FromMLflowError(err)
		}
		s.WroteMLflow = true
	}
	s.AddEvent(updatedEvent(s, plan))
	return r.verifyChanges(ctx, s)
}

// saveManagedTags saves the managed keys if they changed. The write also proves that the object is
// still the one that was read. If nothing has to be written, the object is read from the API server
// instead. A version that was recorded in this reconcile is saved with its keys.
func (r *Reconciler) saveManagedTags(ctx context.Context, s *scope, managedKeys []string) reconciler.Result {
	if slices.Equal(managedKeys, s.Before.Status.ManagedTags) && s.Before.Status.Version == s.Object.Status.Version {
		return reconciler.RevalidateObject(ctx, r.APIReader, s.Object, "the object was edited during the reconcile")
	}
	s.Object.Status.ManagedTags = managedKeys
	return s.SaveStatus(ctx, r.Client)
}

// verifyChanges reads the version again: MLflow may accept a write and not persist it. If the model
// shows the version, both are read with one request, which also updates the snapshot.
func (r *Reconciler) verifyChanges(ctx context.Context, s *scope) reconciler.Result {
	if s.listedVersion() != nil {
		if result := r.readModel(ctx, s); !result.CanContinue() {
			return result
		}
	}
	if shown := s.listedVersion(); shown != nil {
		s.setVersion(shown)
	} else if result := r.readVersion(ctx, s); !result.CanContinue() {
		return result
	}
	if left := s.planChanges(); len(left) > 0 {
		return reconciler.RetryableError(v1alpha1.ReasonMLflowError, tagsync.NewNotPersistedError(left[0]))
	}
	s.Object.Status.ManagedTags = s.planManagedKeys(nil)
	return reconciler.Continue()
}

// applyChange writes one change.
func applyChange(ctx context.Context, client *mlflow.Client, model, version string, c tagsync.Change) error {
	switch c.Kind {
	case tagsync.SetDescription:
		return client.UpdateModelVersion(ctx, model, version, c.Desired)
	case tagsync.DeleteTag:
		return client.DeleteModelVersionTag(ctx, model, version, c.Key)
	case tagsync.SetTag:
		return client.SetModelVersionTag(ctx, model, version, c.Key, c.Desired)
	}
	return fmt.Errorf("unknown change %v", c.Kind)
}

// desiredMetadata returns what is declared of the version.
func desiredMetadata(object *v1alpha1.ModelVersion) tagsync.Metadata {
	return tagsync.Metadata{Description: ptr.Deref(object.Spec.Description, ""), Tags: desiredTags(object)}
}

// desiredTags returns every declared tag. Metrics are tags in MLflow.
func desiredTags(object *v1alpha1.ModelVersion) map[string]string {
	tags := map[string]string{}
	for key, value := range object.Spec.Tags {
		tags[key] = string(value)
	}
	for key, value := range object.Spec.Metrics {
		tags[key] = string(value)
	}
	return tags
}
