// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// MLflowConnectionSpec describes where an MLflow server is, how to authenticate, and
// how often to poll.
type MLflowConnectionSpec struct {
	// url is the address of the MLflow tracking server, such as
	// http://mlflow.mlops.svc:5000. A path prefix is allowed, for a server that was started
	// with --static-prefix. MLflow 3 refuses host names that its --allowed-hosts does not
	// list, with their port. The condition Reachable then has the reason HostNotAllowed.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=2048
	// +kubebuilder:validation:XValidation:rule="isURL(self) && url(self).getScheme() in ['http', 'https'] && url(self).getHostname() != ''",message="url must be an absolute http or https URL, such as http://mlflow.mlops.svc:5000"
	// +kubebuilder:validation:XValidation:rule="!isURL(self) || url(self).getPort() == '' || (url(self).getPort().size() <= 5 && int(url(self).getPort()) >= 1 && int(url(self).getPort()) <= 65535)",message="the port in url must lie between 1 and 65535"
	// +kubebuilder:validation:XValidation:rule="!self.contains('@')",message="url must not carry credentials: put them into a Secret and name it under auth"
	// +kubebuilder:validation:XValidation:rule="!self.contains('?') && !self.contains('#')",message="url must have no query and no fragment: it is the base of MLflow's REST API"
	URL string `json:"url,omitempty"`

	// auth says how to authenticate. Absent: anonymously.
	// +optional
	Auth *Authentication `json:"auth,omitempty"`

	// tls says how the certificate of an https server is verified. Absent: against the
	// system's certificate authorities.
	// +optional
	TLS *TLS `json:"tls,omitempty"`

	// workspace is the MLflow workspace to use (MLflow 3.17 with --enable-workspaces).
	// Absent or empty: no workspace is named, which is the workspace "default" on a server
	// that has workspaces.
	// +optional
	// +kubebuilder:validation:MaxLength=63
	// +kubebuilder:validation:XValidation:rule="self.matches('^([a-z0-9]([-a-z0-9]*[a-z0-9])?)?$')",message="workspace must be the name of an MLflow workspace: lower-case letters, digits and hyphens within"
	Workspace *string `json:"workspace,omitempty"`

	// pollInterval is how often the operator lists the registered models; MLflow has no
	// watch. A manual change in MLflow is detected within this time. A large or slow
	// registry is listed less often, see maxPollDutyCyclePercent; new versions and changes
	// of legacy stages are still read in this interval. At least 1s, at most 24h. Default:
	// 30s.
	// +optional
	// +default="30s"
	// +kubebuilder:validation:XValidation:rule="!self.matches('^([0-9]{1,5}([.][0-9]{1,9})?(ms|s|m|h))+$') || (duration(self) >= duration('1s') && duration(self) <= duration('24h'))",message="pollInterval must lie between 1s and 24h"
	PollInterval Duration `json:"pollInterval,omitempty"`

	// maxPollDutyCyclePercent is the share of time that listing the registry may take: at
	// 10 percent, a registry whose list takes 9s is listed every 90s. A higher share
	// detects manual changes sooner, at the cost of the other users of the server. At least
	// 1, at most 50. Absent: the value of the operator's flag
	// --max-poll-duty-cycle-percent, 10 by default.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=50
	MaxPollDutyCyclePercent int32 `json:"maxPollDutyCyclePercent,omitempty"`

	// timeout is how long one request may take, with its answer. At least 1s, at most
	// 10m. Default: 30s.
	// +optional
	// +default="30s"
	// +kubebuilder:validation:XValidation:rule="!self.matches('^([0-9]{1,5}([.][0-9]{1,9})?(ms|s|m|h))+$') || (duration(self) >= duration('1s') && duration(self) <= duration('10m'))",message="timeout must lie between 1s and 10m"
	Timeout Duration `json:"timeout,omitempty"`
}

// Authentication names the credentials of an MLflow account. Exactly one of basic and
// bearer is set.
//
// +kubebuilder:validation:ExactlyOneOf=basic;bearer
type Authentication struct {
	// basic is HTTP basic authentication, as the basic-auth app of MLflow demands.
	// +optional
	Basic *BasicAuthentication `json:"basic,omitempty"`

	// bearer is a token in the Authorization header, as proxies in front of MLflow demand.
	// +optional
	Bearer *BearerAuthentication `json:"bearer,omitempty"`
}

