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
	"github.com/neuronews/mlflow-registry-operator/internal/controller/pass"
	"github.com/neuronews/mlflow-registry-operator/internal/controller/telling"
	"github.com/neuronews/mlflow-registry-operator/internal/gate"
	"github.com/neuronews/mlflow-registry-operator/internal/kube"
	"github.com/neuronews/mlflow-registry-operator/internal/lanes"
	"github.com/neuronews/mlflow-registry-operator/internal/outcome"
	"github.com/neuronews/mlflow-registry-operator/internal/registry"
	"github.com/neuronews/mlflow-registry-operator/internal/switches"
)

// kind names the objects of this controller.
const kind = "ModelPromotion"

// Reconciler reconciles ModelPromotions.
type Reconciler struct {
	client.Client
	// Reader reads from the API server itself. A promotion is carried out only if its
	// objects are still what the cache showed.
	Reader   client.Reader
	Registry *registry.Provider
	Recorder events.EventRecorder
	// Identities proves that approvers are who they say; nil proves nothing.
	Identities Identities
	// Instance tells this cluster from others that share a registry.
	Instance string
	// Clock dates the history, tells how long a version has held a stage, and spaces the
	// second looks at blocked promotions.
	Clock clock.PassiveClock
	// Switches are what the operator's environment turns off.
	Switches switches.Switches
	// Meter counts; nil counts nothing.
	Meter Meter

	holders holders
	urgency kube.Urgency
}

func (r *Reconciler) phases() []pass.Phase[*scope] {
	return []pass.Phase[*scope]{
		{Condition: v1alpha1.ConditionCandidateResolved, Run: r.resolveModel},
		{Condition: v1alpha1.ConditionCandidateResolved, Run: r.connect},
		{Condition: v1alpha1.ConditionCandidateResolved, Run: r.resolveStage},
		{Condition: v1alpha1.ConditionCandidateResolved, Run: r.resolveRivals},
		{Condition: v1alpha1.ConditionCandidateResolved, Run: r.observe},
		{Condition: v1alpha1.ConditionCandidateResolved, Run: r.resume},
		{Condition: v1alpha1.ConditionCandidateResolved, Run: r.resolveCandidate},
		{Condition: v1alpha1.ConditionPromoted, Run: r.decide},
		{Condition: v1alpha1.ConditionPromoted, Run: r.confirmHolder},
		{Condition: v1alpha1.ConditionPromoted, Run: r.report},
		{Condition: v1alpha1.ConditionCandidateResolved, Run: r.pin},
		{Condition: v1alpha1.ConditionGatesPassed, Run: r.judge},
		{Condition: v1alpha1.ConditionPromoted, Run: r.take},
		{Condition: v1alpha1.ConditionPromoted, Run: r.restore},
		{Condition: v1alpha1.ConditionGatesPassed, Run: r.askAgain},
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
	if err := r.Get(ctx, req.NamespacedName, &object, kube.Current); err != nil {
		if apierrors.IsNotFound(err) {
			r.holders.forget(req.NamespacedName)
			r.urgency.Forget(req.NamespacedName)
		}
		return kube.Unwritten(err)
	}
	if !object.DeletionTimestamp.IsZero() {
		return ctrl.Result{}, nil
	}
	s := r.newScope(&object)
	if ptr.Deref(object.Spec.Suspend, false) {
		r.urgency.Forget(req.NamespacedName)
		return kube.Unwritten(r.finish(ctx, s, r.suspended(s)))
	}
	if r.urgency.Begin(&object, object.Status.ObservedGeneration, object.Status.LastHandledReconcileAt) {
		ctx = lanes.Urgently(ctx)
	}
	return r.reconcile(ctx, s)
}

func (r *Reconciler) reconcile(ctx context.Context, s *scope) (ctrl.Result, error) {
	ended, at := pass.Run(ctx, s, r.phases())
	if s.quiet {
		return ctrl.Result{}, nil
	}
	defer s.wake(ended)
	if err := r.finish(ctx, s, r.summarize(s, ended, at)); err != nil {
		return kube.Unwritten(err)
	}
	r.urgency.End(client.ObjectKeyFromObject(s.object), ended)
	if err := ended.Blamed(); err != nil && s.view != nil {
		s.view.Blame(err)
	}
	return r.nextLook(s, ended)
}

func (r *Reconciler) newScope(object *v1alpha1.ModelPromotion) *scope {
	return &scope{
		object:    object,
		began:     r.Clock.Now(),
		switches:  r.Switches,
		before:    *object.Status.DeepCopy(),
		requested: kube.RequestedAt(object) != object.Status.LastHandledReconcileAt,
		evidence:  gate.NewEvidence(),
	}
}

// finish makes the status what it is to be from now on, and tells and counts what
// happened.
func (r *Reconciler) finish(ctx context.Context, s *scope, status v1alpha1.ModelPromotionStatus) error {
	s.object.Status = status
	err := r.teller().Finish(ctx, telling.Pass{
		Object:  s.object,
		Changed: !equality.Semantic.DeepEqual(s.before, status),
		Acted:   s.acted,
		Events:  s.events,
	})
	if err == nil {
		r.countOutcomes(s)
	}
	return err
}

// remember writes the status before the end of the pass.
func (r *Reconciler) remember(ctx context.Context, s *scope) outcome.Outcome {
	ended := r.teller().Remember(ctx, s.object)
	if ended.IsDone() {
		s.before = *s.object.Status.DeepCopy()
	}
	return ended
}

func (r *Reconciler) teller() telling.Teller {
	return telling.Teller{Client: r.Client, Recorder: r.Recorder}
}
