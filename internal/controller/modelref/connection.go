// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package modelref

import (
	"context"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/kubeutil"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
	"github.com/neuronews/mlflow-registry-operator/internal/registrycache"
)

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

// NewConnection is an empty object of the kind that a key is of.
func NewConnection(key registrycache.Key) Connection {
	if registrycache.IsShared(key) {
		return &v1alpha1.ClusterMLflowConnection{}
	}
	return &v1alpha1.MLflowConnection{}
}

// getConnection reads the object of a connection that is not the operator's own.
func getConnection(ctx context.Context, objects client.Reader, key registrycache.Key) (Connection, error) {
	object := NewConnection(key)
	return object, objects.Get(ctx, key, object)
}

// describeConnection is what a person calls a connection that is not the operator's own.
func describeConnection(key registrycache.Key) string {
	if registrycache.IsShared(key) {
		return fmt.Sprintf("%s %s", v1alpha1.ConnectionKindCluster, key.Name)
	}
	return fmt.Sprintf("%s %s", v1alpha1.ConnectionKindNamespaced, key)
}

// IsConnectionDeleted tells whether the connection of a model does not exist any more.
func (c Resolver) IsConnectionDeleted(ctx context.Context, model *v1alpha1.RegisteredModel) (bool, error) {
	key := kubeutil.ConnectionKey(model)
	if key == (registrycache.Key{}) {
		return false, nil
	}
	_, err := getConnection(ctx, c.Objects, key)
	return apierrors.IsNotFound(err), client.IgnoreNotFound(err)
}

// GetServerID is the server that a model is for, as its connection declares it; empty where
// there is no such connection. Whether the connection works does not matter: who is older
// must not depend on a Secret. Nor does it prove that anybody there lets it in.
func (c Resolver) GetServerID(ctx context.Context, model *v1alpha1.RegisteredModel) (string, error) {
	key := kubeutil.ConnectionKey(model)
	if key == (registrycache.Key{}) {
		return c.Registry.State(key).ServerID, nil
	}
	connection, err := getConnection(ctx, c.Objects, key)
	if err != nil {
		return "", client.IgnoreNotFound(err)
	}
	spec := connection.ConnectionSpec()
	return registrycache.ServerID(mlflow.Config{URL: spec.URL, Workspace: ptr.Deref(spec.Workspace, "")}), nil
}
