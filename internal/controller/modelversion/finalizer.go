// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package modelversion

import (
	"cmp"
	"context"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/ptr"
	ctrl "sigs.k8s.io/controller-runtime"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/controller/reconciler"
	"github.com/neuronews/mlflow-registry-operator/internal/kubeutil"
)

// reconcileDelete does with the version of an object that is being deleted what its deletionPolicy
// says, and lets the object go. What it waits for it says in a condition.
func (r *Reconciler) reconcileDelete(ctx context.Context, s *scope) (ctrl.Result, error) {
	if !kubeutil.HasFinalizer(s.object) {
		return ctrl.Result{}, nil
	}
	result := r.applyDeletionPolicy(ctx, s)
	if result.CanContinue() {
		return r.removeFinalizer(ctx, s)
	}
	defer s.notifyObservers(result)
	if err := r.finishReconcile(ctx, s, deletionStatus(s, reconciler.WaitingForDeletion(result, "the version"))); err != nil {
		return kubeutil.IgnoreConflict(err)
	}
	if err := result.ConnectionErr(); err != nil && s.snapshot != nil {
		s.snapshot.ReportError(err)
	}
	return result.ReconcileResult()
}

// removeFinalizer removes the finalizer, and tells what was done.
func (r *Reconciler) removeFinalizer(ctx context.Context, s *scope) (ctrl.Result, error) {
	if s.snapshotChanged {
		defer s.snapshot.Notify(s.mlflowModel.Name, "")
	}
	if err := kubeutil.EnsureFinalizer(ctx, r.Client, s.object, false); err != nil {
		return kubeutil.IgnoreConflict(err)
	}
	kubeutil.EmitEvents(r.Recorder, s.object, s.events)
	return ctrl.Result{}, nil
}

// applyDeletionPolicy does what deletionPolicy says. After it, nothing keeps the object.
func (r *Reconciler) applyDeletionPolicy(ctx context.Context, s *scope) reconciler.Result {
	switch {
	case s.object.IsRetained():
		return reconciler.Continue()
	case s.versionNumber() == "" && s.object.Status.PendingRegistration == nil:
		return reconciler.Continue()
	case kubeutil.ShouldOrphan(s.object):
		s.addEvent(orphanedEvent(s, "the annotation "+v1alpha1.OrphanOnDeleteAnnotation+" says so"))
		return reconciler.Continue()
	case ptr.Deref(s.object.Spec.Suspend, false):
		return reconciler.Waiting(v1alpha1.ReasonSuspended, "spec.suspend is true: set it to false to go on", 0)
	}
	for _, step := range []func(context.Context, *scope) (bool, reconciler.Result){
		r.readModelObject, r.resolveDeletionConnection, r.readMLflowModel, r.revalidateDeletion, r.readMLflowVersion, r.disposeVersion,
	} {
		if on, result := step(ctx, s); !on || !result.CanContinue() {
			return result
		}
	}
	return reconciler.Continue()
}

// readModelObject reads the RegisteredModel, which may be gone already: whoever deletes a folder
// deletes all of it at once. It tells whether there is more to do.
func (r *Reconciler) readModelObject(ctx context.Context, s *scope) (bool, reconciler.Result) {
	if why := readOnlyReason(nil, s.flags); why != "" {
		s.addEvent(orphanedEvent(s, why))
		return false, reconciler.Continue()
	}
	var model v1alpha1.RegisteredModel
	key := types.NamespacedName{Namespace: s.object.Namespace, Name: string(s.object.Spec.ModelRef.Name)}
	err := r.Get(ctx, key, &model)
	switch {
	case apierrors.IsNotFound(err):
		return true, reconciler.Continue()
	case err != nil:
		return false, reconciler.RetryableError(v1alpha1.ReasonProgressing, err)
	case readOnlyReason(&model, s.flags) != "":
		s.addEvent(orphanedEvent(s, readOnlyReason(&model, s.flags)))
		return false, reconciler.Continue()
	case ptr.Deref(model.Spec.Suspend, false):
		return false, reconciler.Waiting(v1alpha1.ReasonModelNotReady, fmt.Sprintf("RegisteredModel %s is suspended", model.Name), reconciler.DeletionRequeueAfter)
	}
	s.model = &model
	return true, reconciler.Continue()
}

// resolveDeletionConnection takes the view of the registry that the version was registered in, as far as the
// connection still allows it. Where the connection is gone, too, nobody knows how to get
// there, and the object goes: else it would hold up its namespace.
func (r *Reconciler) resolveDeletionConnection(ctx context.Context, s *scope) (bool, reconciler.Result) {
	there := modelAtRegistration(s)
	gone, err := r.newResolver().IsConnectionDeleted(ctx, there)
	if err != nil {
		return false, reconciler.RetryableError(v1alpha1.ReasonProgressing, err)
	}
	if gone {
		ref := there.Spec.ConnectionRef
		s.addEvent(orphanedEvent(s, fmt.Sprintf("there is no %s %s any more", cmp.Or(ref.Kind, v1alpha1.ConnectionKindNamespaced), ref.Name)))
		return false, reconciler.Continue()
	}
	view, result := r.newResolver().ResolveConnection(ctx, there)
	if !result.CanContinue() {
		return false, reconciler.Waiting(result.Reason, result.Message, reconciler.DeletionRequeueAfter)
	}
	s.snapshot = view
	return true, reconciler.Continue()
}

// revalidateDeletion asks the API server itself. After it, the object is still what the pass has read, and
// so is the way to its version, and it is known what the promotions of the model are doing.
func (r *Reconciler) revalidateDeletion(ctx context.Context, s *scope) (bool, reconciler.Result) {
	if result := reconciler.RevalidateObject(ctx, r.APIReader, s.object, "the object was edited meanwhile"); !result.CanContinue() {
		return false, result
	}
	if result := r.revalidateConnection(ctx, s); !result.CanContinue() {
		return false, result
	}
	key := types.NamespacedName{Namespace: s.object.Namespace, Name: string(s.object.Spec.ModelRef.Name)}
	promotions, err := kubeutil.ListPromotionsUncached(ctx, r.APIReader, key)
	if err != nil {
		return false, reconciler.RetryableError(v1alpha1.ReasonProgressing, err)
	}
	s.promotions = promotions
	return true, reconciler.Continue()
}

// revalidateConnection comes before what is done for a deletion. After it, the connection still leads
// to where the pass has looked, and still allows the model there.
func (r *Reconciler) revalidateConnection(ctx context.Context, s *scope) reconciler.Result {
	result := r.newResolver().Revalidate(ctx, r.APIReader, modelAtRegistration(s), s.snapshot, "the connection changed meanwhile")
	if result.CanContinue() || result.Reason == v1alpha1.ReasonProgressing {
		return result
	}
	return reconciler.Waiting(result.Reason, result.Message, reconciler.DeletionRequeueAfter)
}

// modelAtRegistration is the model as it was when the version was registered: on that connection,
// under that name. Its RegisteredModel may be gone, or be another one by now.
func modelAtRegistration(s *scope) *v1alpha1.RegisteredModel {
	model := &v1alpha1.RegisteredModel{
		ObjectMeta: metav1.ObjectMeta{Namespace: s.object.Namespace, Name: string(s.object.Spec.ModelRef.Name)},
	}
	if s.model != nil {
		model = s.model.DeepCopy()
	}
	model.Spec.ConnectionRef = s.object.Status.Connection
	model.Spec.ModelName = s.object.Status.ModelName
	return model
}
