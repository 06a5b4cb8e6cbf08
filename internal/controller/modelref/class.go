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

// ResolveClass is what a model has by way of its class, or how the pass of an object ends
// that depends on it. A class that is missing or that can't be carried out weakens nothing:
// the model waits for it.
func ResolveClass(
	ctx context.Context, objects client.Reader, model *v1alpha1.RegisteredModel,
) (modelclass.EffectiveSpec, reconciler.Result) {
	class, result := getClass(ctx, objects, model)
	if !result.CanContinue() {
		return modelclass.EffectiveSpec{}, result
	}
	effective, problems := modelclass.Merge(class, model)
	if len(problems) > 0 {
		return modelclass.EffectiveSpec{}, reconciler.Terminal(v1alpha1.ReasonInvalidSpec, modelclass.DescribeViolations(problems))
	}
	return effective, reconciler.Continue()
}

// getClass is the sound class of a model; nil where the model names none.
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
	if problems := modelclass.Validate(&class); len(problems) > 0 {
		return nil, reconciler.Waiting(v1alpha1.ReasonInvalidSpec, fmt.Sprintf(
			"ModelClass %s can't be carried out, change it: %s", name, modelclass.DescribeViolations(problems)), 0)
	}
	return &class, reconciler.Continue()
}

// RevalidateClass asks the API server itself whether the class is still what the pass has read from
// the cache, and there: a gate that was added to it meanwhile would be missed otherwise.
func RevalidateClass(ctx context.Context, live client.Reader, effective modelclass.EffectiveSpec) reconciler.Result {
	if effective.Class == nil {
		return reconciler.Continue()
	}
	var now v1alpha1.ModelClass
	err := live.Get(ctx, client.ObjectKeyFromObject(effective.Class), &now)
	if client.IgnoreNotFound(err) != nil {
		return reconciler.RetryableError(v1alpha1.ReasonProgressing, err)
	}
	if err != nil || now.UID != effective.Class.UID || now.Generation != effective.Class.Generation {
		return reconciler.RequeueConflict("the class of the model was edited while the gates were evaluated")
	}
	return reconciler.Continue()
}
