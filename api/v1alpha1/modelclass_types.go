// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// ClassName is the name of a ModelClass.
//
// +kubebuilder:validation:MinLength=1
// +kubebuilder:validation:MaxLength=253
// +kubebuilder:validation:XValidation:rule=`self.matches(r'^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$')`,message=`must be the name of a ModelClass: lower-case letters and digits, with hyphens and periods within`
type ClassName string

// MetadataField is a field of a RegisteredModel that describes the model.
//
// +kubebuilder:validation:Enum=owner;useCase;deploymentTarget;description
type MetadataField string

// The metadata that a class can require.
const (
	MetadataOwner            MetadataField = "owner"
	MetadataUseCase          MetadataField = "useCase"
	MetadataDeploymentTarget MetadataField = "deploymentTarget"
	MetadataDescription      MetadataField = "description"
)

// ModelClassSpec is a standard for models: the metadata that they must declare, and the
// stages and gates that they have in addition to their own.
type ModelClassSpec struct {
	// tags are rules for the tags that a model declares, one for each key. Tags without a
	// rule are free.
	// +optional
	// +listType=map
	// +listMapKey=key
	// +kubebuilder:validation:MaxItems=32
	Tags []TagRule `json:"tags,omitempty"`

	// requiredMetadata are the fields that a model must set to a value that is not blank:
	// owner, useCase, deploymentTarget or description. The tags owner, use_case and
	// deployment_target meet the rule as well.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=4
	RequiredMetadata []MetadataField `json:"requiredMetadata,omitempty"`

	// stages are stages that every model of the class has, in this order. A model can list
	// them to add gates and promotesFrom, or to place stages of its own between them; it
	// can't remove, rename or weaken them. A stage that the model lists, too, keeps the
	// alias and the mlflowStage of the class. The stricter driftPolicy, rollbackPolicy and
	// overridePolicy count (Revert, Gated and Forbid), and the longer requiredSoakTime.
	// +optional
	// +listType=map
	// +listMapKey=name
	// +kubebuilder:validation:MaxItems=16
	// +kubebuilder:validation:XValidation:rule="self.all(a, self.exists_one(b, (has(a.alias) ? a.alias : a.name) == (has(b.alias) ? b.alias : b.name)))",message="two stages have the same alias: give each stage an alias of its own"
	// +kubebuilder:validation:XValidation:rule="self.all(a, !has(a.mlflowStage) || self.exists_one(b, has(b.mlflowStage) && a.mlflowStage == b.mlflowStage))",message="two stages have the same mlflowStage: set it in one of them only"
	// +kubebuilder:validation:XValidation:rule="self.all(i, a, !has(a.promotesFrom) || a.promotesFrom.all(from, self.exists(j, b, j < i && b.name == from)))",message="promotesFrom may only name stages that stand earlier in the list"
	Stages []Stage `json:"stages,omitempty"`

	// retention says which versions every model of the class keeps at least, and what
	// happens to the others. A model can keep more: the larger keepLatest counts, the
	// keepTags of both, and Archive over Delete. Absent: only the retention of the model
	// counts.
	// +optional
	Retention *Retention `json:"retention,omitempty"`
}

// TagRule is a rule for one tag of a model. The rule for the value applies whenever the
// model declares the tag.
//
// +kubebuilder:validation:XValidation:rule="(has(self.required) && self.required) || has(self.values) || has(self.pattern)",message="a rule must not allow everything: set required, values or pattern"
// +kubebuilder:validation:XValidation:rule="!self.key.startsWith('mlflow.') && !self.key.startsWith('registry.mlflow-operator.io/')",message="tag keys under mlflow. and registry.mlflow-operator.io/ are reserved, and no model can declare them: choose another key"
type TagRule struct {
	// key is the key of the tag. The keys owner, use_case and deployment_target also cover
	// the fields owner, useCase and deploymentTarget of the model.
	// +required
	Key TagKey `json:"key,omitempty"`

	// required says that every model of the class must declare the tag, with a value that
	// is not blank. Default: false.
	// +optional
	Required *bool `json:"required,omitempty"`

	// values are the values that the tag may have. Absent: any.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=64
	// +kubebuilder:validation:items:MaxLength=250
	Values []string `json:"values,omitempty"`

	// pattern is a regular expression in RE2 syntax that the whole value must match: [a-z]+
	// does not match "nlp team", and ^ and $ are not needed. If values is set, too, the
	// value must meet both. Absent: any value.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=250
	Pattern string `json:"pattern,omitempty"`
}

// ModelClassStatus says whether models can inherit from the class.
type ModelClassStatus struct {
	// conditions are Ready, and Stalled while a person must change the class.
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
}

// ModelClass is the standard of a platform team for models, for the whole cluster. A
// RegisteredModel that names it in className inherits its rules, stages and gates, and
// can only add to them. An edit applies to all models of the class at once. A model
// that no longer meets the class reports it and keeps its current versions. While a
// class is missing or not Ready, nothing is written for its models.
//
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:shortName=mclass,categories=mlflow,scope=Cluster
// +kubebuilder:printcolumn:name="Ready",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].status`
// +kubebuilder:printcolumn:name="Reason",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].reason`
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`
// +kubebuilder:printcolumn:name="Message",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].message`,priority=1
type ModelClass struct {
	metav1.TypeMeta `json:",inline"`

	// metadata is the standard metadata of an object.
	// +optional
	metav1.ObjectMeta `json:"metadata,omitzero"`

	// spec is the standard.
	// +required
	Spec ModelClassSpec `json:"spec,omitzero"`

	// status says whether models can inherit from the class.
	// +optional
	// +default={"observedGeneration":-1}
	Status ModelClassStatus `json:"status,omitzero"`
}

// ModelClassList is a list of classes.
//
// +kubebuilder:object:root=true
type ModelClassList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitzero"`
	Items           []ModelClass `json:"items"`
}
