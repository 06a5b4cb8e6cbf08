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

// applyDeletionPolicy deletes the model, or finds out that it is not to be deleted. After it,
// nothing keeps the object. Where it waits, it says for which condition.
func (r *Reconciler) applyDeletionPolicy(ctx context.Context, s *scope) (reconciler.Result, string) {
	if s.Object.Spec.DeletionPolicy != v1alpha1.DeletionPolicyDelete {
		return reconciler.Continue(), ""
	}
	if why := skipDeletionReason(s); why != "" {
		s.AddEvent(orphanedEvent(s, why))
		return reconciler.Continue(), ""
	}
	snapshot, result := r.newResolver().ResolveConnection(ctx, s.Object)
	switch {
	case result.Reason == v1alpha1.ReasonReferenceNotFound:
		// Nobody knows how to get there any more: to wait would hold up the namespace.
		s.AddEvent(orphanedEvent(s, "its connection is gone: "+result.Message))
		return reconciler.Continue(), ""
	case !result.CanContinue():
		return reconciler.Waiting(result.Reason, result.Message, reconciler.DeletionRequeueAfter), v1alpha1.ConditionConnectionReady
	}
	s.Snapshot = snapshot
	return r.deleteOwnedModel(ctx, s), v1alpha1.ConditionSynced
}

// skipDeletionReason says why nothing may be deleted for an object; empty where it may be. What
// forbids the operator to write belongs here.
func skipDeletionReason(s *scope) string {
	switch {
	case kubeutil.ShouldOrphan(s.Object):
		return "the annotation " + v1alpha1.OrphanOnDeleteAnnotation + " says so"
	case ptr.Deref(s.Object.Spec.Suspend, false):
		return "spec.suspend is true"
	default:
		return s.readOnlyReason
	}
}

// deleteOwnedModel deletes the model if MLflow shows, now, that it is this object's, and the API
// server that this is still what is wanted.
func (r *Reconciler) deleteOwnedModel(ctx context.Context, s *scope) reconciler.Result {
	live, err := s.Snapshot.Client().GetRegisteredModel(ctx, s.modelName)
	switch {
	case errors.Is(err, mlflow.ErrNotFound):
		s.AddEvent(alreadyDeletedEvent(s))
		return reconciler.Continue()
	case err != nil:
		return reconciler.FromMLflowError(err)
	}
	if why := notOwnedReason(s, live); why != "" {
		s.AddEvent(orphanedEvent(s, why))
		return reconciler.Continue()
	}
	if result := reconciler.RevalidateObject(ctx, r.APIReader, s.Object, "the object was edited meanwhile"); !result.CanContinue() {
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
	s.AddEvent(deletedEvent(s, live))
	return reconciler.Continue()
}

// notOwnedReason says why a model is not the one that this object has looked after; empty when
// it is. The mark alone does not tell: one that was created anew by another hand may have
// been given it.
func notOwnedReason(s *scope, live *entities.RegisteredModel) string {
	switch {
	case live.IsPrompt():
		return "it is a prompt"
	case ownership.OwnerOf(live) != s.owner:
		return "it does not carry the tag " + v1alpha1.ManagedByTag + " of this object"
	case int64(live.CreationTimestamp) != s.Object.Status.CreationTimestamp:
		return "it is not the model that this object has looked after, but was created anew"
	default:
		return ""
	}
}
