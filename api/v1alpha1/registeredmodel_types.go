// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// AdoptionPolicy says what the operator does with a model that exists already, or does
// not exist.
//
// +kubebuilder:validation:Enum=CreateOrAdopt;CreateOnly;AdoptOnly;TakeOver
type AdoptionPolicy string

// What the operator does with a model that exists already, or does not exist.
const (
	// AdoptionPolicyCreateOrAdopt creates the model, or adopts one without an owner.
	AdoptionPolicyCreateOrAdopt AdoptionPolicy = "CreateOrAdopt"
	// AdoptionPolicyCreateOnly creates the model, and leaves a model that exists alone.
	AdoptionPolicyCreateOnly AdoptionPolicy = "CreateOnly"
	// AdoptionPolicyAdoptOnly adopts a model without an owner, and creates none.
	AdoptionPolicyAdoptOnly AdoptionPolicy = "AdoptOnly"
	// AdoptionPolicyTakeOver creates the model, or adopts it even if it has another owner.
	AdoptionPolicyTakeOver AdoptionPolicy = "TakeOver"
)

// ManagementPolicy says whether the operator writes to MLflow.
//
// +kubebuilder:validation:Enum=Enforce;Observe
type ManagementPolicy string

// Whether the operator writes to MLflow.
const (
	ManagementPolicyEnforce ManagementPolicy = "Enforce"
	ManagementPolicyObserve ManagementPolicy = "Observe"
)

// DriftPolicy says what the operator does after an external change of an alias.
//
// +kubebuilder:validation:Enum=Revert;Report
type DriftPolicy string

// What the operator does after an external change of an alias.
const (
	DriftPolicyRevert DriftPolicy = "Revert"
	DriftPolicyReport DriftPolicy = "Report"
)

// RollbackPolicy says which gates a version must pass to be promoted again to a stage
// that it held before.
//
// +kubebuilder:validation:Enum=Trusted;Gated
type RollbackPolicy string

// Which gates a version must pass to be promoted again to a stage that it held before.
const (
	// RollbackPolicyTrusted exempts it from comparison and approval gates and from
	// requiredSoakTime: it passed them before, and the baseline is the version that it must
	// replace.
	RollbackPolicyTrusted RollbackPolicy = "Trusted"
	// RollbackPolicyGated exempts it from no gate.
	RollbackPolicyGated RollbackPolicy = "Gated"
)

// OverridePolicy says whether a ModelPromotion may override gates.
//
// +kubebuilder:validation:Enum=Forbid;Allow
type OverridePolicy string

// Whether a ModelPromotion may override gates.
const (
	OverridePolicyForbid OverridePolicy = "Forbid"
	OverridePolicyAllow  OverridePolicy = "Allow"
)

// MLflowStage is a legacy stage of MLflow that can be kept in sync.
//
// +kubebuilder:validation:Enum=Staging;Production
type MLflowStage string

