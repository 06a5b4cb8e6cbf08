// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package modelversion reconciles ModelVersions: it registers each version in MLflow
// exactly once, keeps its description and tags as declared, and does with it what is asked
// for when the object is deleted.
package modelversion

import (
	"context"

	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/client-go/tools/events"
	"k8s.io/utils/clock"
	"k8s.io/utils/ptr"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/consistentclient"
	"github.com/neuronews/mlflow-registry-operator/internal/controller/reconciler"
	"github.com/neuronews/mlflow-registry-operator/internal/featureflags"
	"github.com/neuronews/mlflow-registry-operator/internal/kubeutil"
	"github.com/neuronews/mlflow-registry-operator/internal/limiter"
	"github.com/neuronews/mlflow-registry-operator/internal/registrycache"
	"github.com/neuronews/mlflow-registry-operator/internal/workqueue"
)

// objectKind names the objects of this controller.
const objectKind = "ModelVersion"

// Reconciler reconciles ModelVersions.
type Reconciler struct {
	client.Client
	// APIReader reads from the API server itself: nothing is written to MLflow for an object that
	// is no longer what the cache showed.
	APIReader client.Reader
	Registry  *registrycache.Provider
	Recorder  events.EventRecorder
	// InstanceID tells this cluster from others that share a registry.
	InstanceID string
	// Flags are what the operator's environment turns off.
	Flags featureflags.Flags
	// Clock dates registrations.
	Clock clock.PassiveClock

	verified    verifiedCache
	interactive workqueue.InteractiveTracker
}

func (r *Reconciler) phases() []reconciler.Phase[*scope] {
	return []reconciler.Phase[*scope]{
		{Condition: v1alpha1.ConditionRegistered, Run: r.resolveModel},
		{Condition: v1alpha1.ConditionRegistered, Run: r.resolveConnection},
		{Condition: v1alpha1.ConditionRegistered, Run: r.authorizeSource},
		{Condition: v1alpha1.ConditionRegistered, Run: r.waitForModel},
		{Condition: v1alpha1.ConditionRegistered, Run: r.observeModel},
		{Condition: v1alpha1.ConditionRegistered, Run: r.checkRecreated},
		{Condition: v1alpha1.ConditionRegistered, Run: r.adoptVersion},
		{Condition: v1alpha1.ConditionRegistered, Run: r.registerVersion},
		{Condition: v1alpha1.ConditionRegistered, Run: r.verifyExists},
		{Condition: v1alpha1.ConditionSynced, Run: r.syncMetadata},
	}
}

// +kubebuilder:rbac:groups=registry.mlflow-operator.io,resources=modelversions,verbs=get;list;watch;patch
// +kubebuilder:rbac:groups=registry.mlflow-operator.io,resources=modelversions/status,verbs=get;patch
// +kubebuilder:rbac:groups=registry.mlflow-operator.io,resources=registeredmodels,verbs=get;list;watch
// +kubebuilder:rbac:groups=registry.mlflow-operator.io,resources=modelpromotions,verbs=get;list;watch
// +kubebuilder:rbac:groups=events.k8s.io,resources=events,verbs=create;patch

// Reconcile registers one version, or says why it is not registered.
func (r *Reconciler) Reconcile(ctx context.Context, req ctrl.Request) (ctrl.Result, error) {
	var object v1alpha1.ModelVersion
	if err := r.Get(ctx, req.NamespacedName, &object, consistentclient.RequireFresh); err != nil {
		if apierrors.IsNotFound(err) {
			r.forgetObject(req.NamespacedName)
		}
		return kubeutil.IgnoreConflict(err)
	}
	if !object.DeletionTimestamp.IsZero() {
		return r.reconcileDelete(ctx, r.newScope(&object))
	}
	if ptr.Deref(object.Spec.Suspend, false) {
		r.interactive.Forget(req.NamespacedName)
		s := r.newScope(&object)
		return kubeutil.IgnoreConflict(r.finishReconcile(ctx, s, suspendedStatus(s)))
	}
	if err := kubeutil.EnsureFinalizer(ctx, r.Client, &object, !object.IsRetained()); err != nil {
		return kubeutil.IgnoreConflict(err)
	}
	if r.interactive.BeginReconcile(&object, object.Status.ObservedGeneration, object.Status.LastHandledReconcileAt) {
		ctx = limiter.WithHighPriority(ctx)
	}
	return r.reconcileNormal(ctx, r.newScope(&object))
}

func (r *Reconciler) reconcileNormal(ctx context.Context, s *scope) (ctrl.Result, error) {
	result, at := reconciler.RunPhases(ctx, s, r.phases())
	if result.Reason == v1alpha1.ReasonVersionNotFound {
		// Whichever phase has found it out.
		at = v1alpha1.ConditionRegistered
	}
	if s.skipStatus {
		return ctrl.Result{}, nil
	}
	defer s.notifyObservers(result)
	if err := r.finishReconcile(ctx, s, buildStatus(s, result, at)); err != nil {
		return kubeutil.IgnoreConflict(err)
	}
	r.interactive.EndReconcile(client.ObjectKeyFromObject(s.object), result.IsSettled())
	if result.CanContinue() {
		r.verified.markVerified(s)
	}
	if err := result.ConnectionErr(); err != nil && s.snapshot != nil {
		s.snapshot.ReportError(err)
	}
	return result.ReconcileResult()
}

// finishReconcile makes the status what it is to be from now on, and tells what happened.
func (r *Reconciler) finishReconcile(ctx context.Context, s *scope, status v1alpha1.ModelVersionStatus) error {
	s.object.Status = status
	return r.newStatusWriter().Apply(ctx, reconciler.StatusUpdate{
		Object:      s.object,
		Changed:     !equality.Semantic.DeepEqual(s.oldStatus, status),
		WroteMLflow: s.wroteMLflow,
		Events:      s.events,
	})
}

// saveStatus writes the status before the end of the pass.
func (r *Reconciler) saveStatus(ctx context.Context, s *scope) reconciler.Result {
	result := r.newStatusWriter().ApplyIfCurrent(ctx, s.object)
	if result.CanContinue() {
		s.oldStatus = *s.object.Status.DeepCopy()
	}
	return result
}

func (r *Reconciler) newStatusWriter() reconciler.StatusWriter {
	return reconciler.StatusWriter{Client: r.Client, Recorder: r.Recorder}
}

// forgetObject drops what is known of an object that is gone.
func (r *Reconciler) forgetObject(key client.ObjectKey) {
	r.verified.deleteEntry(key)
	r.interactive.Forget(key)
}
