// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package connecting is how an object gets at the registry that it belongs to.
package connecting

import (
	"context"
	"errors"
	"fmt"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/outcome"
	"github.com/neuronews/mlflow-registry-operator/internal/registry"
)

// Connector finds the registries of objects.
type Connector struct {
	Registry *registry.Provider
	// Objects shows which connections are declared.
	Objects client.Reader
}

// View is the view of a connection, or how the pass of an object on it ends. An object
// repeats the reason of its connection. It always waits, also where the connection is
// stalled: it will be woken when the connection is well, and nothing is wrong with it.
func (c Connector) View(ctx context.Context, key registry.Key) (*registry.View, outcome.Outcome) {
	view, err := c.Registry.Get(key)
	switch {
	case err == nil:
		return view, outcome.Done()
	case c.isStarting(ctx, key):
		return nil, starting()
	case errors.Is(err, registry.ErrNotFound) && key == (registry.Key{}):
		return nil, outcome.Wait(v1alpha1.ReasonConnectionNotFound,
			"connectionRef is not set and the operator has no MLFLOW_TRACKING_URI: set one of them", 0)
	case errors.Is(err, registry.ErrNotFound):
		return nil, outcome.Wait(v1alpha1.ReasonConnectionNotFound, fmt.Sprintf(
			"there is no MLflowConnection %s: create it", key), 0)
	}
	state := c.Registry.State(key)
	if state.Err == nil {
		// The connection became ready a moment ago.
		return nil, starting()
	}
	return nil, outcome.Wait(outcome.ConnectionReason(state.Err), state.Err.Error(), 0)
}

func starting() outcome.Outcome {
	return outcome.Wait(v1alpha1.ReasonProgressing, "the models of the registry are being listed for the first time", 0)
}

// IsUnsettled tells whether it is too early to speak of a connection: its first list is
// under way, its controller has not come to it, or it failed a moment ago. What was said
// of its objects before stands meanwhile, so that a restart of the operator or of MLflow
// does not turn each of them to not ready and back. An event follows.
func (c Connector) IsUnsettled(ctx context.Context, key registry.Key) bool {
	return c.isStarting(ctx, key) || c.Registry.State(key).Unsettled
}

func (c Connector) isStarting(ctx context.Context, key registry.Key) bool {
	if state := c.Registry.State(key); state.Known || key == (registry.Key{}) {
		return state.Known && !state.Ready && state.Err == nil
	}
	var connection v1alpha1.MLflowConnection
	return c.Objects.Get(ctx, key, &connection) == nil && connection.DeletionTimestamp.IsZero()
}
