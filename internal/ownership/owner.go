// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package ownership is the mark that a registered model carries in MLflow while a
// RegisteredModel owns it.
package ownership

import (
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/types"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
)

// Owner says who owns a model: INSTANCE/NAMESPACE/NAME. The instance tells clusters
// apart that share one registry.
type Owner string

// NewOwner is the mark of one RegisteredModel of one cluster.
func NewOwner(instance string, model *v1alpha1.RegisteredModel) Owner {
	return Owner(fmt.Sprintf("%s/%s/%s", instance, model.Namespace, model.Name))
}

// OwnerOf is the mark that a model carries; empty when nobody owns it.
func OwnerOf(model *entities.RegisteredModel) Owner {
	return Owner(model.Tags[v1alpha1.ManagedByTag])
}

// OwnerFilter finds the models in MLflow that carry a mark of this instance and namespace; of
// all namespaces where none is given. It may find more: a search takes _ and % in the
// instance for any character.
func OwnerFilter(instance, namespace string) (string, error) {
	prefix := instance + "/"
	if namespace != "" {
		prefix += namespace + "/"
	}
	return mlflow.FilterTagPrefix(v1alpha1.ManagedByTag, prefix)
}

// ObjectKey is the RegisteredModel that the mark names, if it is one of this instance's.
func (m Owner) ObjectKey(instance string) (types.NamespacedName, bool) {
	own, found := strings.CutPrefix(string(m), instance+"/")
	namespace, name, whole := strings.Cut(own, "/")
	return types.NamespacedName{Namespace: namespace, Name: name}, found && whole && !strings.Contains(name, "/")
}
