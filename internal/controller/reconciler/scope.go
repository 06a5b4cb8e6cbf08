// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package reconciler

import (
	"context"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/neuronews/mlflow-registry-operator/internal/kubeutil"
	"github.com/neuronews/mlflow-registry-operator/internal/registrycache"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
)

// Scope is the part of a scope that all controllers have in common. A scope contains what one
// reconcile has read and decided.
type Scope[O client.Object] struct {
	// Object is the object of the reconcile. Phases change its status in memory.
	Object O
	// Before is a copy of Object with the status that the API server has. Set by NewScope and by
	// SaveStatus. Do not change it.
	Before O
	// ReconcileRequested is true if the annotation that requests a reconcile has a new value: MLflow
	// is read, not the snapshot.
	ReconcileRequested bool
	// Snapshot is the registry; nil until a phase has resolved the connection.
	Snapshot *registrycache.Snapshot
	// WroteMLflow is true once something in MLflow was changed. Set by the phase that changes it. The
	// status and the events are written then even if the object was edited or the operator stops.
	WroteMLflow bool

	suspended          bool
	observedGeneration int64
	handledRequest     string
	// changedModel is the name of the model that the snapshot shows differently since this reconcile;
	// empty if no model changed. Set by UpdateSnapshot.
	changedModel string
	events       []kubeutil.Event
}

// ObjectState is what the loop reads from the spec and the status of an object.
type ObjectState struct {
	// Suspended is spec.suspend.
	Suspended bool
	// ObservedGeneration and LastHandledReconcileAt are the fields of the status.
	ObservedGeneration     int64
	LastHandledReconcileAt string
}

// NewScope returns the scope of a reconcile that has just read the object.
func NewScope[O client.Object](object O, state ObjectState) Scope[O] {
	return Scope[O]{
		Object:             object,
		Before:             copyObject(object),
		ReconcileRequested: kubeutil.ReconcileRequestedAt(object) != state.LastHandledReconcileAt,
		suspended:          state.Suspended,
		observedGeneration: state.ObservedGeneration,
		handledRequest:     state.LastHandledReconcileAt,
	}
}

func copyObject[O client.Object](object O) O {
	return object.DeepCopyObject().(O)
}

// HasCurrentStatus reports whether the status that was read describes the current spec.
func (s *Scope[O]) HasCurrentStatus() bool {
	return s.observedGeneration == s.Object.GetGeneration()
}

// AddEvent queues an event. It is sent after the status is written.
func (s *Scope[O]) AddEvent(e kubeutil.Event) {
	s.events = append(s.events, e)
}

// UpdateSnapshot puts a model that was just read from MLflow, or written to it, into the snapshot.
// If it differs from what the snapshot showed, the objects of the model are reconciled after the
// status is written.
func (s *Scope[O]) UpdateSnapshot(model *entities.RegisteredModel) {
	if s.Snapshot.Update(model) {
		s.changedModel = model.Name
	}
}

// NotifyObservers requests a reconcile of the objects of the model that UpdateSnapshot changed.
// The observer is an object that already knows of the change, and is excluded; empty excludes nothing.
func (s *Scope[O]) NotifyObservers(observer string) {
	if s.changedModel != "" {
		s.Snapshot.Notify(s.changedModel, observer)
	}
}

// SaveStatus writes the status before the end of the reconcile: a write-ahead record, which must
// exist if the operator dies during the next request. The write fails if the object was edited, so
// that it also proves that the object is still the one that was read.
func (s *Scope[O]) SaveStatus(ctx context.Context, c client.Client) Result {
	result := StatusWriter{Client: c}.ApplyIfCurrent(ctx, s.Object)
	if result.CanContinue() {
		s.Before = copyObject(s.Object)
	}
	return result
}

// common gives the loop access to the embedded Scope.
func (s *Scope[O]) common() *Scope[O] {
	return s
}
