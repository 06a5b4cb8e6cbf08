// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package builder

import (
	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
)

// ClusterConnectionBuilder makes a ClusterMLflowConnection.
type ClusterConnectionBuilder struct {
	object v1alpha1.ClusterMLflowConnection
}

// ClusterConnection starts with an anonymous connection to http://mlflow.mlops.svc:5000
// that allows namespace default.
func ClusterConnection(name string) *ClusterConnectionBuilder {
	b := &ClusterConnectionBuilder{}
	b.object.SetGroupVersionKind(v1alpha1.SchemeGroupVersion.WithKind("ClusterMLflowConnection"))
	b.object.Name = name
	b.object.Spec.URL = "http://mlflow.mlops.svc:5000"
	return b.AllowedNamespaces(Namespaces(defaultNamespace))
}

// FromConnection takes over all that an MLflowConnection says of its server.
func (b *ClusterConnectionBuilder) FromConnection(connection *ConnectionBuilder) *ClusterConnectionBuilder {
	b.object.Spec.MLflowConnectionSpec = connection.Build().Spec
	return b
}

// AllowedNamespaces are the namespaces that may use the connection.
func (b *ClusterConnectionBuilder) AllowedNamespaces(namespaces v1alpha1.NamespaceSelection) *ClusterConnectionBuilder {
	b.object.Spec.AllowedNamespaces = namespaces
	return b
}

// AllowedModel adds an entry: these namespaces may have models whose names match the pattern, with
// these aliases. No pattern and no aliases stand for any.
func (b *ClusterConnectionBuilder) AllowedModel(
	namespaces v1alpha1.NamespaceSelection, pattern string, aliases ...v1alpha1.Alias,
) *ClusterConnectionBuilder {
	b.object.Spec.AllowedModels = append(b.object.Spec.AllowedModels, v1alpha1.ModelPermission{
		Namespaces: namespaces, ModelPattern: pattern, Aliases: aliases,
	})
	return b
}

// Build is the object.
func (b *ClusterConnectionBuilder) Build() *v1alpha1.ClusterMLflowConnection {
	return b.object.DeepCopy()
}

// Namespaces are some by name.
func Namespaces(names ...v1alpha1.NamespaceName) v1alpha1.NamespaceSelection {
	return v1alpha1.NamespaceSelection{Names: names}
}

// AllNamespaces are all.
func AllNamespaces() v1alpha1.NamespaceSelection {
	return v1alpha1.NamespaceSelection{From: v1alpha1.NamespacesFromAll}
}

// NamespacesWithLabel are the namespaces whose label has the value.
func NamespacesWithLabel(key string, value v1alpha1.LabelValue) v1alpha1.NamespaceSelection {
	return v1alpha1.NamespaceSelection{Selector: &v1alpha1.NamespaceSelector{
		MatchLabels: map[string]v1alpha1.LabelValue{key: value},
	}}
}
