// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

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

// FieldOwner owns all fields that the operator writes to Kubernetes.
const FieldOwner = client.FieldOwner("mlflow-registry-operator")

// ApplyStatus writes the status of the object in memory to the API server, by server-side
// apply, and sets the new resource version on the object. It sends the whole status and nothing
// else of the object, except the UID: an object that was deleted and created again with
// the same name does not get the status of the first.
func ApplyStatus(ctx context.Context, c client.Client, obj client.Object) error {
	return applyStatus(ctx, c, obj, "")
}

// ApplyStatusIfCurrent is ApplyStatus with a precondition: if the object has changed since
// it was read, the error is a conflict.
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

// extractStatus returns an object with only the identity and the status of obj.
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

// conflictRequeueAfter is the delay of the next reconcile after one that met a stale cache. The cache catches
// up within milliseconds.
const conflictRequeueAfter = 200 * time.Millisecond

// IgnoreConflict turns the error of reading an object, or of writing its status, into the result of a
// reconcile. An object that was deleted is no failure. Nor is one that is newer than the copy that was
// read: it is reconciled again after a moment.
func IgnoreConflict(err error) (reconcile.Result, error) {
	if apierrors.IsConflict(err) {
		return reconcile.Result{RequeueAfter: conflictRequeueAfter}, nil
	}
	return reconcile.Result{}, client.IgnoreNotFound(err)
}
