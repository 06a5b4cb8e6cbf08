// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package registeredmodel

import (
	"context"
	"errors"

	"k8s.io/utils/ptr"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/controller/reconciler"
	"github.com/neuronews/mlflow-registry-operator/internal/kubeutil"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
	"github.com/neuronews/mlflow-registry-operator/internal/ownership"
)

// needsFinalizer reports whether the deletion of the object changes something in MLflow.
func needsFinalizer(object *v1alpha1.RegisteredModel) bool {
	return object.Spec.DeletionPolicy == v1alpha1.DeletionPolicyDelete
}

// applyDeletionPolicy deletes the model, or decides that it is not deleted. After it, the finalizer
// can be removed. If it has to wait, it returns the condition that it works for.
func (r *Reconciler) applyDeletionPolicy(ctx context.Context, s *scope) (reconciler.Result, string) {
	if s.Object.Spec.DeletionPolicy != v1alpha1.DeletionPolicyDelete {
		return reconciler.Continue(), ""
	}
	if reason := orphanReason(s); reason != "" {
		s.AddEvent(orphanedEvent(s, reason))
		return reconciler.Continue(), ""
	}
	snapshot, result := r.newResolver().ResolveConnection(ctx, s.Object)
	switch {
	case result.IsConnectionMissing():
		// Without a connection the model can't be reached, and waiting would block the deletion of the
		// namespace.
		s.AddEvent(orphanedEvent(s, "its connection does not exist: "+result.Message))
		return reconciler.Continue(), ""
	case !result.CanContinue():
		return reconciler.Waiting(result.Reason, result.Message, reconciler.DeletionRequeueAfter), v1alpha1.ConditionConnectionReady
	}
	s.Snapshot = snapshot
	return r.deleteOwnedModel(ctx, s), v1alpha1.ConditionSynced
}

// orphanReason returns why the model of a deleted object remains in MLflow; empty if it is deleted.
// Every rule that forbids writes to MLflow belongs here.
func orphanReason(s *scope) string {
	switch {
	case kubeutil.ShouldOrphan(s.Object):
		return "the annotation " + v1alpha1.OrphanOnDeleteAnnotation + " says so"
	case ptr.Deref(s.Object.Spec.Suspend, false):
		return "spec.suspend is true"
	default:
		return s.readOnlyReason
	}
}

// deleteOwnedModel deletes the model if a read from MLflow shows that it is owned by this object,
// and the API server shows that the object has not changed.
func (r *Reconciler) deleteOwnedModel(ctx context.Context, s *scope) reconciler.Result {
	model, err := s.Snapshot.Client().GetRegisteredModel(ctx, s.modelName)
	switch {
	case errors.Is(err, mlflow.ErrNotFound):
		s.AddEvent(alreadyDeletedEvent(s))
		return reconciler.Continue()
	case err != nil:
		return reconciler.FromMLflowError(err)
	}
	if reason := notOwnedReason(s, model); reason != "" {
		s.AddEvent(orphanedEvent(s, reason))
		return reconciler.Continue()
	}
	if result := reconciler.RevalidateObject(ctx, r.APIReader, s.Object, "the object was edited during the reconcile"); !result.CanContinue() {
		return result
	}
	if result := r.revalidateConnection(ctx, s); !result.CanContinue() {
		return result
	}
	if err := s.Snapshot.Client().DeleteRegisteredModel(ctx, s.modelName); err != nil && !errors.Is(err, mlflow.ErrNotFound) {
		return reconciler.FromMLflowError(err)
	}
	s.WroteMLflow = true
	s.Snapshot.Remove(s.modelName)
	s.AddEvent(deletedEvent(s, model))
	return reconciler.Continue()
}

// notOwnedReason returns why a model is not the one that this object has managed; empty if it is.
// The owner tag alone does not prove it: a model that was created again externally may have been
// given the tag.
func notOwnedReason(s *scope, model *entities.RegisteredModel) string {
	switch {
	case model.IsPrompt():
		return "it is a prompt"
	case ownership.OwnerOf(model) != s.owner:
		return "it does not carry the tag " + v1alpha1.ManagedByTag + " of this object"
	case int64(model.CreationTimestamp) != s.Object.Status.CreationTimestamp:
		return "it is not the model that this object has managed, but was created again"
	default:
		return ""
	}
}
