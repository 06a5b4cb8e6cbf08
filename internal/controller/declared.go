// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package controller

import (
	"context"
	"fmt"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/neuronews/mlflow-registry-operator/internal/controller/connecting"
	"github.com/neuronews/mlflow-registry-operator/internal/ownership"
	"github.com/neuronews/mlflow-registry-operator/internal/registry"
)

// Declared tells a registry which models are declared on its connection, so that it need
// not read those of others. Those on a ClusterMLflowConnection are of all the namespaces
// that share it.
func Declared(objects client.Reader, instance string) func(context.Context, registry.Key) (registry.Ours, error) {
	return func(ctx context.Context, connection registry.Key) (registry.Ours, error) {
		names, err := connecting.Names(ctx, objects, connection)
		if err != nil {
			return registry.Ours{}, fmt.Errorf("list the models on %s: %w", connection, err)
		}
		marked, err := ownership.Filter(instance, connection.Namespace)
		return registry.Ours{Names: names, Filter: marked}, err
	}
}
