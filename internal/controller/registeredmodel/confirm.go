// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package registeredmodel

import (
	"context"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/controller/telling"
	"github.com/neuronews/mlflow-registry-operator/internal/outcome"
)

// confirmObject keeps an object that was edited, suspended or deleted meanwhile from being
// carried out as it was.
func (r *Reconciler) confirmObject(ctx context.Context, s *scope) outcome.Outcome {
	var object v1alpha1.RegisteredModel
	err := r.Reader.Get(ctx, client.ObjectKeyFromObject(s.object), &object)
	if client.IgnoreNotFound(err) != nil {
		return outcome.Retry(v1alpha1.ReasonProgressing, err)
	}
	if err != nil || object.ResourceVersion != s.object.ResourceVersion || object.UID != s.object.UID {
		return telling.StartAgain("the object was edited meanwhile")
	}
	return outcome.Done()
}
