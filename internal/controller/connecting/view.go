// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package connecting is how an object gets at the registry that it belongs to, and whether
// it may.
package connecting

import (
	"context"
	"errors"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/kube"
	"github.com/neuronews/mlflow-registry-operator/internal/outcome"
	"github.com/neuronews/mlflow-registry-operator/internal/registry"
)

// Connector finds the registries of models.
type Connector struct {
	Registry *registry.Provider
	// Objects shows which connections are declared, and whom they allow.
	Objects client.Reader
}

// View is the view of the registry that a model belongs to, or how the pass of an object
// ends that depends on it. An object repeats the reason of its connection, and waits, also
// where the connection is stalled: it will be woken when the connection is well, and
// nothing is wrong with it. Where the connection does not allow it, something is.
func (c Connector) View(ctx context.Context, model *v1alpha1.RegisteredModel) (*registry.View, outcome.Outcome) {
	if ended := orRetry(permit(ctx, c.Objects, model, claimOf)); !ended.IsDone() {
		return nil, ended
	}
	key := kube.ConnectionKey(model)
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
		return nil, notFound(key)
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

// IsUnsettled tells whether it is too early to speak of the connection of a model: its
// first list is under way, its controller has not come to it, or it failed a moment ago.
// What was said of its objects before stands meanwhile, so that a restart of the operator
// or of MLflow does not turn each of them to not ready and back. An event follows. What may
// not be on the connection is told so at once.
func (c Connector) IsUnsettled(ctx context.Context, model *v1alpha1.RegisteredModel) bool {
	key := kube.ConnectionKey(model)
	if !c.isStarting(ctx, key) && !c.Registry.State(key).Unsettled {
		return false
	}
	allowed, err := c.Allows(ctx, model)
	return allowed || err != nil
}

func (c Connector) isStarting(ctx context.Context, key registry.Key) bool {
	if state := c.Registry.State(key); state.Known || key == (registry.Key{}) {
		return state.Known && !state.Ready && state.Err == nil
	}
	connection, err := declared(ctx, c.Objects, key)
	return err == nil && connection.GetDeletionTimestamp().IsZero()
}
