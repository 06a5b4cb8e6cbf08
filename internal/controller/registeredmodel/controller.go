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
	"github.com/neuronews/mlflow-registry-operator/internal/controller/pass"
	"github.com/neuronews/mlflow-registry-operator/internal/controller/telling"
	"github.com/neuronews/mlflow-registry-operator/internal/kube"
	"github.com/neuronews/mlflow-registry-operator/internal/lanes"
	"github.com/neuronews/mlflow-registry-operator/internal/outcome"
	"github.com/neuronews/mlflow-registry-operator/internal/ownership"
	"github.com/neuronews/mlflow-registry-operator/internal/registry"
	"github.com/neuronews/mlflow-registry-operator/internal/switches"
)

// kind names the objects of this controller.
const kind = "RegisteredModel"

// Reconciler reconciles RegisteredModels.
type Reconciler struct {
	client.Client
	// Reader reads from the API server itself: nothing is written to MLflow for an object that
	// is no longer what the cache showed.
	Reader   client.Reader
	Registry *registry.Provider
	Recorder events.EventRecorder
	// Instance tells this cluster from others that share a registry.
	Instance string
	// Switches are what the operator's environment turns off.
	Switches switches.Switches
	// Clock dates what is archived.
	Clock clock.PassiveClock

	urgency kube.Urgency
}

// readyAlone is for a phase whose trouble is no reason to stop promotions: the other
// conditions stay what they are.
const readyAlone = ""

func (r *Reconciler) phases() []pass.Phase[*scope] {
	return []pass.Phase[*scope]{
		{Condition: v1alpha1.ConditionConnectionReady, Run: r.connect},
		{Condition: v1alpha1.ConditionSynced, Run: r.resolveConflict},
		{Condition: v1alpha1.ConditionSynced, Run: r.inherit},
		{Condition: v1alpha1.ConditionSynced, Run: r.observe},
		{Condition: v1alpha1.ConditionSynced, Run: r.adopt},
		{Condition: v1alpha1.ConditionSynced, Run: r.syncMetadata},
		{Condition: v1alpha1.ConditionSynced, Run: r.publish},
		{Condition: readyAlone, Run: r.retain},
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
	if err := r.Get(ctx, req.NamespacedName, &object, kube.Current); err != nil {
		if apierrors.IsNotFound(err) {
			r.urgency.Forget(req.NamespacedName)
		}
		return kube.Unwritten(err)
	}
	if !object.DeletionTimestamp.IsZero() {
		return r.release(ctx, r.newScope(&object))
	}
	if err := kube.EnsureFinalizer(ctx, r.Client, &object, object.Spec.DeletionPolicy == v1alpha1.DeletionDelete); err != nil {
		return kube.Unwritten(err)
	}
	s := r.newScope(&object)
	if ptr.Deref(object.Spec.Suspend, false) {
		r.urgency.Forget(req.NamespacedName)
		return kube.Unwritten(r.finish(ctx, s, suspended(&object)))
	}
	if r.isEarly(ctx, &object) {
		return ctrl.Result{}, nil
	}
	if r.urgency.Begin(&object, object.Status.ObservedGeneration, object.Status.LastHandledReconcileAt) {
		ctx = lanes.Urgently(ctx)
	}
	return r.reconcile(ctx, s)
}

func (r *Reconciler) reconcile(ctx context.Context, s *scope) (ctrl.Result, error) {
	ended, at := pass.Run(ctx, s, r.phases())
	if ended.IsDone() {
		ended = ended.LookAgain(s.again)
	}
	defer s.wake(ended)
	if err := r.finish(ctx, s, summarize(s, ended, at)); err != nil {
		return kube.Unwritten(err)
	}
	r.urgency.End(client.ObjectKeyFromObject(s.object), ended)
	if err := ended.Blamed(); err != nil && s.view != nil {
		s.view.Blame(err)
	}
	return ended.Result()
}

func (r *Reconciler) newScope(object *v1alpha1.RegisteredModel) *scope {
	return &scope{
		object:    object,
		before:    *object.Status.DeepCopy(),
		name:      object.MLflowName(),
		mark:      ownership.NewMark(r.Instance, object),
		unwritten: whyUnwritten(object, r.Switches),
		requested: kube.RequestedAt(object) != object.Status.LastHandledReconcileAt,
	}
}

// finish makes the status what it is to be from now on, and tells what happened.
func (r *Reconciler) finish(ctx context.Context, s *scope, status v1alpha1.RegisteredModelStatus) error {
	s.object.Status = status
	return r.teller().Finish(ctx, telling.Pass{
		Object:  s.object,
		Changed: !equality.Semantic.DeepEqual(s.before, status),
		Acted:   s.acted,
		Events:  s.events,
	})
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
