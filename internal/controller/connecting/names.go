// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package connecting

import (
	"context"

	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/kube"
	"github.com/neuronews/mlflow-registry-operator/internal/registry"
)

// Names are the names in MLflow of the models that are looked after on a connection: not
// of those that are suspended, nor of those that it does not allow.
func Names(ctx context.Context, objects client.Reader, connection registry.Key) ([]string, error) {
	allows, err := allowance(ctx, objects, connection)
	if err != nil {
		return nil, err
	}
	models, err := kube.ModelsOn(ctx, objects, connection, kube.Uncopied)
	names := make([]string, 0, len(models))
	for i := range models {
		if ptr.Deref(models[i].Spec.Suspend, false) {
			continue
		}
		allowed, err := allows(&models[i])
		if err != nil {
			return nil, err
		}
		if allowed {
			names = append(names, models[i].MLflowName())
		}
	}
	return names, err
}

// allowance is Allows for many models on one connection, whose rules are read once.
func allowance(
	ctx context.Context, objects client.Reader, connection registry.Key,
) (func(*v1alpha1.RegisteredModel) (bool, error), error) {
	if !registry.IsShared(connection) {
		return func(*v1alpha1.RegisteredModel) (bool, error) { return true, nil }, nil
	}
	rules, ended, err := rulesOf(ctx, objects, connection)
	if err != nil {
		return nil, err
	}
	return func(model *v1alpha1.RegisteredModel) (bool, error) {
		if !ended.IsDone() {
			return false, nil
		}
		refused, err := refuse(ctx, objects, rules, model, claimOf)
		return refused == "" && err == nil, err
	}, nil
}
