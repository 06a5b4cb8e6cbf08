// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package registeredmodel

import (
	"context"
	"errors"

	"k8s.io/utils/ptr"
	ctrl "sigs.k8s.io/controller-runtime"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/controller/telling"
	"github.com/neuronews/mlflow-registry-operator/internal/kube"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
	"github.com/neuronews/mlflow-registry-operator/internal/outcome"
	"github.com/neuronews/mlflow-registry-operator/internal/ownership"
)

// release does with the model of an object that is being deleted what its deletionPolicy
// says, and lets the object go. What it waits for it says in its conditions.
func (r *Reconciler) release(ctx context.Context, s *scope) (ctrl.Result, error) {
	if !kube.IsHeld(s.object) {
		return ctrl.Result{}, nil
	}
	ended, at := r.deleteModel(ctx, s)
	if ended.IsDone() {
		return r.letGo(ctx, s)
	}
	defer s.wake(ended)
	ended = telling.DeletionWaits(ended, "the model")
	if err := r.finish(ctx, s, summarize(s, ended, at)); err != nil {
		return kube.Unwritten(err)
	}
	if err := ended.Blamed(); err != nil && s.view != nil {
		s.view.Blame(err)
	}
	return ended.Result()
}

// letGo removes the finalizer, and tells what was done. A pass on an old copy of an object
// that is gone by now has nothing to tell, unless it was this pass that deleted the model.
func (r *Reconciler) letGo(ctx context.Context, s *scope) (ctrl.Result, error) {
	err := kube.EnsureFinalizer(ctx, r.Client, s.object, false)
	if err == nil || s.acted {
		kube.Emit(r.Recorder, s.object, s.events)
	}
	return kube.Unwritten(err)
}

// deleteModel deletes the model, or finds out that it is not to be deleted. After it,
// nothing keeps the object. Where it waits, it says for which condition.
func (r *Reconciler) deleteModel(ctx context.Context, s *scope) (outcome.Outcome, string) {
	if s.object.Spec.DeletionPolicy != v1alpha1.DeletionDelete {
		return outcome.Done(), ""
	}
	if why := whyLeft(s); why != "" {
		s.happened(left(s, why))
		return outcome.Done(), ""
	}
	view, ended := r.connector().View(ctx, s.object)
	switch {
	case ended.Reason == v1alpha1.ReasonConnectionNotFound:
		// Nobody knows how to get there any more: to wait would hold up the namespace.
		s.happened(left(s, "its connection is gone: "+ended.Message))
		return outcome.Done(), ""
	case !ended.IsDone():
		return outcome.Wait(ended.Reason, ended.Message, telling.Patience), v1alpha1.ConditionConnectionReady
	}
	s.view = view
	return r.deleteOurs(ctx, s), v1alpha1.ConditionSynced
}

// whyLeft says why nothing may be deleted for an object; empty where it may be. What
// forbids the operator to write belongs here.
func whyLeft(s *scope) string {
	switch {
	case kube.IsAbandoned(s.object):
		return "the annotation " + v1alpha1.AbandonAnnotation + " says so"
	case ptr.Deref(s.object.Spec.Suspend, false):
		return "spec.suspend is true"
	default:
		return s.unwritten
	}
}

// deleteOurs deletes the model if MLflow shows, now, that it is this object's, and the API
// server that this is still what is wanted.
func (r *Reconciler) deleteOurs(ctx context.Context, s *scope) outcome.Outcome {
	live, err := s.view.Client().GetRegisteredModel(ctx, s.name)
	switch {
	case errors.Is(err, mlflow.ErrNotFound):
		s.happened(gone(s))
		return outcome.Done()
	case err != nil:
		return outcome.Request(err)
	}
	if why := whyNotOurs(s, live); why != "" {
		s.happened(left(s, why))
		return outcome.Done()
	}
	if ended := telling.Confirm(ctx, r.Reader, s.object, "the object was edited meanwhile"); !ended.IsDone() {
		return ended
	}
	if ended := r.confirmView(ctx, s); !ended.IsDone() {
		return ended
	}
	if err := s.view.Client().DeleteRegisteredModel(ctx, s.name); err != nil && !errors.Is(err, mlflow.ErrNotFound) {
		return outcome.Request(err)
	}
	s.acted = true
	s.view.Forget(s.name)
	s.happened(deleted(s, live))
	return outcome.Done()
}

// whyNotOurs says why a model is not the one that this object has looked after; empty when
// it is. The mark alone does not tell: one that was created anew by another hand may have
// been given it.
func whyNotOurs(s *scope, live *entities.RegisteredModel) string {
	switch {
	case live.IsPrompt():
		return "it is a prompt"
	case ownership.Of(live) != s.mark:
		return "it does not carry the tag " + v1alpha1.ManagedByTag + " of this object"
	case int64(live.CreationTimestamp) != s.object.Status.CreationTimestamp:
		return "it is not the model that this object has looked after, but was created anew"
	default:
		return ""
	}
}
