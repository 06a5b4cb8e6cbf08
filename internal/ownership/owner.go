// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package ownership reads and writes the owner tag: the tag of a registered model in MLflow that
// says which RegisteredModel manages it.
package ownership

import (
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/types"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
)

// Owner is the value of the owner tag: INSTANCE/NAMESPACE/NAME. The instance distinguishes
// clusters that share one registry. An empty Owner means that no object manages the model.
type Owner string

// NewOwner returns the owner tag of a RegisteredModel of one instance.
func NewOwner(instance string, model *v1alpha1.RegisteredModel) Owner {
	return Owner(fmt.Sprintf("%s/%s/%s", instance, model.Namespace, model.Name))
}

// OwnerOf returns the owner tag of a model; empty if it has none.
func OwnerOf(model *entities.RegisteredModel) Owner {
	return Owner(model.Tags[v1alpha1.ManagedByTag])
}

// OwnerFilter returns a search filter for the models that the RegisteredModels of an instance
// and a namespace manage; an empty namespace means all. The search may find more models:
// MLflow treats _ and % in the instance as wildcards.
func OwnerFilter(instance, namespace string) (string, error) {
	prefix := instance + "/"
	if namespace != "" {
		prefix += namespace + "/"
	}
	return mlflow.FilterTagPrefix(v1alpha1.ManagedByTag, prefix)
}

// ObjectKey returns the key of the RegisteredModel that the owner tag names; false if that is
// not an object of this instance.
func (o Owner) ObjectKey(instance string) (types.NamespacedName, bool) {
	key, found := strings.CutPrefix(string(o), instance+"/")
	namespace, name, hasName := strings.Cut(key, "/")
	return types.NamespacedName{Namespace: namespace, Name: name}, found && hasName && !strings.Contains(name, "/")
}