// RegisteredModelSpec describes a model that must exist in MLflow, its metadata, and
// what each of its stages demands.
//
// +kubebuilder:validation:XValidation:rule="has(self.modelName) == has(oldSelf.modelName) && (!has(self.modelName) || self.modelName == oldSelf.modelName)",message="modelName never changes: create another RegisteredModel for another model"
// +kubebuilder:validation:XValidation:rule="has(self.connectionRef) == has(oldSelf.connectionRef) && (!has(self.connectionRef) || self.connectionRef == oldSelf.connectionRef)",message="connectionRef never changes: create another RegisteredModel for another server, or edit the connection"
// +kubebuilder:validation:XValidation:rule="!has(self.tags) || ((!has(self.owner) || !('owner' in self.tags)) && (!has(self.useCase) || !('use_case' in self.tags)) && (!has(self.deploymentTarget) || !('deployment_target' in self.tags)))",message="owner, useCase and deploymentTarget are the tags owner, use_case and deployment_target: write each in one place only"
type RegisteredModelSpec struct {
	// connectionRef names the connection to the MLflow server of the model: an
	// MLflowConnection in the same namespace, or a ClusterMLflowConnection that allows it.
	// Absent: the server of the operator's own MLFLOW_TRACKING_URI. It never changes.
	// +optional
	ConnectionRef *ConnectionReference `json:"connectionRef,omitempty"`

	// modelName is the model's name in MLflow. Absent: the name of this object. It never
	// changes.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=256
	// +kubebuilder:validation:XValidation:rule=`self.matches(r'^[^/:\x00-\x1f\x7f-\x9f]*[^/:\x00-\x20\x7f-\x9f][^/:\x00-\x1f\x7f-\x9f]*$')`,message=`modelName must be a name that MLflow accepts: no slash, no colon, no control characters, and not spaces alone`
	// +kubebuilder:validation:XValidation:rule="!(self in ['.', '..'])",message="modelName must be a name that MLflow accepts: not . and not .."
	ModelName string `json:"modelName,omitempty"`

	// className names a ModelClass. The metadata must meet its rules, and the model has its
	// stages and gates in addition to its own. They can't be removed, renamed or weakened
	// here. Absent: the model has only what this spec declares.
	// +optional
	ClassName ClassName `json:"className,omitempty"`

	// description is the description of the model. Absent or empty: the operator leaves the
	// description in MLflow alone.
	// +optional
	// +kubebuilder:validation:MaxLength=5000
	Description *string `json:"description,omitempty"`

	// owner is the person or team that answers for the model. It is written as the tag
	// owner.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=250
	Owner string `json:"owner,omitempty"`

	// useCase is what the model is for. It is written as the tag use_case.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=250
	UseCase string `json:"useCase,omitempty"`

	// deploymentTarget is where the model is meant to run. It is written as the tag
	// deployment_target.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=250
	DeploymentTarget string `json:"deploymentTarget,omitempty"`

	// tags are tags of the model. A key that is removed here is removed from MLflow, if
	// the operator wrote it; keys that others wrote are never touched. Keys under
	// mlflow. and registry.mlflow-operator.io/ can't be set.
	// +optional
	// +kubebuilder:validation:MaxProperties=64
	// +kubebuilder:validation:XValidation:rule="self.all(key, key.size() >= 1 && key.size() <= 250)",message="tag keys have 1 to 250 characters"
	// +kubebuilder:validation:XValidation:rule="self.all(key, key.matches('^[A-Za-z0-9_. :-]+(/[A-Za-z0-9_. :-]+)*$'))",message="tag keys consist of letters, digits, underscores, hyphens, periods, spaces, colons and single slashes within"
	// +kubebuilder:validation:XValidation:rule="self.all(key, !key.startsWith('mlflow.') && !key.startsWith('registry.mlflow-operator.io/'))",message="tag keys under mlflow. and registry.mlflow-operator.io/ are reserved: choose another key"
	Tags map[string]TagValue `json:"tags,omitempty"`

	// stages are the stages of the model, in order: the first is the earliest. A version
	// that holds a later stage is not promoted to an earlier one. With className, the model
	// also has the stages of the class. List one of them to add to it. A stage that the
	// class does not have is placed before the next listed stage of the class, or else
	// last.
	// +optional
	// +listType=map
	// +listMapKey=name
	// +kubebuilder:validation:MaxItems=16
	// +kubebuilder:validation:XValidation:rule="self.all(a, self.exists_one(b, (has(a.alias) ? a.alias : a.name) == (has(b.alias) ? b.alias : b.name)))",message="two stages have the same alias: give each stage an alias of its own"
	// +kubebuilder:validation:XValidation:rule="self.all(a, !has(a.mlflowStage) || self.exists_one(b, has(b.mlflowStage) && a.mlflowStage == b.mlflowStage))",message="two stages have the same mlflowStage: set it in one of them only"
	// +kubebuilder:validation:XValidation:rule="self.all(i, a, !has(a.promotesFrom) || a.promotesFrom.all(from, self.exists(j, b, j < i && b.name == from)))",message="promotesFrom may only name stages that stand earlier in the list"
	Stages []Stage `json:"stages,omitempty"`

	// adoptionPolicy says what the operator does with a model that exists already, or does
	// not exist: CreateOrAdopt (default), CreateOnly, AdoptOnly, or TakeOver, which also
	// adopts a model that has the tag of another owner.
	// +optional
	// +default="CreateOrAdopt"
	AdoptionPolicy AdoptionPolicy `json:"adoptionPolicy,omitempty"`

	// retention says which versions are kept when newer ones are registered, and what
	// happens to the others. With className, the retention of the class counts, too: the
	// larger keepLatest, the keepTags of both, and Archive over Delete. Absent, here and in
	// the class: versions are neither archived nor deleted.
	// +optional
	Retention *Retention `json:"retention,omitempty"`

	// deletionPolicy says what happens to the model in MLflow when this object is deleted:
	// Retain (default) leaves it as it is; Delete deletes it with all its versions, if it
	// has the owner tag of this object. With Delete, the deletion of the object waits until
	// that is done, and a condition says why it waits. The annotation
	// registry.mlflow-operator.io/orphan-on-delete: "true" completes the deletion and
	// leaves the model. Nothing is deleted if the object is suspended, or managementPolicy
	// is Observe.
	// +optional
	// +default="Retain"
	DeletionPolicy DeletionPolicy `json:"deletionPolicy,omitempty"`

	// managementPolicy says whether the operator writes to MLflow: Enforce (default), or
	// Observe, which writes nothing, neither for the model nor for its promotions, and
	// lists in status.plan what it would write.
	// +optional
	// +default="Enforce"
	ManagementPolicy ManagementPolicy `json:"managementPolicy,omitempty"`

	// suspend stops all work on the model and on its promotions until it is false.
	// Default: false.
	// +optional
	Suspend *bool `json:"suspend,omitempty"`
}

