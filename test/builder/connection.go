// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package builder

import (
	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
)

// ConnectionBuilder makes an MLflowConnection.
type ConnectionBuilder struct {
	object v1alpha1.MLflowConnection
}

// Connection starts with an anonymous connection to http://mlflow.mlops.svc:5000
// in namespace default.
func Connection(name string) *ConnectionBuilder {
	b := &ConnectionBuilder{}
	b.object.SetGroupVersionKind(v1alpha1.SchemeGroupVersion.WithKind("MLflowConnection"))
	b.object.Name = name
	b.object.Namespace = defaultNamespace
	b.object.Spec.URL = "http://mlflow.mlops.svc:5000"
	return b
}

// Namespace is where the object lives.
func (b *ConnectionBuilder) Namespace(namespace string) *ConnectionBuilder {
	b.object.Namespace = namespace
	return b
}

// URL is the address of the server.
func (b *ConnectionBuilder) URL(url string) *ConnectionBuilder {
	b.object.Spec.URL = url
	return b
}

// BasicAuth authenticates with the user name and password in the Secret.
func (b *ConnectionBuilder) BasicAuth(secret string) *ConnectionBuilder {
	b.object.Spec.Auth = &v1alpha1.Authentication{
		Basic: &v1alpha1.BasicAuthentication{SecretRef: localReference(secret)},
	}
	return b
}

// BearerAuth authenticates with the token in the Secret.
func (b *ConnectionBuilder) BearerAuth(secret string) *ConnectionBuilder {
	b.object.Spec.Auth = &v1alpha1.Authentication{
		Bearer: &v1alpha1.BearerAuthentication{SecretRef: localReference(secret)},
	}
	return b
}

// CAConfigMap trusts the certificate authorities in the ConfigMap.
func (b *ConnectionBuilder) CAConfigMap(configMap string) *ConnectionBuilder {
	b.object.Spec.TLS = &v1alpha1.TLS{CARef: new(localReference(configMap))}
	return b
}

// Workspace is the workspace to work in.
func (b *ConnectionBuilder) Workspace(name string) *ConnectionBuilder {
	b.object.Spec.Workspace = &name
	return b
}

// MaxPollDutyCyclePercent is the share of the time that reading may take.
func (b *ConnectionBuilder) MaxPollDutyCyclePercent(share int32) *ConnectionBuilder {
	b.object.Spec.MaxPollDutyCyclePercent = share
	return b
}

// PollInterval is how often the registry is read.
func (b *ConnectionBuilder) PollInterval(interval v1alpha1.Duration) *ConnectionBuilder {
	b.object.Spec.PollInterval = interval
	return b
}

// Timeout is how long one request may take.
func (b *ConnectionBuilder) Timeout(timeout v1alpha1.Duration) *ConnectionBuilder {
	b.object.Spec.Timeout = timeout
	return b
}

// Build is the object.
func (b *ConnectionBuilder) Build() *v1alpha1.MLflowConnection {
	return b.object.DeepCopy()
}
