// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package kubeutil

import (
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/predicate"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/sanitize"
)

// ReconcileRequestedAt is the request to look at the object now; empty when nobody asked.
func ReconcileRequestedAt(obj client.Object) string {
	requested := obj.GetAnnotations()[v1alpha1.ReconcileRequestedAtAnnotation]
	// What is longer than the receipt's bound is cut, so that it can be acknowledged; at
	// the border of a character, since half of one would not come back as it was written.
	return sanitize.TruncateBytes(requested, 256)
}

// CreateOrDelete lets through an object that is created or deleted.
var CreateOrDelete = predicate.Funcs{
	UpdateFunc:  func(event.UpdateEvent) bool { return false },
	GenericFunc: func(event.GenericEvent) bool { return false },
}

// GenerationChanged lets through an object that is created or deleted, or that has another spec.
var GenerationChanged = predicate.GenerationChangedPredicate{}

// SpecOrAnnotationChanged lets through what a person changed: the spec, or the request to look now. The
// status is our own writing and wakes nobody here.
var SpecOrAnnotationChanged = predicate.Funcs{
	CreateFunc:  func(event.CreateEvent) bool { return false },
	DeleteFunc:  func(event.DeleteEvent) bool { return false },
	GenericFunc: func(event.GenericEvent) bool { return false },
	UpdateFunc: func(e event.UpdateEvent) bool {
		return e.ObjectOld.GetGeneration() != e.ObjectNew.GetGeneration() ||
			ReconcileRequestedAt(e.ObjectOld) != ReconcileRequestedAt(e.ObjectNew)
	},
}
