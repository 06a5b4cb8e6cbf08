// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// ClusterMLflowConnectionSpec describes where an MLflow server is, and which namespaces
// may use it for which models. Its Secret and its ConfigMap are read only from the
// namespace that the operator runs in.
type ClusterMLflowConnectionSpec struct {
	MLflowConnectionSpec `json:",inline"`

	// allowedNamespaces are the namespaces whose RegisteredModels may name this connection.
	// Objects of other namespaces get the reason Forbidden, and nothing is read or written
	// for them. If a namespace is removed from the list, its next write is refused; what
	// MLflow has is left as it is.
	// +required
	AllowedNamespaces NamespaceSelection `json:"allowedNamespaces,omitzero"`

	// allowedModels restricts which models the allowed namespaces may declare. The entries
	// add up: a RegisteredModel needs an entry for its namespace and its modelName and, for
	// the alias of each of its stages, an entry that has that alias. Absent: an allowed
	// namespace may declare any model, with any alias.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=64
	AllowedModels []ModelPermission `json:"allowedModels,omitempty"`
}

// ModelPermission lets namespaces declare models.
type ModelPermission struct {
	// namespaces are the namespaces that the entry is for, among those in
	// allowedNamespaces.
	// +required
	Namespaces NamespaceSelection `json:"namespaces,omitzero"`

	// modelPattern is a regular expression (RE2) that the whole name of the model in MLflow
	// must match, such as neuro_(sentiment|topic)_.*. If it can't be compiled, the
	// connection is Stalled with the reason InvalidPolicy. Absent: any name.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=256
	ModelPattern string `json:"modelPattern,omitempty"`

	// aliases are the aliases that the stages of the model may have, such as champion. An
	// entry with aliases allows no stage with mlflowStage, because the legacy stages of
	// MLflow are the same for all aliases. Absent: any alias, and any mlflowStage.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=64
	Aliases []Alias `json:"aliases,omitempty"`
}

// NamespaceSelection selects namespaces: by name, by label, or all of them. An empty
// selection is refused.
//
// +kubebuilder:validation:MinProperties=1
// +kubebuilder:validation:ExactlyOneOf=names;selector;from
type NamespaceSelection struct {
	// names are the namespaces, by name.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=256
	Names []NamespaceName `json:"names,omitempty"`

	// selector selects namespaces by their labels. Anyone who may label a namespace can add
	// it to the selection or remove it.
	// +optional
	Selector *NamespaceSelector `json:"selector,omitempty"`

	// from is All: every namespace, including those that do not exist yet.
	// +optional
	From NamespacesFrom `json:"from,omitempty"`
}

// NamespacesFrom selects every namespace explicitly.
//
// +kubebuilder:validation:Enum=All
type NamespacesFrom string

// NamespacesFromAll is every namespace.
const NamespacesFromAll NamespacesFrom = "All"

// NamespaceSelector is a label selector with bounds that can't be empty. A namespace
// must meet all of its requirements.
//
// +kubebuilder:validation:AtLeastOneOf=matchLabels;matchExpressions
type NamespaceSelector struct {
	// matchLabels are labels that the namespace must have, with these values.
	// kubernetes.io/metadata.name is a label that every namespace has.
	// +optional
	// +kubebuilder:validation:MinProperties=1
	// +kubebuilder:validation:MaxProperties=16
	// +kubebuilder:validation:XValidation:rule="self.all(key, key.size() <= 317 && key.matches('^([a-z0-9]([-a-z0-9.]*[a-z0-9])?/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$'))",message="the keys of matchLabels must be keys of labels, such as team or example.com/team"
	MatchLabels map[string]LabelValue `json:"matchLabels,omitempty"`

	// matchExpressions are further requirements on the labels.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=16
	MatchExpressions []LabelRequirement `json:"matchExpressions,omitempty"`
}

// LabelRequirement is a requirement on one label.
//
// +kubebuilder:validation:XValidation:rule="(self.operator in ['In', 'NotIn']) == has(self.values)",message="In and NotIn need values, Exists and DoesNotExist have none"
type LabelRequirement struct {
	// key is the key of the label.
	// +required
	Key LabelKey `json:"key,omitempty"`

	// operator is In (the label has one of the values), NotIn (it has none of them, or is
	// absent), Exists or DoesNotExist.
	// +required
	Operator LabelOperator `json:"operator,omitempty"`

	// values are the values for In and NotIn.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=64
	Values []LabelValue `json:"values,omitempty"`
}

// LabelOperator says how a label is compared.
//
// +kubebuilder:validation:Enum=In;NotIn;Exists;DoesNotExist
type LabelOperator string

// ClusterMLflowConnection describes how to reach an MLflow server that several
// namespaces share, and which namespaces may use it. A RegisteredModel names it in
// connectionRef with kind ClusterMLflowConnection, and never has access to its
// credentials.
//
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:shortName=cmlconn,categories=mlflow,scope=Cluster
// +kubebuilder:printcolumn:name="URL",type=string,JSONPath=`.spec.url`
// +kubebuilder:printcolumn:name="Version",type=string,JSONPath=`.status.serverVersion`
// +kubebuilder:printcolumn:name="Ready",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].status`
// +kubebuilder:printcolumn:name="Reason",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].reason`
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`
// +kubebuilder:printcolumn:name="Message",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].message`,priority=1
type ClusterMLflowConnection struct {
	metav1.TypeMeta `json:",inline"`

	// metadata is the standard metadata of an object.
	// +optional
	metav1.ObjectMeta `json:"metadata,omitzero"`

	// spec describes the server and the namespaces that may use it.
	// +required
	Spec ClusterMLflowConnectionSpec `json:"spec,omitzero"`

	// status is what the operator observed of the server.
	// +optional
	// +default={"observedGeneration":-1}
	Status MLflowConnectionStatus `json:"status,omitzero"`
}

// ConnectionSpec is the part of the spec that describes the server.
func (c *ClusterMLflowConnection) ConnectionSpec() *MLflowConnectionSpec {
	return &c.Spec.MLflowConnectionSpec
}

// ConnectionStatus is what the operator observed of the server.
func (c *ClusterMLflowConnection) ConnectionStatus() *MLflowConnectionStatus {
	return &c.Status
}

// ClusterMLflowConnectionList is a list of connections.
//
// +kubebuilder:object:root=true
type ClusterMLflowConnectionList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitzero"`
	Items           []ClusterMLflowConnection `json:"items"`
}
