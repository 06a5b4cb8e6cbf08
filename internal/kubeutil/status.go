// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package kubeutil holds the few things that every controller does with the Kubernetes
// API: writing a status, reading an annotation, finding objects by what they name.
package kubeutil

import (
	"context"
	"fmt"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/apiutil"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
)

// FieldOwner owns all that the operator writes to Kubernetes.
const FieldOwner = client.FieldOwner("mlflow-registry-operator")

// ApplyStatus makes the status of the object what it is in memory, by server-side
// apply, and takes over the new resource version. Nothing else of the object is
// sent. The object's UID is, so that one that was deleted and created again under
// the name does not inherit the status.
func ApplyStatus(ctx context.Context, c client.Client, obj client.Object) error {
	return applyStatus(ctx, c, obj, "")
}

// ApplyStatusIfCurrent is ApplyStatus, but only if the object has not changed since
// it was read; otherwise the error is a conflict.
func ApplyStatusIfCurrent(ctx context.Context, c client.Client, obj client.Object) error {
	return applyStatus(ctx, c, obj, obj.GetResourceVersion())
}

func applyStatus(ctx context.Context, c client.Client, obj client.Object, resourceVersion string) error {
	patch, err := extractStatus(c, obj)
	if err != nil {
		return err
	}
	patch.SetResourceVersion(resourceVersion)
	err = c.Status().Apply(ctx, client.ApplyConfigurationFromUnstructured(patch), FieldOwner, client.ForceOwnership)
	if err != nil {
		return fmt.Errorf("write the status of %s: %w", client.ObjectKeyFromObject(obj), err)
	}
	obj.SetResourceVersion(patch.GetResourceVersion())
	return nil
}

// extractStatus is the object's identity and its status, nothing more.
func extractStatus(c client.Client, obj client.Object) (*unstructured.Unstructured, error) {
	gvk, err := apiutil.GVKForObject(obj, c.Scheme())
	if err != nil {
		return nil, err
	}
	whole, err := runtime.DefaultUnstructuredConverter.ToUnstructured(obj)
	if err != nil {
		return nil, fmt.Errorf("convert %s: %w", client.ObjectKeyFromObject(obj), err)
	}
	patch := &unstructured.Unstructured{Object: map[string]any{"status": whole["status"]}}
	patch.SetGroupVersionKind(gvk)
	patch.SetNamespace(obj.GetNamespace())
	patch.SetName(obj.GetName())
	patch.SetUID(obj.GetUID())
	return patch, nil
}

// conflictRequeueAfter is when a pass is run again that the cache was behind for. The cache catches up within milliseconds.
const conflictRequeueAfter = 200 * time.Millisecond

// IgnoreConflict is what the work queue is told of an object that could not be read as it is, or
// whose status could not be written. That it is gone, or newer than what was read, is no
// failure.
func IgnoreConflict(err error) (reconcile.Result, error) {
	if apierrors.IsConflict(err) {
		return reconcile.Result{RequeueAfter: conflictRequeueAfter}, nil
	}
	return reconcile.Result{}, client.IgnoreNotFound(err)
}