// BasicAuthentication is a user name and a password.
type BasicAuthentication struct {
	// secretRef names a Secret with the keys username and password, in the namespace of
	// the MLflowConnection; that of a ClusterMLflowConnection is in the operator's own
	// namespace. It is read again at every poll, and at once after the server refused the
	// credentials.
	// +required
	SecretRef LocalReference `json:"secretRef,omitzero"`
}

// BearerAuthentication is a token.
type BearerAuthentication struct {
	// secretRef names a Secret with the key token, in the namespace of the
	// MLflowConnection; that of a ClusterMLflowConnection is in the operator's own
	// namespace. It is read again at every poll, and at once after the server refused the
	// token.
	// +required
	SecretRef LocalReference `json:"secretRef,omitzero"`
}

// TLS says how the certificate of the server is verified.
//
// +kubebuilder:validation:AtLeastOneOf=caRef;insecureSkipVerify
type TLS struct {
	// caRef names a ConfigMap, in the namespace of the MLflowConnection, whose key ca.crt
	// holds the certificate authorities to trust, in PEM, in place of the system's; that of
	// a ClusterMLflowConnection is in the operator's own namespace.
	// +optional
	CARef *LocalReference `json:"caRef,omitempty"`

	// insecureSkipVerify accepts any certificate. An attacker on the network can then read
	// and change all traffic; the condition Reachable reports it while it is set. Default:
	// false.
	// +optional
	InsecureSkipVerify *bool `json:"insecureSkipVerify,omitempty"`
}

// MLflowConnectionStatus is what the operator observed of the server.
type MLflowConnectionStatus struct {
	// conditions are Ready, CredentialsResolved and Reachable, of a ClusterMLflowConnection
	// also Accepted, and Reconciling or Stalled while one of them is true.
	// +optional
	// +listType=map
	// +listMapKey=type
	// +kubebuilder:validation:MaxItems=16
	Conditions []metav1.Condition `json:"conditions,omitempty"`

	// observedGeneration is the generation of the spec that this status is about; -1 before
	// the first reconcile.
	// +optional
	// +kubebuilder:validation:Minimum=-1
	ObservedGeneration int64 `json:"observedGeneration,omitempty"`

	// lastHandledReconcileAt is the value of the annotation
	// registry.mlflow-operator.io/reconcile-requested-at that was handled last.
	// +optional
	// +kubebuilder:validation:MaxLength=256
	LastHandledReconcileAt string `json:"lastHandledReconcileAt,omitempty"`

	// serverVersion is the version of MLflow that the server reports.
	// +optional
	// +kubebuilder:validation:MaxLength=64
	ServerVersion string `json:"serverVersion,omitempty"`

	// workspacesEnabled is whether the server has workspaces.
	// +optional
	WorkspacesEnabled *bool `json:"workspacesEnabled,omitempty"`

	// effectivePollInterval is how often the registry is listed: pollInterval, or longer if
	// listing takes more than maxPollDutyCyclePercent of that.
	// +optional
	EffectivePollInterval Duration `json:"effectivePollInterval,omitempty"`
}

// MLflowConnection describes how to reach an MLflow server. RegisteredModels of the
// same namespace name it in connectionRef. Its Secret is in that namespace, too.
//
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:shortName=mlconn,categories=mlflow
// +kubebuilder:printcolumn:name="URL",type=string,JSONPath=`.spec.url`
// +kubebuilder:printcolumn:name="Version",type=string,JSONPath=`.status.serverVersion`
// +kubebuilder:printcolumn:name="Ready",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].status`
// +kubebuilder:printcolumn:name="Reason",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].reason`
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`
// +kubebuilder:printcolumn:name="Message",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].message`,priority=1
type MLflowConnection struct {
	metav1.TypeMeta `json:",inline"`

	// metadata is the standard metadata of an object.
	// +optional
	metav1.ObjectMeta `json:"metadata,omitzero"`

	// spec describes the server.
	// +required
	Spec MLflowConnectionSpec `json:"spec,omitzero"`

	// status is what the operator observed of the server.
	// +optional
	// +default={"observedGeneration":-1}
	Status MLflowConnectionStatus `json:"status,omitzero"`
}

// ConnectionSpec is the part of the spec that describes the server.
func (c *MLflowConnection) ConnectionSpec() *MLflowConnectionSpec {
	return &c.Spec
}

// ConnectionStatus is what the operator observed of the server.
func (c *MLflowConnection) ConnectionStatus() *MLflowConnectionStatus {
	return &c.Status
}

// MLflowConnectionList is a list of connections.
//
// +kubebuilder:object:root=true
type MLflowConnectionList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitzero"`
	Items           []MLflowConnection `json:"items"`
}
