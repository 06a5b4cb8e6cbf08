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

// Mark says who owns a model: INSTANCE/NAMESPACE/NAME. The instance tells clusters
// apart that share one registry.
type Mark string

// NewMark is the mark of one RegisteredModel of one cluster.
func NewMark(instance string, model *v1alpha1.RegisteredModel) Mark {
	return Mark(fmt.Sprintf("%s/%s/%s", instance, model.Namespace, model.Name))
}

// Of is the mark that a model carries; empty when nobody owns it.
func Of(model *entities.RegisteredModel) Mark {
	return Mark(model.Tags[v1alpha1.ManagedByTag])
}

// Filter finds the models in MLflow that carry a mark of this instance and namespace; of
// all namespaces where none is given. It may find more: a search takes _ and % in the
// instance for any character.
func Filter(instance, namespace string) (string, error) {
	prefix := instance + "/"
	if namespace != "" {
		prefix += namespace + "/"
	}
	return mlflow.FilterTagPrefix(v1alpha1.ManagedByTag, prefix)
}

// Object is the RegisteredModel that the mark names, if it is one of this instance's.
func (m Mark) Object(instance string) (types.NamespacedName, bool) {
	own, found := strings.CutPrefix(string(m), instance+"/")
	namespace, name, whole := strings.Cut(own, "/")
	return types.NamespacedName{Namespace: namespace, Name: name}, found && whole && !strings.Contains(name, "/")
}
