// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package builder

import (
	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
)

// ConnectionBuilder builds an MLflowConnection.
type ConnectionBuilder struct {
	object v1alpha1.MLflowConnection
}

// Connection returns a builder of an anonymous connection to http://mlflow.mlops.svc:5000 in
// namespace default.
func Connection(name string) *ConnectionBuilder {
	b := &ConnectionBuilder{}
	b.object.SetGroupVersionKind(v1alpha1.SchemeGroupVersion.WithKind("MLflowConnection"))
	b.object.Name = name
	b.object.Namespace = defaultNamespace
	b.object.Spec.URL = "http://mlflow.mlops.svc:5000"
	return b
}

// Namespace sets the namespace of the object.
func (b *ConnectionBuilder) Namespace(namespace string) *ConnectionBuilder {
	b.object.Namespace = namespace
	return b
}

// URL sets the address of the server.
func (b *ConnectionBuilder) URL(url string) *ConnectionBuilder {
	b.object.Spec.URL = url
	return b
}

// BasicAuth sets authentication with the user name and password in the Secret.
func (b *ConnectionBuilder) BasicAuth(secret string) *ConnectionBuilder {
	b.object.Spec.Auth = &v1alpha1.Authentication{
		Basic: &v1alpha1.BasicAuthentication{SecretRef: localReference(secret)},
	}
	return b
}

// BearerAuth sets authentication with the token in the Secret.
func (b *ConnectionBuilder) BearerAuth(secret string) *ConnectionBuilder {
	b.object.Spec.Auth = &v1alpha1.Authentication{
		Bearer: &v1alpha1.BearerAuthentication{SecretRef: localReference(secret)},
	}
	return b
}

// CAConfigMap sets the ConfigMap with the trusted certificate authorities.
func (b *ConnectionBuilder) CAConfigMap(configMap string) *ConnectionBuilder {
	b.object.Spec.TLS = &v1alpha1.TLS{CARef: new(localReference(configMap))}
	return b
}

// Workspace sets the MLflow workspace.
func (b *ConnectionBuilder) Workspace(name string) *ConnectionBuilder {
	b.object.Spec.Workspace = &name
	return b
}

// MaxPollDutyCyclePercent sets the share of the time that polls may take.
func (b *ConnectionBuilder) MaxPollDutyCyclePercent(percent int32) *ConnectionBuilder {
	b.object.Spec.MaxPollDutyCyclePercent = percent
	return b
}

// PollInterval sets the time between polls of the registry.
func (b *ConnectionBuilder) PollInterval(interval v1alpha1.Duration) *ConnectionBuilder {
	b.object.Spec.PollInterval = interval
	return b
}

// Timeout sets the time limit of one request.
func (b *ConnectionBuilder) Timeout(timeout v1alpha1.Duration) *ConnectionBuilder {
	b.object.Spec.Timeout = timeout
	return b
}

// Build returns a copy of the object.
func (b *ConnectionBuilder) Build() *v1alpha1.MLflowConnection {
	return b.object.DeepCopy()
}

// ClusterConnectionBuilder builds a ClusterMLflowConnection.
type ClusterConnectionBuilder struct {
	object v1alpha1.ClusterMLflowConnection
}

// ClusterConnection returns a builder of an anonymous connection to
// http://mlflow.mlops.svc:5000 that allows namespace default.
func ClusterConnection(name string) *ClusterConnectionBuilder {
	b := &ClusterConnectionBuilder{}
	b.object.SetGroupVersionKind(v1alpha1.SchemeGroupVersion.WithKind("ClusterMLflowConnection"))
	b.object.Name = name
	b.object.Spec.URL = "http://mlflow.mlops.svc:5000"
	return b.AllowedNamespaces(Namespaces(defaultNamespace))
}

// FromConnection copies the spec of an MLflowConnection.
func (b *ClusterConnectionBuilder) FromConnection(connection *ConnectionBuilder) *ClusterConnectionBuilder {
	b.object.Spec.MLflowConnectionSpec = connection.Build().Spec
	return b
}

// AllowedNamespaces sets the namespaces that may use the connection.
func (b *ClusterConnectionBuilder) AllowedNamespaces(namespaces v1alpha1.NamespaceSelection) *ClusterConnectionBuilder {
	b.object.Spec.AllowedNamespaces = namespaces
	return b
}

// AllowedModel appends an entry: the namespaces may use models whose names match the pattern, with
// the aliases. An empty pattern allows any name, and no aliases allow any alias.
func (b *ClusterConnectionBuilder) AllowedModel(
	namespaces v1alpha1.NamespaceSelection, pattern string, aliases ...v1alpha1.Alias,
) *ClusterConnectionBuilder {
	b.object.Spec.AllowedModels = append(b.object.Spec.AllowedModels, v1alpha1.ModelPermission{
		Namespaces: namespaces, ModelPattern: pattern, Aliases: aliases,
	})
	return b
}

// Build returns a copy of the object.
func (b *ClusterConnectionBuilder) Build() *v1alpha1.ClusterMLflowConnection {
	return b.object.DeepCopy()
}

// Namespaces selects namespaces by name.
func Namespaces(names ...v1alpha1.NamespaceName) v1alpha1.NamespaceSelection {
	return v1alpha1.NamespaceSelection{Names: names}
}

// AllNamespaces selects every namespace.
func AllNamespaces() v1alpha1.NamespaceSelection {
	return v1alpha1.NamespaceSelection{From: v1alpha1.NamespacesFromAll}
}

// NamespacesWithLabel selects the namespaces with a value of a label.
func NamespacesWithLabel(key string, value v1alpha1.LabelValue) v1alpha1.NamespaceSelection {
	return v1alpha1.NamespaceSelection{Selector: &v1alpha1.NamespaceSelector{
		MatchLabels: map[string]v1alpha1.LabelValue{key: value},
	}}
}