// Stage is a stage of a model: an alias in MLflow, and what it demands of a version.
//
// +kubebuilder:validation:XValidation:rule="has(self.alias) || (self.name != 'latest' && !self.name.matches('^v[0-9]+$'))",message="the stage's name can't be its alias, since MLflow reserves \"latest\" and \"v\" with digits: set alias"
// +kubebuilder:validation:XValidation:rule="!has(self.requiredSoakTime) || has(self.promotesFrom)",message="requiredSoakTime is how long a version must have held the stages of promotesFrom: set promotesFrom, or remove requiredSoakTime"
// +kubebuilder:validation:XValidation:rule="(has(self.alias) ? self.alias : self.name) == (has(oldSelf.alias) ? oldSelf.alias : oldSelf.name)",message="the alias of a stage never changes, because the old alias would be left behind: add another stage with the new alias, promote there, and remove this one"
type Stage struct {
	// name is the name of the stage.
	// +required
	Name StageName `json:"name,omitempty"`

	// alias is the alias in MLflow that points to the current version of the stage. Absent:
	// the name of the stage. It never changes, because the old alias would be left behind.
	// +optional
	Alias Alias `json:"alias,omitempty"`

	// mlflowStage is a legacy stage of MLflow, Staging or Production, to keep in sync: the
	// operator moves the current version of this stage there, and archives the versions
	// that were there. If one version holds several stages, the last one in the list
	// counts. Absent: the operator leaves legacy stages alone.
	// +optional
	MLflowStage MLflowStage `json:"mlflowStage,omitempty"`

	// promotesFrom names stages to which a version must have been promoted before, each by
	// a ModelPromotion.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=16
	PromotesFrom []StageName `json:"promotesFrom,omitempty"`

	// requiredSoakTime is how long a version must have held each of the stages of
	// promotesFrom without interruption, such as 24h. It may have left them since. The
	// promotion waits with the reason Soaking until status.blockedUntil. It needs
	// promotesFrom. At least 1s, at most 8760h. Absent: any time is enough.
	// +optional
	// +kubebuilder:validation:XValidation:rule="!self.matches('^([0-9]{1,5}([.][0-9]{1,9})?(ms|s|m|h))+$') || (duration(self) >= duration('1s') && duration(self) <= duration('8760h'))",message="requiredSoakTime must lie between 1s and 8760h"
	RequiredSoakTime Duration `json:"requiredSoakTime,omitempty"`

	// gates are the demands of the stage on a version. All of them must pass. Absent: every
	// version that is ready can be promoted.
	// +optional
	// +listType=map
	// +listMapKey=name
	// +kubebuilder:validation:MaxItems=32
	Gates []Gate `json:"gates,omitempty"`

	// driftPolicy says what happens after an external change of the alias: Revert
	// (default) restores the alias, Report leaves it and reports the drift.
	// +optional
	// +default="Revert"
	DriftPolicy DriftPolicy `json:"driftPolicy,omitempty"`

	// rollbackPolicy says which gates a version must pass to be promoted again to a stage
	// that it held before: Trusted (default) exempts it from comparisons, approvals and
	// requiredSoakTime, Gated from no gate.
	// +optional
	// +default="Trusted"
	RollbackPolicy RollbackPolicy `json:"rollbackPolicy,omitempty"`

	// overridePolicy says whether a ModelPromotion of the stage may override gates: Forbid
	// (default), or Allow, for one version at a time and with a reason, see
	// ModelPromotion.spec.override.
	// +optional
	// +default="Forbid"
	OverridePolicy OverridePolicy `json:"overridePolicy,omitempty"`
}

