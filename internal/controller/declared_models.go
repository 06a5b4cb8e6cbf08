// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package controller

import (
	"context"
	"fmt"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/neuronews/mlflow-registry-operator/internal/controller/modelref"
	"github.com/neuronews/mlflow-registry-operator/internal/ownership"
	"github.com/neuronews/mlflow-registry-operator/internal/registrycache"
)

// DeclaredModelsFunc tells a registry which models are declared on its connection, so that it need
// not read those of others. Those on a ClusterMLflowConnection are of all the namespaces
// that share it.
func DeclaredModelsFunc(objects client.Reader, instance string) func(context.Context, registrycache.Key) (registrycache.DeclaredModels, error) {
	return func(ctx context.Context, connection registrycache.Key) (registrycache.DeclaredModels, error) {
		names, err := modelref.ListDeclaredModelNames(ctx, objects, connection)
		if err != nil {
			return registrycache.DeclaredModels{}, fmt.Errorf("list the models on %s: %w", connection, err)
		}
		marked, err := ownership.OwnerFilter(instance, connection.Namespace)
		return registrycache.DeclaredModels{Names: names, Filter: marked}, err
	}
}
