// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package kubeutil

import (
	"context"
	"fmt"

	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/predicate"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
)

// EnsureFinalizer adds the operator's finalizer to an object or removes it. The patch contains only
// the finalizers and the resource version that was read: it writes no field of the spec, and
// fails with a conflict instead of losing another finalizer. It updates the object to
// the answer of the API server. It adds nothing to an object that is being deleted.
func EnsureFinalizer(ctx context.Context, c client.Client, obj client.Object, want bool) error {
	if controllerutil.ContainsFinalizer(obj, v1alpha1.CleanupFinalizer) == want || want && !obj.GetDeletionTimestamp().IsZero() {
		return nil
	}
	before := obj.DeepCopyObject().(client.Object)
	if want {
		controllerutil.AddFinalizer(obj, v1alpha1.CleanupFinalizer)
	} else {
		controllerutil.RemoveFinalizer(obj, v1alpha1.CleanupFinalizer)
	}
	patch := client.MergeFromWithOptions(before, client.MergeFromWithOptimisticLock{})
	if err := c.Patch(ctx, obj, patch, FieldOwner); err != nil {
		return fmt.Errorf("write the finalizer of %s: %w", client.ObjectKeyFromObject(obj), err)
	}
	return nil
}

// HasFinalizer reports whether the deletion of the object waits for the operator's finalizer.
func HasFinalizer(obj client.Object) bool {
	return controllerutil.ContainsFinalizer(obj, v1alpha1.CleanupFinalizer)
}

// ShouldOrphan reports whether the annotation requests deletion without cleanup in MLflow.
func ShouldOrphan(obj client.Object) bool {
	return obj.GetAnnotations()[v1alpha1.OrphanOnDeleteAnnotation] == "true"
}

// OrphanRequested passes updates that add the annotation orphan-on-delete.
var OrphanRequested = predicate.Funcs{
	CreateFunc:  func(event.CreateEvent) bool { return false },
	DeleteFunc:  func(event.DeleteEvent) bool { return false },
	GenericFunc: func(event.GenericEvent) bool { return false },
	UpdateFunc: func(e event.UpdateEvent) bool {
		return ShouldOrphan(e.ObjectNew) && !ShouldOrphan(e.ObjectOld)
	},
}