// EffectiveAlias returns the alias of the stage in MLflow.
func (s *Stage) EffectiveAlias() string {
	if s.Alias != "" {
		return string(s.Alias)
	}
	return string(s.Name)
}

// RegisteredModelStatus is what the operator observed and did in MLflow.
type RegisteredModelStatus struct {
	// conditions are Ready, ConnectionReady and Synced, and Reconciling or Stalled while
	// one of them is true.
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

	// modelName is the model's name in MLflow.
	// +optional
	// +kubebuilder:validation:MaxLength=256
	ModelName string `json:"modelName,omitempty"`

	// creationTimestamp is when the model was created in MLflow, in milliseconds since
	// 1970. It distinguishes the model from another one that was created with its name
	// after a deletion.
	// +optional
	// +kubebuilder:validation:Minimum=0
	CreationTimestamp int64 `json:"creationTimestamp,omitempty"`

	// latestVersion is the highest version that the model has.
	// +optional
	LatestVersion Version `json:"latestVersion,omitempty"`

	// latest is that version: when it was registered, from which run, and the URI to load
	// it by. Absent: the model has no version.
	// +optional
	Latest *LatestStatus `json:"latest,omitempty"`

	// stageSummary is the current version of each stage, such as "staging=9 production=7".
	// +optional
	// +kubebuilder:validation:MaxLength=2048
	StageSummary string `json:"stageSummary,omitempty"`

	// stages are the stages of the model and of its class with their current versions, in
	// order.
	// +optional
	// +listType=map
	// +listMapKey=name
	// +kubebuilder:validation:MaxItems=16
	Stages []StageStatus `json:"stages,omitempty"`

	// managedTags are the keys of the declared tags that the operator wrote; its own tags
	// are not listed. The operator removes no other tags.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=256
	// +kubebuilder:validation:items:MaxLength=250
	ManagedTags []string `json:"managedTags,omitempty"`

	// versions counts the versions of the model. Absent: there is no retention, and
	// versions are not counted.
	// +optional
	Versions *VersionsStatus `json:"versions,omitempty"`

	// plan is what the operator would write if managementPolicy were Enforce.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=256
	Plan []PlannedChange `json:"plan,omitempty"`
}

// LatestStatus is the highest version of a model, whatever stage it holds.
type LatestStatus struct {
	// version is its number.
	// +required
	Version Version `json:"version,omitempty"`

	// created is when it was registered in MLflow.
	// +optional
	Created *metav1.Time `json:"created,omitempty"`

	// runID is the run that it names. Absent: it names none.
	// +optional
	// +kubebuilder:validation:MaxLength=64
	RunID string `json:"runID,omitempty"`

	// uri is the URI to load exactly this version: models:/NAME/VERSION.
	// +optional
	// +kubebuilder:validation:MaxLength=1024
	URI string `json:"uri,omitempty"`
}

