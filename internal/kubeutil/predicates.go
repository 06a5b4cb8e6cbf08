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

// ReconcileRequestedAt returns the annotation that requests a reconcile now; empty if there is none.
func ReconcileRequestedAt(obj client.Object) string {
	requested := obj.GetAnnotations()[v1alpha1.ReconcileRequestedAtAnnotation]
	// A longer value is truncated to the limit of the status field that acknowledges it, at
	// the end of a character: half a character could not be stored.
	return sanitize.TruncateBytes(requested, 256)
}

// CreateOrDelete passes the creation and the deletion of an object.
var CreateOrDelete = predicate.Funcs{
	UpdateFunc:  func(event.UpdateEvent) bool { return false },
	GenericFunc: func(event.GenericEvent) bool { return false },
}

// GenerationChanged passes creations, deletions, and updates of the spec.
var GenerationChanged = predicate.GenerationChangedPredicate{}

// SpecOrAnnotationChanged passes updates of the spec and requests for a reconcile, which people make.
// It filters updates of the status, which the operator makes.
var SpecOrAnnotationChanged = predicate.Funcs{
	CreateFunc:  func(event.CreateEvent) bool { return false },
	DeleteFunc:  func(event.DeleteEvent) bool { return false },
	GenericFunc: func(event.GenericEvent) bool { return false },
	UpdateFunc: func(e event.UpdateEvent) bool {
		return e.ObjectOld.GetGeneration() != e.ObjectNew.GetGeneration() ||
			ReconcileRequestedAt(e.ObjectOld) != ReconcileRequestedAt(e.ObjectNew)
	},
}
