// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package modelref

import (
	"context"

	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/kubeutil"
	"github.com/neuronews/mlflow-registry-operator/internal/registrycache"
)

// ListDeclaredModelNames returns the names in MLflow of the models that are reconciled on a
// connection: without suspended models, and without those that the policy of the connection denies.
func ListDeclaredModelNames(ctx context.Context, objects client.Reader, connection registrycache.Key) ([]string, error) {
	isAuthorized, err := newAuthorizer(ctx, objects, connection)
	if err != nil {
		return nil, err
	}
	models, err := kubeutil.ListModelsByConnection(ctx, objects, connection, kubeutil.UnsafeNoCopy)
	names := make([]string, 0, len(models))
	for i := range models {
		if ptr.Deref(models[i].Spec.Suspend, false) {
			continue
		}
		authorized, err := isAuthorized(&models[i])
		if err != nil {
			return nil, err
		}
		if authorized {
			names = append(names, models[i].MLflowName())
		}
	}
	return names, err
}

// newAuthorizer returns IsAuthorized for many models on one connection, whose policy is read once.
func newAuthorizer(
	ctx context.Context, objects client.Reader, connection registrycache.Key,
) (func(*v1alpha1.RegisteredModel) (bool, error), error) {
	if !registrycache.IsShared(connection) {
		return func(*v1alpha1.RegisteredModel) (bool, error) { return true, nil }, nil
	}
	policy, result, err := loadPolicy(ctx, objects, connection)
	if err != nil {
		return nil, err
	}
	return func(model *v1alpha1.RegisteredModel) (bool, error) {
		if !result.CanContinue() {
			return false, nil
		}
		denied, err := claimDenialReason(ctx, objects, policy, model, readModelClaim)
		return denied == "" && err == nil, err
	}, nil
}
