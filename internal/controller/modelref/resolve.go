// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package modelref resolves what an object refers to: its RegisteredModel, the class and the
// connection of that model, and whether the connection allows it.
package modelref

import (
	"context"
	"errors"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/controller/reconciler"
	"github.com/neuronews/mlflow-registry-operator/internal/kubeutil"
	"github.com/neuronews/mlflow-registry-operator/internal/registrycache"
)

// Resolver finds the registries of models.
type Resolver struct {
	Registry *registrycache.Provider
	// Objects shows which connections are declared, and whom they allow.
	Objects client.Reader
}

// ResolveConnection is the view of the registry that a model belongs to, or how the pass of an object
// ends that depends on it. An object repeats the reason of its connection, and waits, also
// where the connection is stalled: it will be woken when the connection is well, and
// nothing is wrong with it. Where the connection does not allow it, something is.
func (c Resolver) ResolveConnection(ctx context.Context, model *v1alpha1.RegisteredModel) (*registrycache.Snapshot, reconciler.Result) {
	if result := retryOnError(authorizeClaim(ctx, c.Objects, model, readModelClaim)); !result.CanContinue() {
		return nil, result
	}
	key := kubeutil.ConnectionKey(model)
	view, err := c.Registry.Get(key)
	switch {
	case err == nil:
		return view, reconciler.Continue()
	case c.isFirstPollPending(ctx, key):
		return nil, waitForFirstPoll()
	case errors.Is(err, registrycache.ErrNotFound) && key == (registrycache.Key{}):
		return nil, reconciler.Waiting(v1alpha1.ReasonReferenceNotFound,
			"connectionRef is not set and the operator has no MLFLOW_TRACKING_URI: set one of them", 0)
	case errors.Is(err, registrycache.ErrNotFound):
		return nil, connectionNotFound(key)
	}
	state := c.Registry.State(key)
	if state.Err == nil {
		// The connection became ready a moment ago.
		return nil, waitForFirstPoll()
	}
	return nil, reconciler.Waiting(reconciler.ConnectionReason(state.Err), state.Err.Error(), 0)
}

// ResolveConnectionOrWait is ResolveConnection for an object of the model. If the object has a status
// for its current spec, that status is kept while the connection is in its grace period.
func (c Resolver) ResolveConnectionOrWait(
	ctx context.Context, model *v1alpha1.RegisteredModel, hasCurrentStatus bool,
) (*registrycache.Snapshot, reconciler.Result) {
	// The grace period may end between the two: an event follows then.
	isEarly := hasCurrentStatus && c.IsInGracePeriod(ctx, model)
	snapshot, result := c.ResolveConnection(ctx, model)
	if isEarly && !result.CanContinue() {
		return nil, result.KeepStatus()
	}
	return snapshot, result
}

func waitForFirstPoll() reconciler.Result {
	return reconciler.Waiting(v1alpha1.ReasonProgressing, "the models of the registry are being listed for the first time", 0)
}

// IsInGracePeriod tells whether it is too early to speak of the connection of a model: its
// first list is under way, its controller has not come to it, or it failed a moment ago.
// What was said of its objects before stands meanwhile, so that a restart of the operator
// or of MLflow does not turn each of them to not ready and back. An event follows. What may
// not be on the connection is told so at once.
func (c Resolver) IsInGracePeriod(ctx context.Context, model *v1alpha1.RegisteredModel) bool {
	key := kubeutil.ConnectionKey(model)
	if !c.isFirstPollPending(ctx, key) && !c.Registry.State(key).InGracePeriod {
		return false
	}
	allowed, err := c.IsAuthorized(ctx, model)
	return allowed || err != nil
}

func (c Resolver) isFirstPollPending(ctx context.Context, key registrycache.Key) bool {
	if state := c.Registry.State(key); state.Known || key == (registrycache.Key{}) {
		return state.Known && !state.Ready && state.Err == nil
	}
	connection, err := getConnection(ctx, c.Objects, key)
	return err == nil && connection.GetDeletionTimestamp().IsZero()
}
