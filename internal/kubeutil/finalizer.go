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

// EnsureFinalizer makes an object keep our finalizer, or be without it. The patch names
// nothing but the finalizers and the version of the object that was read: no field of the
// spec is written anew, and no finalizer of others is lost. The object takes over what the
// API server has then. An object that is being deleted gets none.
func EnsureFinalizer(ctx context.Context, c client.Client, obj client.Object, wanted bool) error {
	if controllerutil.ContainsFinalizer(obj, v1alpha1.CleanupFinalizer) == wanted || wanted && !obj.GetDeletionTimestamp().IsZero() {
		return nil
	}
	before := obj.DeepCopyObject().(client.Object)
	if wanted {
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

// HasFinalizer tells whether the object waits for us with its deletion.
func HasFinalizer(obj client.Object) bool {
	return controllerutil.ContainsFinalizer(obj, v1alpha1.CleanupFinalizer)
}

// ShouldOrphan tells whether somebody lets the object go whatever its deletion waits for.
func ShouldOrphan(obj client.Object) bool {
	return obj.GetAnnotations()[v1alpha1.OrphanOnDeleteAnnotation] == "true"
}

// OrphanRequested lets through an object that somebody lets go.
var OrphanRequested = predicate.Funcs{
	CreateFunc:  func(event.CreateEvent) bool { return false },
	DeleteFunc:  func(event.DeleteEvent) bool { return false },
	GenericFunc: func(event.GenericEvent) bool { return false },
	UpdateFunc: func(e event.UpdateEvent) bool {
		return ShouldOrphan(e.ObjectNew) && !ShouldOrphan(e.ObjectOld)
	},
}
