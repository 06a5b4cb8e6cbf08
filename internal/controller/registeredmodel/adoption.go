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

// adoptModel decides whether this object may have the model, and creates one that does not
// exist. After it, the model is ours to write to, or there is a plan to make it so.
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

// unreadableModel is a model that may exist: MLflow tells who may not read a model the same as
// of one that is not there, and only a create, which is not wanted, would tell.
func unreadableModel(name string) reconciler.Result {
	return reconciler.PermissionDenied(fmt.Sprintf(
		"model %s does not exist in MLflow, or the connection's account may not read it: grant it MANAGE on the model, or create it", name))
}

// claimModel takes a model whose owner in this cluster lets go of it.
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

// hasOwnerReleased tells whether the model's mark names an object of this cluster that is gone,
// that declares another model by now, or that is the younger of two that declare this
// one: such an owner has to give way, and left its mark behind. That this object comes first
// is known by now. Other clusters can't be asked.
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

// checkOwnership lets the object have the model, or tells why it may not. What it wrote down to
// write to a model that it never got, because another hand was faster, is not there: the
// mark would have been the first of it. The view may not show a mark yet that was written;
// what it lacks is read afresh before anything is done about it.
func checkOwnership(s *scope) reconciler.Result {
	result := checkAdoption(s)
	if s.modelFresh && result.CanContinue() && ownership.OwnerOf(s.mlflowModel) != s.owner && s.Object.Status.CreationTimestamp == 0 {
		s.Object.Status.ManagedTags = nil
	}
	return result
}

// checkAdoption tells why an existing model is not this object's; Done when it may be.
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

// createModel makes the model with all that is declared of it, the mark included: from its
// first moment on it is known whose it is. The keys are remembered before.
func (r *Reconciler) createModel(ctx context.Context, s *scope) reconciler.Result {
	declared := desiredMetadata(s)
	if result := r.saveManagedTags(ctx, s, withoutOwnerTag(slices.Sorted(maps.Keys(declared.Tags)))); !result.CanContinue() {
		return result
	}
	if result := r.revalidateConnection(ctx, s); !result.CanContinue() {
		return result
	}
	live, err := s.Snapshot.Client().CreateRegisteredModel(ctx, s.modelName, declared.Description, declared.Tags)
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
	s.setModel(live)
	s.AddEvent(createdEvent(s))
	return reconciler.Continue()
}