// StageStatus is the current version of a stage, as a deployment needs it.
type StageStatus struct {
	// name is the name of the stage.
	// +required
	Name StageName `json:"name,omitempty"`

	// alias is the alias of the stage in MLflow.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=255
	Alias string `json:"alias,omitempty"`

	// version is the current version of the stage. Absent: there is none.
	// +optional
	Version Version `json:"version,omitempty"`

	// previousVersion is the version that held the stage before currentVersion.
	// +optional
	PreviousVersion Version `json:"previousVersion,omitempty"`

	// since is when a ModelPromotion promoted the version. Absent if it was not promoted by
	// one.
	// +optional
	Since *metav1.Time `json:"since,omitempty"`

	// created is when the version was registered in MLflow. Absent if neither a promotion
	// nor the list of models has shown it.
	// +optional
	Created *metav1.Time `json:"created,omitempty"`

	// runID is the run of the version. Absent if neither a promotion nor the list of models
	// has shown it.
	// +optional
	// +kubebuilder:validation:MaxLength=64
	RunID string `json:"runID,omitempty"`

	// uri is the URI that loads the current version of the stage: models:/NAME@ALIAS.
	// +optional
	// +kubebuilder:validation:MaxLength=1024
	URI string `json:"uri,omitempty"`

	// versionURI is the URI to load exactly this version: models:/NAME/VERSION.
	// +optional
	// +kubebuilder:validation:MaxLength=1024
	VersionURI string `json:"versionURI,omitempty"`

	// promotion is the name of the ModelPromotion that manages the stage.
	// +optional
	// +kubebuilder:validation:MaxLength=253
	Promotion string `json:"promotion,omitempty"`

	// mlflowStage is the legacy stage of MLflow that is kept in sync.
	// +optional
	MLflowStage MLflowStage `json:"mlflowStage,omitempty"`
}

// PlannedChange is a change that the operator would write.
type PlannedChange struct {
	// field is what the operator would write: model, description, tags/KEY, or
	// versions/NUMBER for a version that the retention would archive or delete. Only the
	// lowest 100 such versions are listed.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=512
	Field string `json:"field,omitempty"`

	// current is the value in MLflow, cut after 512 characters; for a version, its legacy
	// stage. Absent: there is none.
	// +optional
	// +kubebuilder:validation:MaxLength=512
	Current string `json:"current,omitempty"`

	// desired is the value that the operator would write, cut after 512 characters. Absent:
	// it would remove the field, or delete the version.
	// +optional
	// +kubebuilder:validation:MaxLength=512
	Desired string `json:"desired,omitempty"`
}

// RegisteredModel declares a model in MLflow: its metadata, its stages in order, and
// what each stage demands. Deleting it leaves the model in MLflow as it is, unless
// deletionPolicy says otherwise.
//
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:shortName=rmodel,categories=mlflow
// +kubebuilder:selectablefield:JSONPath=`.spec.className`
// +kubebuilder:printcolumn:name="Model",type=string,JSONPath=`.status.modelName`
// +kubebuilder:printcolumn:name="Latest",type=string,JSONPath=`.status.latestVersion`
// +kubebuilder:printcolumn:name="Stages",type=string,JSONPath=`.status.stageSummary`
// +kubebuilder:printcolumn:name="Ready",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].status`
// +kubebuilder:printcolumn:name="Reason",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].reason`
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`
// +kubebuilder:printcolumn:name="Message",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].message`,priority=1
type RegisteredModel struct {
	metav1.TypeMeta `json:",inline"`

	// metadata is the standard metadata of an object.
	// +optional
	metav1.ObjectMeta `json:"metadata,omitzero"`

	// spec describes the model.
	// +required
	Spec RegisteredModelSpec `json:"spec,omitzero"`

	// status is what the operator observed and did in MLflow.
	// +optional
	// +default={"observedGeneration":-1}
	Status RegisteredModelStatus `json:"status,omitzero"`
}

// MLflowName returns the name of the model in MLflow.
func (m *RegisteredModel) MLflowName() string {
	if m.Spec.ModelName != "" {
		return m.Spec.ModelName
	}
	return m.Name
}

// Stage returns the stage with that name, or nil.
func (m *RegisteredModel) Stage(name StageName) *Stage {
	for i := range m.Spec.Stages {
		if m.Spec.Stages[i].Name == name {
			return &m.Spec.Stages[i]
		}
	}
	return nil
}

// DeclaredTags returns all tags that the spec declares, including those with fields of
// their own.
func (s *RegisteredModelSpec) DeclaredTags() map[string]string {
	tags := make(map[string]string, len(s.Tags)+3)
	for key, value := range s.Tags {
		tags[key] = string(value)
	}
	for key, value := range map[string]string{
		TagOwner: s.Owner, TagUseCase: s.UseCase, TagDeploymentTarget: s.DeploymentTarget,
	} {
		if value != "" {
			tags[key] = value
		}
	}
	return tags
}

// RegisteredModelList is a list of models.
//
// +kubebuilder:object:root=true
type RegisteredModelList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitzero"`
	Items           []RegisteredModel `json:"items"`
}
