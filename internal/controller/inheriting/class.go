// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package inheriting is how an object gets at what its model has by way of a class.
package inheriting

import (
	"context"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/controller/telling"
	"github.com/neuronews/mlflow-registry-operator/internal/inheritance"
	"github.com/neuronews/mlflow-registry-operator/internal/outcome"
)

// Effective is what a model has by way of its class, or how the pass of an object ends
// that depends on it. A class that is missing or that can't be carried out weakens nothing:
// the model waits for it.
func Effective(
	ctx context.Context, objects client.Reader, model *v1alpha1.RegisteredModel,
) (inheritance.Effective, outcome.Outcome) {
	class, ended := classOf(ctx, objects, model)
	if !ended.IsDone() {
		return inheritance.Effective{}, ended
	}
	effective, problems := inheritance.Inherit(class, model)
	if len(problems) > 0 {
		return inheritance.Effective{}, outcome.Stall(v1alpha1.ReasonMetadataInvalid, inheritance.Describe(problems))
	}
	return effective, outcome.Done()
}

// classOf is the sound class of a model; nil where the model names none.
func classOf(ctx context.Context, objects client.Reader, model *v1alpha1.RegisteredModel) (*v1alpha1.ModelClass, outcome.Outcome) {
	name := string(model.Spec.ClassName)
	if name == "" {
		return nil, outcome.Done()
	}
	var class v1alpha1.ModelClass
	err := objects.Get(ctx, client.ObjectKey{Name: name}, &class)
	if apierrors.IsNotFound(err) {
		return nil, outcome.Wait(v1alpha1.ReasonClassNotFound, fmt.Sprintf(
			"there is no ModelClass %s: create it, or name another className", name), 0)
	}
	if err != nil {
		return nil, outcome.Retry(v1alpha1.ReasonProgressing, err)
	}
	if problems := inheritance.Check(&class); len(problems) > 0 {
		return nil, outcome.Wait(v1alpha1.ReasonClassInvalid, fmt.Sprintf(
			"ModelClass %s can't be carried out, change it: %s", name, inheritance.Describe(problems)), 0)
	}
	return &class, outcome.Done()
}

// Confirm asks the API server itself whether the class is still what the pass has read from
// the cache, and there: a gate that was added to it meanwhile would be missed otherwise.
func Confirm(ctx context.Context, live client.Reader, effective inheritance.Effective) outcome.Outcome {
	if effective.Class == nil {
		return outcome.Done()
	}
	var now v1alpha1.ModelClass
	err := live.Get(ctx, client.ObjectKeyFromObject(effective.Class), &now)
	if client.IgnoreNotFound(err) != nil {
		return outcome.Retry(v1alpha1.ReasonProgressing, err)
	}
	if err != nil || now.UID != effective.Class.UID || now.Generation != effective.Class.Generation {
		return telling.StartAgain("the class of the model was edited while the gates were evaluated")
	}
	return outcome.Done()
}
