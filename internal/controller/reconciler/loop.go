// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package reconciler

import (
	"context"

	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/client-go/tools/events"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/neuronews/mlflow-registry-operator/internal/consistentclient"
	"github.com/neuronews/mlflow-registry-operator/internal/kubeutil"
	"github.com/neuronews/mlflow-registry-operator/internal/limiter"
	"github.com/neuronews/mlflow-registry-operator/internal/workqueue"
)

// Loop reconciles the objects of one kind. O is the type of the object, and S a pointer to the scope
// of the controller, which embeds Scope[O].
type Loop[O client.Object, S interface{ common() *Scope[O] }] struct {
	// Client reads objects from the cache, and writes statuses and finalizers.
	Client   client.Client
	Recorder events.EventRecorder
	// Kind is the kind of the objects.
	Kind string
	// Interactive gives priority to objects that a person has just edited; nil gives none.
	Interactive *workqueue.InteractiveTracker

	// NewObject returns an empty object for a name.
	NewObject func(client.ObjectKey) O
	// NewScope returns the scope of a reconcile of an object that was just read.
	NewScope func(O) S
	// Phases run in this order.
	Phases []Phase[S]
	// SetStatus sets the status in memory after the phases, or after a deletion that has to wait. The
	// condition is the one of the phase that ended the reconcile; empty if all phases continued.
	SetStatus func(s S, result Result, condition string)
	// SetSuspendedStatus sets the status in memory of an object with spec.suspend.
	SetSuspendedStatus func(S)

	// NeedsFinalizer reports whether the object gets our finalizer; nil leaves finalizers unchanged.
	NeedsFinalizer func(O) bool
	// Finalize does what the deletion of an object with our finalizer requires. The finalizer is
	// removed when it returns Continue. Nil: deletion requires nothing.
	Finalize func(context.Context, S) (result Result, condition string)
	// Subject is the noun for what a deletion changes in MLflow, as in "the model".
	Subject string

	// Forget drops what the controller remembers of an object that is deleted; nil remembers nothing.
	Forget func(client.ObjectKey)
	// AfterStatus runs after the status is written; nil does nothing.
	AfterStatus func(S, Result)
	// Notify requests a reconcile of the other objects of a model that was read or changed. Nil
	// excludes the object itself if all of its phases continued.
	Notify func(S, Result)
	// Requeue decides when the object is reconciled again; nil is Result.ReconcileResult.
	Requeue func(S, Result) (ctrl.Result, error)
}

// Reconcile reconciles one object.
func (l Loop[O, S]) Reconcile(ctx context.Context, req ctrl.Request) (ctrl.Result, error) {
	object := l.NewObject(req.NamespacedName)
	if err := l.Client.Get(ctx, req.NamespacedName, object, consistentclient.RequireFresh); err != nil {
		if apierrors.IsNotFound(err) {
			l.forgetObject(req.NamespacedName)
		}
		return kubeutil.IgnoreConflict(err)
	}
	if !object.GetDeletionTimestamp().IsZero() {
		return l.reconcileDelete(ctx, object)
	}
	if l.NeedsFinalizer != nil {
		if err := kubeutil.EnsureFinalizer(ctx, l.Client, object, l.NeedsFinalizer(object)); err != nil {
			return kubeutil.IgnoreConflict(err)
		}
	}
	s := l.NewScope(object)
	if s.common().suspended {
		l.endInteractive(req.NamespacedName)
		l.SetSuspendedStatus(s)
		return kubeutil.IgnoreConflict(l.applyStatus(ctx, s))
	}
	return l.reconcileNormal(l.withPriority(ctx, s), s)
}

// reconcileNormal runs the phases.
func (l Loop[O, S]) reconcileNormal(ctx context.Context, s S) (ctrl.Result, error) {
	result, condition := RunPhases(ctx, s, l.Phases)
	if result.keepsStatus {
		return ctrl.Result{}, nil
	}
	return l.finishReconcile(ctx, s, result, condition)
}

// reconcileDelete runs Finalize and removes the finalizer, or reports in the status what the
// deletion waits for.
func (l Loop[O, S]) reconcileDelete(ctx context.Context, object O) (ctrl.Result, error) {
	if l.Finalize == nil || !kubeutil.HasFinalizer(object) {
		l.forgetObject(client.ObjectKeyFromObject(object))
		return ctrl.Result{}, nil
	}
	s := l.NewScope(object)
	result, condition := l.Finalize(ctx, s)
	if !result.CanContinue() {
		return l.finishReconcile(ctx, s, WaitingForDeletion(result, l.Subject), condition)
	}
	defer s.common().NotifyObservers("")
	err := kubeutil.EnsureFinalizer(ctx, l.Client, object, false)
	if err == nil || s.common().WroteMLflow {
		// The object may be gone already. What this reconcile did in MLflow is reported in any case.
		kubeutil.EmitEvents(l.Recorder, object, s.common().events)
	}
	return kubeutil.IgnoreConflict(err)
}

// finishReconcile writes the status and passes the result on: to the connection, to the other
// objects of the model, and to the work queue.
func (l Loop[O, S]) finishReconcile(ctx context.Context, s S, result Result, condition string) (ctrl.Result, error) {
	defer l.notifyObservers(s, result)
	l.SetStatus(s, result, condition)
	if err := l.applyStatus(ctx, s); err != nil {
		return kubeutil.IgnoreConflict(err)
	}
	if result.IsSettled() {
		l.endInteractive(client.ObjectKeyFromObject(s.common().Object))
	}
	if l.AfterStatus != nil {
		l.AfterStatus(s, result)
	}
	if err := result.ConnectionErr(); err != nil && s.common().Snapshot != nil {
		s.common().Snapshot.ReportError(err)
	}
	if l.Requeue != nil {
		return l.Requeue(s, result)
	}
	return result.ReconcileResult()
}

func (l Loop[O, S]) applyStatus(ctx context.Context, s S) error {
	c := s.common()
	return StatusWriter{Client: l.Client, Recorder: l.Recorder}.Apply(ctx, StatusUpdate{
		Object: c.Object,
		// Phases change nothing but the status.
		Changed:     !equality.Semantic.DeepEqual(c.Before, c.Object),
		WroteMLflow: c.WroteMLflow,
		Events:      c.events,
	})
}

func (l Loop[O, S]) notifyObservers(s S, result Result) {
	if l.Notify != nil {
		l.Notify(s, result)
		return
	}
	observer := ""
	if result.CanContinue() {
		observer = l.observerID(s)
	}
	s.common().NotifyObservers(observer)
}

// observerID identifies the object among those that a registry event reaches.
func (l Loop[O, S]) observerID(s S) string {
	return workqueue.ObserverID(l.Kind, client.ObjectKeyFromObject(s.common().Object))
}

// withPriority gives the requests of the reconcile priority if a person has edited the object.
func (l Loop[O, S]) withPriority(ctx context.Context, s S) context.Context {
	c := s.common()
	if l.Interactive != nil && l.Interactive.BeginReconcile(c.Object, c.observedGeneration, c.handledRequest) {
		return limiter.WithHighPriority(ctx)
	}
	return ctx
}

func (l Loop[O, S]) endInteractive(key client.ObjectKey) {
	if l.Interactive != nil {
		l.Interactive.Forget(key)
	}
}

func (l Loop[O, S]) forgetObject(key client.ObjectKey) {
	l.endInteractive(key)
	if l.Forget != nil {
		l.Forget(key)
	}
}
