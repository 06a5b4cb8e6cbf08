// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package modelref

import (
	"context"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/controller/reconciler"
	"github.com/neuronews/mlflow-registry-operator/internal/modelclass"
)

// ResolveClass merges a model with its class, or returns how the reconcile of an object ends that
// depends on the model. A class that does not exist or is invalid does not weaken the rules: the
// model waits for it.
func ResolveClass(
	ctx context.Context, objects client.Reader, model *v1alpha1.RegisteredModel,
) (modelclass.EffectiveSpec, reconciler.Result) {
	class, result := getClass(ctx, objects, model)
	if !result.CanContinue() {
		return modelclass.EffectiveSpec{}, result
	}
	effective, violations := modelclass.Merge(class, model)
	if len(violations) > 0 {
		return modelclass.EffectiveSpec{}, reconciler.Terminal(v1alpha1.ReasonInvalidSpec, modelclass.DescribeViolations(violations))
	}
	return effective, reconciler.Continue()
}

// getClass returns the valid class of a model; nil if the model names none.
func getClass(ctx context.Context, objects client.Reader, model *v1alpha1.RegisteredModel) (*v1alpha1.ModelClass, reconciler.Result) {
	name := string(model.Spec.ClassName)
	if name == "" {
		return nil, reconciler.Continue()
	}
	var class v1alpha1.ModelClass
	err := objects.Get(ctx, client.ObjectKey{Name: name}, &class)
	if apierrors.IsNotFound(err) {
		return nil, reconciler.Waiting(v1alpha1.ReasonReferenceNotFound, fmt.Sprintf(
			"there is no ModelClass %s: create it, or name another className", name), 0)
	}
	if err != nil {
		return nil, reconciler.RetryableError(v1alpha1.ReasonProgressing, err)
	}
	if violations := modelclass.Validate(&class); len(violations) > 0 {
		return nil, reconciler.Waiting(v1alpha1.ReasonInvalidSpec, fmt.Sprintf(
			"ModelClass %s is invalid, change it: %s", name, modelclass.DescribeViolations(violations)), 0)
	}
	return &class, reconciler.Continue()
}

// RevalidateClass checks in the API server that the class is still the one that was read from the
// cache. Without it, a gate that was added to the class during the reconcile would be missed.
func RevalidateClass(ctx context.Context, apiReader client.Reader, effective modelclass.EffectiveSpec) reconciler.Result {
	if effective.Class == nil {
		return reconciler.Continue()
	}
	var current v1alpha1.ModelClass
	err := apiReader.Get(ctx, client.ObjectKeyFromObject(effective.Class), &current)
	if client.IgnoreNotFound(err) != nil {
		return reconciler.RetryableError(v1alpha1.ReasonProgressing, err)
	}
	if err != nil || current.UID != effective.Class.UID || current.Generation != effective.Class.Generation {
		return reconciler.RequeueConflict("the class of the model was edited while the gates were evaluated")
	}
	return reconciler.Continue()
}
