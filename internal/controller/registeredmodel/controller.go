// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package registeredmodel makes models in MLflow what their RegisteredModels declare.
package registeredmodel

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

	"github.com/neuronews/mlflow-registry-operator/internal/ownership"
)

// objectKind names the objects of this controller.
const objectKind = "RegisteredModel"

// Reconciler reconciles RegisteredModels.
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
	// Clock dates what is archived.
	Clock clock.PassiveClock

	interactive workqueue.InteractiveTracker
}

// readyOnly is for a phase whose trouble is no reason to stop promotions: the other
// conditions stay what they are.
const readyOnly = ""

func (r *Reconciler) phases() []reconciler.Phase[*scope] {
	return []reconciler.Phase[*scope]{
		{Condition: v1alpha1.ConditionConnectionReady, Run: r.resolveConnection},
		{Condition: v1alpha1.ConditionSynced, Run: r.resolveConflict},
		{Condition: v1alpha1.ConditionSynced, Run: r.resolveClass},
		{Condition: v1alpha1.ConditionSynced, Run: r.observeModel},
		{Condition: v1alpha1.ConditionSynced, Run: r.adoptModel},
		{Condition: v1alpha1.ConditionSynced, Run: r.syncMetadata},
		{Condition: v1alpha1.ConditionSynced, Run: r.publishStages},
		{Condition: readyOnly, Run: r.applyRetention},
	}
}

// +kubebuilder:rbac:groups=registry.mlflow-operator.io,resources=registeredmodels,verbs=get;list;watch;patch
// +kubebuilder:rbac:groups=registry.mlflow-operator.io,resources=registeredmodels/status,verbs=get;patch
// +kubebuilder:rbac:groups=registry.mlflow-operator.io,resources=modelpromotions,verbs=get;list;watch
// +kubebuilder:rbac:groups=registry.mlflow-operator.io,resources=modelclasses,verbs=get;list;watch
// +kubebuilder:rbac:groups=registry.mlflow-operator.io,resources=modelversions,verbs=get;list;watch
// +kubebuilder:rbac:groups=events.k8s.io,resources=events,verbs=create;patch

// Reconcile makes one model what it is declared to be. Only a deletionPolicy that asks for
// something keeps an object that is being deleted.
func (r *Reconciler) Reconcile(ctx context.Context, req ctrl.Request) (ctrl.Result, error) {
	var object v1alpha1.RegisteredModel
	if err := r.Get(ctx, req.NamespacedName, &object, consistentclient.RequireFresh); err != nil {
		if apierrors.IsNotFound(err) {
			r.interactive.Forget(req.NamespacedName)
		}
		return kubeutil.IgnoreConflict(err)
	}
	if !object.DeletionTimestamp.IsZero() {
		return r.reconcileDelete(ctx, r.newScope(&object))
	}
	if err := kubeutil.EnsureFinalizer(ctx, r.Client, &object, object.Spec.DeletionPolicy == v1alpha1.DeletionPolicyDelete); err != nil {
		return kubeutil.IgnoreConflict(err)
	}
	s := r.newScope(&object)
	if ptr.Deref(object.Spec.Suspend, false) {
		r.interactive.Forget(req.NamespacedName)
		return kubeutil.IgnoreConflict(r.finishReconcile(ctx, s, suspendedStatus(&object)))
	}
	if r.isInGracePeriod(ctx, &object) {
		return ctrl.Result{}, nil
	}
	if r.interactive.BeginReconcile(&object, object.Status.ObservedGeneration, object.Status.LastHandledReconcileAt) {
		ctx = limiter.WithHighPriority(ctx)
	}
	return r.reconcileNormal(ctx, s)
}

func (r *Reconciler) reconcileNormal(ctx context.Context, s *scope) (ctrl.Result, error) {
	result, at := reconciler.RunPhases(ctx, s, r.phases())
	if result.CanContinue() {
		result = result.WithRequeueAfter(s.requeueAfter)
	}
	defer s.notifyObservers(result)
	if err := r.finishReconcile(ctx, s, buildStatus(s, result, at)); err != nil {
		return kubeutil.IgnoreConflict(err)
	}
	r.interactive.EndReconcile(client.ObjectKeyFromObject(s.object), result.IsSettled())
	if err := result.ConnectionErr(); err != nil && s.snapshot != nil {
		s.snapshot.ReportError(err)
	}
	return result.ReconcileResult()
}

func (r *Reconciler) newScope(object *v1alpha1.RegisteredModel) *scope {
	return &scope{
		object:             object,
		oldStatus:          *object.Status.DeepCopy(),
		modelName:          object.MLflowName(),
		owner:              ownership.NewOwner(r.InstanceID, object),
		readOnlyReason:     readOnlyReason(object, r.Flags),
		reconcileRequested: kubeutil.ReconcileRequestedAt(object) != object.Status.LastHandledReconcileAt,
	}
}

// finishReconcile makes the status what it is to be from now on, and tells what happened.
func (r *Reconciler) finishReconcile(ctx context.Context, s *scope, status v1alpha1.RegisteredModelStatus) error {
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
