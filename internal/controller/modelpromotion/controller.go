// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package modelpromotion promotes the versions that ModelPromotions want to the stages of their
// models, if every gate passes.
package modelpromotion

import (
	"context"

	"k8s.io/client-go/tools/events"
	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/controller/reconciler"
	"github.com/neuronews/mlflow-registry-operator/internal/featureflags"
	"github.com/neuronews/mlflow-registry-operator/internal/promotion"
	"github.com/neuronews/mlflow-registry-operator/internal/registrycache"
	"github.com/neuronews/mlflow-registry-operator/internal/workqueue"
)

// objectKind is the kind of the objects of this controller.
const objectKind = "ModelPromotion"

// Reconciler reconciles ModelPromotions.
type Reconciler struct {
	client.Client
	// APIReader reads from the API server. Before a write to MLflow it shows whether the objects
	// are still the ones that the cache returned.
	APIReader client.Reader
	Registry  *registrycache.Provider
	Recorder  events.EventRecorder
	// ApprovalVerifier proves that the user names of approvals are authentic; nil proves nothing.
	ApprovalVerifier ApprovalVerifier
	// InstanceID distinguishes this cluster from others that share a registry.
	InstanceID string
	// Clock gives the times of the history, the soak time of a version, and the intervals at which a
	// blocked promotion is evaluated again.
	Clock clock.PassiveClock
	// Flags are the feature flags of the operator.
	Flags featureflags.Flags
	// Metrics counts outcomes and gate evaluations; nil counts nothing.
	Metrics MetricsRecorder

	deletionChecks deletionChecks
	interactive    workqueue.InteractiveTracker
}

type phase = reconciler.Phase[*scope]

// phases find out what the promotion refers to, and plan what has to happen.
func (r *Reconciler) phases() []phase {
	return []phase{
		{Condition: v1alpha1.ConditionCandidateResolved, Run: r.resolveModel},
		{Condition: v1alpha1.ConditionCandidateResolved, Run: r.resolveConnection},
		{Condition: v1alpha1.ConditionCandidateResolved, Run: r.resolveStage},
		{Condition: v1alpha1.ConditionCandidateResolved, Run: r.resolveConflict},
		{Condition: v1alpha1.ConditionCandidateResolved, Run: r.observeModel},
		{Condition: v1alpha1.ConditionCandidateResolved, Run: r.resumeTransition},
		{Condition: v1alpha1.ConditionCandidateResolved, Run: r.resolveCandidate},
		{Condition: v1alpha1.ConditionPromoted, Run: r.planPromotion, Next: r.stepPhases},
	}
}

// stepPhases are the phases of the step that was planned.
func (r *Reconciler) stepPhases(s *scope) []phase {
	switch s.decision.Step {
	case promotion.StepPromote, promotion.StepRevertDrift, promotion.StepSyncLegacyStage:
		return []phase{
			{Condition: v1alpha1.ConditionCandidateResolved, Run: r.pinCandidate},
			{Condition: v1alpha1.ConditionGatesPassed, Run: r.evaluateGates, Next: r.transitionPhases},
		}
	case promotion.StepReportDrift:
		return []phase{{Condition: v1alpha1.ConditionPromoted, Run: r.reportDrift}}
	case promotion.StepNone:
	}
	return nil
}

// transitionPhases are the phases that write to MLflow, as far as the gates and the plan allow it. If a
// gate could not be evaluated, the reconcile ends with that error.
func (r *Reconciler) transitionPhases(s *scope) []phase {
	var phases []phase
	switch {
	case s.dryRunReason != "":
	case !s.isRejected():
		phases = append(phases, phase{Condition: v1alpha1.ConditionPromoted, Run: r.promoteCandidate})
	case s.decision.Restore != nil:
		phases = append(phases, phase{Condition: v1alpha1.ConditionPromoted, Run: r.restoreLastPromoted})
	}
	if s.gateResult.DecidingGate().Result == v1alpha1.GateError {
		phases = append(phases, phase{Condition: v1alpha1.ConditionGatesPassed, Run: r.requeueOnGateError})
	}
	return phases
}

// +kubebuilder:rbac:groups=registry.mlflow-operator.io,resources=modelpromotions,verbs=get;list;watch
// +kubebuilder:rbac:groups=registry.mlflow-operator.io,resources=modelpromotions/status,verbs=get;patch
// +kubebuilder:rbac:groups=registry.mlflow-operator.io,resources=registeredmodels,verbs=get;list;watch
// +kubebuilder:rbac:groups=registry.mlflow-operator.io,resources=modelclasses,verbs=get;list;watch
// +kubebuilder:rbac:groups=registry.mlflow-operator.io,resources=modelversions,verbs=get;list;watch
// +kubebuilder:rbac:groups=events.k8s.io,resources=events,verbs=create;patch

// Reconcile promotes the version that is wanted to one stage, or reports why not. The deletion of the
// object leaves the alias unchanged.
func (r *Reconciler) Reconcile(ctx context.Context, req ctrl.Request) (ctrl.Result, error) {
	return reconciler.Loop[*v1alpha1.ModelPromotion, *scope]{
		Client: r.Client, Recorder: r.Recorder, Kind: objectKind, Interactive: &r.interactive,
		NewObject:          newObject,
		NewScope:           r.newScope,
		Phases:             r.phases(),
		SetStatus:          r.setStatus,
		SetSuspendedStatus: r.setSuspendedStatus,
		Forget:             r.deletionChecks.deleteKey,
		AfterStatus:        r.recordOutcomeMetrics,
		Notify:             notifyObservers,
		Requeue:            r.nextRequeue,
	}.Reconcile(ctx, req)
}

func newObject(client.ObjectKey) *v1alpha1.ModelPromotion {
	return &v1alpha1.ModelPromotion{}
}
