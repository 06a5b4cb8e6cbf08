// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package kube

import (
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/predicate"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/text"
)

// RequestedAt is the request to look at the object now; empty when nobody asked.
func RequestedAt(obj client.Object) string {
	requested := obj.GetAnnotations()[v1alpha1.ReconcileRequestedAtAnnotation]
	// What is longer than the receipt's bound is cut, so that it can be acknowledged; at
	// the border of a character, since half of one would not come back as it was written.
	return text.CutBytes(requested, 256)
}

// ComesOrGoes lets through an object that is created or deleted.
var ComesOrGoes = predicate.Funcs{
	UpdateFunc:  func(event.UpdateEvent) bool { return false },
	GenericFunc: func(event.GenericEvent) bool { return false },
}

// SpecChanges lets through an object that is created or deleted, or that has another spec.
var SpecChanges = predicate.GenerationChangedPredicate{}

// Edited lets through what a person changed: the spec, or the request to look now. The
// status is our own writing and wakes nobody here.
var Edited = predicate.Funcs{
	CreateFunc:  func(event.CreateEvent) bool { return false },
	DeleteFunc:  func(event.DeleteEvent) bool { return false },
	GenericFunc: func(event.GenericEvent) bool { return false },
	UpdateFunc: func(e event.UpdateEvent) bool {
		return e.ObjectOld.GetGeneration() != e.ObjectNew.GetGeneration() ||
			RequestedAt(e.ObjectOld) != RequestedAt(e.ObjectNew)
	},
}
