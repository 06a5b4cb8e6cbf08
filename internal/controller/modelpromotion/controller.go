// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package modelpromotion makes stages of models be held by the versions that their
// ModelPromotions want, where every gate passes.
package modelpromotion

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

	"github.com/neuronews/mlflow-registry-operator/internal/gate"
)

// objectKind names the objects of this controller.
const objectKind = "ModelPromotion"

// Reconciler reconciles ModelPromotions.
type Reconciler struct {
	client.Client
	// APIReader reads from the API server itself. A promotion is carried out only if its
	// objects are still what the cache showed.
	APIReader client.Reader
	Registry  *registrycache.Provider
	Recorder  events.EventRecorder
	// ApprovalVerifier proves that approvers are who they say; nil proves nothing.
	ApprovalVerifier ApprovalVerifier
	// InstanceID tells this cluster from others that share a registry.
	InstanceID string
	// Clock dates the history, tells how long a version has held a stage, and spaces the
	// second looks at blocked promotions.
	Clock clock.PassiveClock
	// Flags are what the operator's environment turns off.
	Flags featureflags.Flags
	// Metrics counts; nil counts nothing.
	Metrics MetricsRecorder

	deletionChecks deletionChecks
	interactive    workqueue.InteractiveTracker
}

func (r *Reconciler) phases() []reconciler.Phase[*scope] {
	return []reconciler.Phase[*scope]{
		{Condition: v1alpha1.ConditionCandidateResolved, Run: r.resolveModel},
		{Condition: v1alpha1.ConditionCandidateResolved, Run: r.resolveConnection},
		{Condition: v1alpha1.ConditionCandidateResolved, Run: r.resolveStage},
		{Condition: v1alpha1.ConditionCandidateResolved, Run: r.resolveConflict},
		{Condition: v1alpha1.ConditionCandidateResolved, Run: r.observeModel},
		{Condition: v1alpha1.ConditionCandidateResolved, Run: r.resumeTransition},
		{Condition: v1alpha1.ConditionCandidateResolved, Run: r.resolveCandidate},
		{Condition: v1alpha1.ConditionPromoted, Run: r.decideStep},
		{Condition: v1alpha1.ConditionPromoted, Run: r.verifyCurrentVersion},
		{Condition: v1alpha1.ConditionPromoted, Run: r.reportDrift},
		{Condition: v1alpha1.ConditionCandidateResolved, Run: r.pinCandidate},
		{Condition: v1alpha1.ConditionGatesPassed, Run: r.evaluateGates},
		{Condition: v1alpha1.ConditionPromoted, Run: r.promoteCandidate},
		{Condition: v1alpha1.ConditionPromoted, Run: r.revertDrift},
		{Condition: v1alpha1.ConditionGatesPassed, Run: r.requeueOnGateError},
	}
}

// +kubebuilder:rbac:groups=registry.mlflow-operator.io,resources=modelpromotions,verbs=get;list;watch
// +kubebuilder:rbac:groups=registry.mlflow-operator.io,resources=modelpromotions/status,verbs=get;patch
// +kubebuilder:rbac:groups=registry.mlflow-operator.io,resources=registeredmodels,verbs=get;list;watch
// +kubebuilder:rbac:groups=registry.mlflow-operator.io,resources=modelclasses,verbs=get;list;watch
// +kubebuilder:rbac:groups=registry.mlflow-operator.io,resources=modelversions,verbs=get;list;watch
// +kubebuilder:rbac:groups=events.k8s.io,resources=events,verbs=create;patch

// Reconcile makes one stage be held by the version that is wanted, or says why not.
// Deleting the object leaves the alias as it is, so that there is nothing to do then.
func (r *Reconciler) Reconcile(ctx context.Context, req ctrl.Request) (ctrl.Result, error) {
	var object v1alpha1.ModelPromotion
	if err := r.Get(ctx, req.NamespacedName, &object, consistentclient.RequireFresh); err != nil {
		if apierrors.IsNotFound(err) {
			r.deletionChecks.deleteKey(req.NamespacedName)
			r.interactive.Forget(req.NamespacedName)
		}
		return kubeutil.IgnoreConflict(err)
	}
	if !object.DeletionTimestamp.IsZero() {
		return ctrl.Result{}, nil
	}
	s := r.newScope(&object)
	if ptr.Deref(object.Spec.Suspend, false) {
		r.interactive.Forget(req.NamespacedName)
		return kubeutil.IgnoreConflict(r.finishReconcile(ctx, s, r.suspendedStatus(s)))
	}
	if r.interactive.BeginReconcile(&object, object.Status.ObservedGeneration, object.Status.LastHandledReconcileAt) {
		ctx = limiter.WithHighPriority(ctx)
	}
	return r.reconcileNormal(ctx, s)
}

func (r *Reconciler) reconcileNormal(ctx context.Context, s *scope) (ctrl.Result, error) {
	result, at := reconciler.RunPhases(ctx, s, r.phases())
	if s.skipStatus {
		return ctrl.Result{}, nil
	}
	defer s.notifyObservers(result)
	if err := r.finishReconcile(ctx, s, r.buildStatus(s, result, at)); err != nil {
		return kubeutil.IgnoreConflict(err)
	}
	r.interactive.EndReconcile(client.ObjectKeyFromObject(s.object), result.IsSettled())
	if err := result.ConnectionErr(); err != nil && s.snapshot != nil {
		s.snapshot.ReportError(err)
	}
	return r.nextRequeue(s, result)
}

func (r *Reconciler) newScope(object *v1alpha1.ModelPromotion) *scope {
	return &scope{
		object:             object,
		startTime:          r.Clock.Now(),
		flags:              r.Flags,
		oldStatus:          *object.Status.DeepCopy(),
		reconcileRequested: kubeutil.ReconcileRequestedAt(object) != object.Status.LastHandledReconcileAt,
		evidence:           gate.NewEvidence(),
	}
}

// finishReconcile makes the status what it is to be from now on, and tells and counts what
// happened.
func (r *Reconciler) finishReconcile(ctx context.Context, s *scope, status v1alpha1.ModelPromotionStatus) error {
	s.object.Status = status
	err := r.newStatusWriter().Apply(ctx, reconciler.StatusUpdate{
		Object:      s.object,
		Changed:     !equality.Semantic.DeepEqual(s.oldStatus, status),
		WroteMLflow: s.wroteMLflow,
		Events:      s.events,
	})
	if err == nil {
		r.recordOutcomeMetrics(s)
	}
	return err
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
