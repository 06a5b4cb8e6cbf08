// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package modelref

import (
	"context"
	"errors"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/controller/reconciler"
	"github.com/neuronews/mlflow-registry-operator/internal/kubeutil"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
	"github.com/neuronews/mlflow-registry-operator/internal/registrycache"
)

// Resolver finds the registries of models.
type Resolver struct {
	Registry *registrycache.Provider
	// Objects reads connections, their policies, and what these depend on.
	Objects client.Reader
}

// ResolveConnection returns the snapshot of the registry that a model belongs to, or how the
// reconcile of an object of that model ends. If the connection is not ready, the object waits with
// the reason of the connection, also if the connection is stalled: nothing is wrong with the
// object, and an event follows when the connection is ready. If the policy of the connection denies
// the model, the result is terminal.
func (r Resolver) ResolveConnection(ctx context.Context, model *v1alpha1.RegisteredModel) (*registrycache.Snapshot, reconciler.Result) {
	if result := retryOnError(authorizeClaim(ctx, r.Objects, model, readModelClaim)); !result.CanContinue() {
		return nil, result
	}
	key := kubeutil.ConnectionKey(model)
	snapshot, err := r.Registry.Get(key)
	switch {
	case err == nil:
		return snapshot, reconciler.Continue()
	case r.isFirstPollPending(ctx, key):
		return nil, waitForFirstPoll()
	case errors.Is(err, registrycache.ErrNotFound) && key == (registrycache.Key{}):
		return nil, reconciler.ConnectionMissing("connectionRef is not set and the operator has no MLFLOW_TRACKING_URI: set one of them")
	case errors.Is(err, registrycache.ErrNotFound):
		return nil, connectionNotFound(key)
	}
	state := r.Registry.State(key)
	if state.Err == nil {
		// The connection became ready a moment ago.
		return nil, waitForFirstPoll()
	}
	return nil, reconciler.Waiting(reconciler.ConnectionReason(state.Err), state.Err.Error(), 0)
}

// ResolveConnectionOrWait is ResolveConnection for an object of the model. If the object has a status
// for its current spec, that status is kept while the connection is in its grace period.
func (r Resolver) ResolveConnectionOrWait(
	ctx context.Context, model *v1alpha1.RegisteredModel, hasCurrentStatus bool,
) (*registrycache.Snapshot, reconciler.Result) {
	// If the grace period ends between the two calls, an event triggers another reconcile.
	isEarly := hasCurrentStatus && r.IsInGracePeriod(ctx, model)
	snapshot, result := r.ResolveConnection(ctx, model)
	if isEarly && !result.CanContinue() {
		return nil, result.KeepStatus()
	}
	return snapshot, result
}

func waitForFirstPoll() reconciler.Result {
	return reconciler.Waiting(v1alpha1.ReasonProgressing, "the models of the registry are being listed for the first time", 0)
}

// IsInGracePeriod reports whether it is too early to report the connection of a model as not ready:
// its first list is running, its controller has not reconciled it, or it failed a moment ago. The
// statuses of its objects remain until then, so that a restart of the operator or of MLflow does
// not turn each of them to not ready and back. An event follows. A model that the policy denies has
// no grace period.
func (r Resolver) IsInGracePeriod(ctx context.Context, model *v1alpha1.RegisteredModel) bool {
	key := kubeutil.ConnectionKey(model)
	if !r.isFirstPollPending(ctx, key) && !r.Registry.State(key).InGracePeriod {
		return false
	}
	isAuthorized, err := r.IsAuthorized(ctx, model)
	return isAuthorized || err != nil
}

func (r Resolver) isFirstPollPending(ctx context.Context, key registrycache.Key) bool {
	if state := r.Registry.State(key); state.Known || key == (registrycache.Key{}) {
		return state.Known && !state.Ready && state.Err == nil
	}
	connection, err := getConnection(ctx, r.Objects, key)
	return err == nil && connection.GetDeletionTimestamp().IsZero()
}

// Connection is an object that declares a connection, of either kind.
type Connection interface {
	client.Object
	ConnectionSpec() *v1alpha1.MLflowConnectionSpec
	ConnectionStatus() *v1alpha1.MLflowConnectionStatus
}

var (
	_ Connection = (*v1alpha1.MLflowConnection)(nil)
	_ Connection = (*v1alpha1.ClusterMLflowConnection)(nil)
)

// NewConnection returns an empty object of the kind that the key belongs to.
func NewConnection(key registrycache.Key) Connection {
	if registrycache.IsShared(key) {
		return &v1alpha1.ClusterMLflowConnection{}
	}
	return &v1alpha1.MLflowConnection{}
}

// getConnection reads the object of a connection. The operator's own connection has no object.
func getConnection(ctx context.Context, objects client.Reader, key registrycache.Key) (Connection, error) {
	object := NewConnection(key)
	return object, objects.Get(ctx, key, object)
}

// describeConnection returns kind and name of a connection for a message.
func describeConnection(key registrycache.Key) string {
	if registrycache.IsShared(key) {
		return fmt.Sprintf("%s %s", v1alpha1.ConnectionKindCluster, key.Name)
	}
	return fmt.Sprintf("%s %s", v1alpha1.ConnectionKindNamespaced, key)
}

// IsConnectionDeleted reports whether the connection of a model no longer exists.
func (r Resolver) IsConnectionDeleted(ctx context.Context, model *v1alpha1.RegisteredModel) (bool, error) {
	key := kubeutil.ConnectionKey(model)
	if key == (registrycache.Key{}) {
		return false, nil
	}
	_, err := getConnection(ctx, r.Objects, key)
	return apierrors.IsNotFound(err), client.IgnoreNotFound(err)
}

// GetServerID returns the server that a model belongs to, as its connection declares it; empty if
// there is no such connection. Whether the connection works is irrelevant: which of two objects is
// older must not depend on a Secret. The result does not prove that the server accepts the
// connection.
func (r Resolver) GetServerID(ctx context.Context, model *v1alpha1.RegisteredModel) (string, error) {
	key := kubeutil.ConnectionKey(model)
	if key == (registrycache.Key{}) {
		return r.Registry.State(key).ServerID, nil
	}
	connection, err := getConnection(ctx, r.Objects, key)
	if err != nil {
		return "", client.IgnoreNotFound(err)
	}
	spec := connection.ConnectionSpec()
	return registrycache.ServerID(mlflow.Config{URL: spec.URL, Workspace: ptr.Deref(spec.Workspace, "")}), nil
}
