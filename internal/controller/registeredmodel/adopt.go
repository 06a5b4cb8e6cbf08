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
	"github.com/neuronews/mlflow-registry-operator/internal/kube"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
	"github.com/neuronews/mlflow-registry-operator/internal/outcome"
	"github.com/neuronews/mlflow-registry-operator/internal/ownership"
)

// adopt decides whether this object may have the model, and creates one that does not
// exist. After it, the model is ours to write to, or there is a plan to make it so.
func (r *Reconciler) adopt(ctx context.Context, s *scope) outcome.Outcome {
	if s.live != nil {
		return r.claim(ctx, s)
	}
	if s.foreign && (s.object.Spec.Adoption == v1alpha1.AdoptionAdoptOnly || s.observes()) {
		return unreadable(s.name)
	}
	if s.object.Spec.Adoption == v1alpha1.AdoptionAdoptOnly {
		return outcome.Wait(v1alpha1.ReasonNotFound, fmt.Sprintf(
			"model %s does not exist in MLflow, and adoption is AdoptOnly: create it there, or set adoption to CreateOrAdopt", s.name), 0)
	}
	if s.observes() {
		return outcome.Done()
	}
	return r.create(ctx, s)
}

// unreadable is a model that may exist: MLflow tells who may not read a model the same as
// of one that is not there, and only a create, which is not wanted, would tell.
func unreadable(name string) outcome.Outcome {
	return outcome.Denied(fmt.Sprintf(
		"model %s does not exist in MLflow, or the connection's account may not read it: grant it MANAGE on the model, or create it", name))
}

// claim takes a model whose owner in this cluster lets go of it.
func (r *Reconciler) claim(ctx context.Context, s *scope) outcome.Outcome {
	released, err := r.isReleased(ctx, s)
	if err != nil {
		return outcome.Retry(v1alpha1.ReasonProgressing, err)
	}
	if released {
		s.released = ownership.Of(s.live)
	}
	return admit(s)
}

// isReleased tells whether the model's mark names an object of this cluster that is gone,
// that declares another model by now, or that is the younger of two that declare this
// one: such an owner has to give way, and left its mark behind. That this object comes first
// is known by now. Other clusters can't be asked.
func (r *Reconciler) isReleased(ctx context.Context, s *scope) (bool, error) {
	key, ours := ownership.Of(s.live).Object(r.Instance)
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
	case owner.MLflowName() != s.name:
		return true, nil
	}
	return kube.Older(s.object, &owner), nil
}

// admit lets the object have the model, or tells why it may not. What it wrote down to
// write to a model that it never got, because another hand was faster, is not there: the
// mark would have been the first of it. The view may not show a mark yet that was written;
// what it lacks is read afresh before anything is done about it.
func admit(s *scope) outcome.Outcome {
	ended := refuse(s)
	if s.fresh && ended.IsDone() && ownership.Of(s.live) != s.mark && s.object.Status.CreationTimestamp == 0 {
		s.object.Status.ManagedTags = nil
	}
	return ended
}

// refuse tells why an existing model is not this object's; Done when it may be.
func refuse(s *scope) outcome.Outcome {
	owner := ownership.Of(s.live)
	adoption := s.object.Spec.Adoption
	known := s.object.Status.CreationTimestamp != 0
	switch {
	case owner == s.mark || adoption == v1alpha1.AdoptionTakeOver:
		return outcome.Done()
	case owner != "" && owner != s.released:
		return outcome.Stall(v1alpha1.ReasonOwnedByAnother, fmt.Sprintf(
			"model %s is managed by %s, as its tag %s says: delete that owner and this tag, or set adoption to TakeOver",
			s.name, owner, v1alpha1.ManagedByTag))
	case adoption == v1alpha1.AdoptionCreateOnly && !known:
		return outcome.Stall(v1alpha1.ReasonAlreadyExists, fmt.Sprintf(
			"model %s exists in MLflow already, and adoption is CreateOnly: set adoption to CreateOrAdopt, or choose another modelName", s.name))
	default:
		return outcome.Done()
	}
}

// create makes the model with all that is declared of it, the mark included: from its
// first moment on it is known whose it is. The keys are remembered before.
func (r *Reconciler) create(ctx context.Context, s *scope) outcome.Outcome {
	declared := desired(s)
	if ended := r.keepLedger(ctx, s, withoutMark(slices.Sorted(maps.Keys(declared.Tags)))); !ended.IsDone() {
		return ended
	}
	if ended := r.confirmView(ctx, s); !ended.IsDone() {
		return ended
	}
	live, err := s.view.Client().CreateRegisteredModel(ctx, s.name, declared.Description, declared.Tags)
	switch {
	case errors.Is(err, mlflow.ErrAlreadyExists) && s.foreign:
		return outcome.Stall(v1alpha1.ReasonPermissionDenied, fmt.Sprintf(
			"model %s exists and the connection's account may not read it: grant it MANAGE on the model", s.name))
	case errors.Is(err, mlflow.ErrAlreadyExists):
		return outcome.Retry(v1alpha1.ReasonProgressing, err)
	case err != nil:
		return outcome.Request(err)
	}
	s.acted = true
	s.see(live)
	s.happened(created(s))
	return outcome.Done()
}
