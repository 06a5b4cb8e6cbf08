// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package registeredmodel

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/controller/reconciler"
	"github.com/neuronews/mlflow-registry-operator/internal/kubeutil"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
	"github.com/neuronews/mlflow-registry-operator/internal/ownership"
)

// adoptModel decides whether this object may have the model, and creates a model that does not
// exist. After it, the object may write to the model, or the plan shows what it would write.
func (r *Reconciler) adoptModel(ctx context.Context, s *scope) reconciler.Result {
	if s.mlflowModel != nil {
		return r.claimModel(ctx, s)
	}
	if s.accessDenied && (s.Object.Spec.AdoptionPolicy == v1alpha1.AdoptionPolicyAdoptOnly || s.isReadOnly()) {
		return unreadableModel(s.modelName)
	}
	if s.Object.Spec.AdoptionPolicy == v1alpha1.AdoptionPolicyAdoptOnly {
		return reconciler.Waiting(v1alpha1.ReasonReferenceNotFound, fmt.Sprintf(
			"model %s does not exist in MLflow, and adoptionPolicy is AdoptOnly: create it there, or set adoptionPolicy to CreateOrAdopt",
			s.modelName), 0)
	}
	if s.isReadOnly() {
		return reconciler.Continue()
	}
	return r.createModel(ctx, s)
}

// unreadableModel is the result for a model that may exist: MLflow gives an account that may not
// read a model the same answer as for a model that does not exist. Only a create request, which
// this object does not want, would show which of the two it is.
func unreadableModel(name string) reconciler.Result {
	return reconciler.PermissionDenied(fmt.Sprintf(
		"model %s does not exist in MLflow, or the connection's account may not read it: grant it MANAGE on the model, or create it", name))
}

// claimModel checks whether the object may have an existing model. A model whose owner in this
// cluster has released it is free.
func (r *Reconciler) claimModel(ctx context.Context, s *scope) reconciler.Result {
	released, err := r.hasOwnerReleased(ctx, s)
	if err != nil {
		return reconciler.RetryableError(v1alpha1.ReasonProgressing, err)
	}
	if released {
		s.releasedOwner = ownership.OwnerOf(s.mlflowModel)
	}
	return checkOwnership(s)
}

// hasOwnerReleased reports whether the owner tag of the model names an object of this cluster that
// no longer exists, that declares a different model, or that is the younger of two that declare
// this one: such an owner has to yield, and its tag remained. resolveConflict has made sure that
// this object comes first. Owners in other clusters can't be read.
func (r *Reconciler) hasOwnerReleased(ctx context.Context, s *scope) (bool, error) {
	key, ours := ownership.OwnerOf(s.mlflowModel).ObjectKey(r.InstanceID)
	if !ours {
		return false, nil
	}
	var owner v1alpha1.RegisteredModel
	err := r.Get(ctx, key, &owner)
	switch {
	case apierrors.IsNotFound(err):
		return true, nil
	case err != nil:
		return false, err
	case owner.MLflowName() != s.modelName:
		return true, nil
	}
	return kubeutil.CreatedBefore(s.Object, &owner), nil
}

// checkOwnership decides whether the object may have the model. If a read from MLflow shows that it
// never had it, status.managedTags is cleared: those keys were saved before a create that another
// client won, and the owner tag would have been written first. The snapshot may be too old to show
// a new owner tag, so only a fresh read counts.
func checkOwnership(s *scope) reconciler.Result {
	result := checkAdoption(s)
	if s.modelFresh && result.CanContinue() && ownership.OwnerOf(s.mlflowModel) != s.owner && s.Object.Status.CreationTimestamp == 0 {
		s.Object.Status.ManagedTags = nil
	}
	return result
}

// checkAdoption returns Continue if adoptionPolicy and the owner tag of an existing model allow
// this object to have it, and why not otherwise.
func checkAdoption(s *scope) reconciler.Result {
	owner := ownership.OwnerOf(s.mlflowModel)
	adoption := s.Object.Spec.AdoptionPolicy
	known := s.Object.Status.CreationTimestamp != 0
	switch {
	case owner == s.owner || adoption == v1alpha1.AdoptionPolicyTakeOver:
		return reconciler.Continue()
	case owner != "" && owner != s.releasedOwner:
		return reconciler.Terminal(v1alpha1.ReasonAlreadyManaged, fmt.Sprintf(
			"model %s is managed by %s, as its tag %s says: delete that owner and this tag, or set adoptionPolicy to TakeOver",
			s.modelName, owner, v1alpha1.ManagedByTag))
	case adoption == v1alpha1.AdoptionPolicyCreateOnly && !known:
		return reconciler.Terminal(v1alpha1.ReasonNameConflict, fmt.Sprintf(
			"model %s exists in MLflow already, and adoptionPolicy is CreateOnly: set adoptionPolicy to CreateOrAdopt, or choose another modelName",
			s.modelName))
	default:
		return reconciler.Continue()
	}
}

// createModel creates the model with all declared metadata and the owner tag, so that its owner is
// known from the first moment. The keys of the tags are saved before.
func (r *Reconciler) createModel(ctx context.Context, s *scope) reconciler.Result {
	declared := desiredMetadata(s)
	if result := r.saveManagedTags(ctx, s, withoutOwnerTag(slices.Sorted(maps.Keys(declared.Tags)))); !result.CanContinue() {
		return result
	}
	if result := r.revalidateConnection(ctx, s); !result.CanContinue() {
		return result
	}
	model, err := s.Snapshot.Client().CreateRegisteredModel(ctx, s.modelName, declared.Description, declared.Tags)
	switch {
	case errors.Is(err, mlflow.ErrAlreadyExists) && s.accessDenied:
		return reconciler.Terminal(v1alpha1.ReasonPermissionDenied, fmt.Sprintf(
			"model %s exists and the connection's account may not read it: grant it MANAGE on the model", s.modelName))
	case errors.Is(err, mlflow.ErrAlreadyExists):
		return reconciler.RetryableError(v1alpha1.ReasonProgressing, err)
	case err != nil:
		return reconciler.FromMLflowError(err)
	}
	s.WroteMLflow = true
	s.setModel(model)
	s.AddEvent(createdEvent(s))
	return reconciler.Continue()
}
