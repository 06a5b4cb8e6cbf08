// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// AdoptionPolicy says what may happen with a model that exists already, or does not.
//
// +kubebuilder:validation:Enum=CreateOrAdopt;CreateOnly;AdoptOnly;TakeOver
type AdoptionPolicy string

// The ways to come by a model.
const (
	// AdoptionPolicyCreateOrAdopt creates the model, or adopts one that nobody owns.
	AdoptionPolicyCreateOrAdopt AdoptionPolicy = "CreateOrAdopt"
	// AdoptionPolicyCreateOnly creates the model, and refuses one that exists.
	AdoptionPolicyCreateOnly AdoptionPolicy = "CreateOnly"
	// AdoptionPolicyAdoptOnly adopts a model that nobody owns, and creates none.
	AdoptionPolicyAdoptOnly AdoptionPolicy = "AdoptOnly"
	// AdoptionPolicyTakeOver creates the model, or adopts it whoever owns it.
	AdoptionPolicyTakeOver AdoptionPolicy = "TakeOver"
)

// ManagementPolicy says whether the operator writes.
//
// +kubebuilder:validation:Enum=Enforce;Observe
type ManagementPolicy string

// Whether the operator writes.
const (
	ManagementPolicyEnforce ManagementPolicy = "Enforce"
	ManagementPolicyObserve ManagementPolicy = "Observe"
)

// DriftPolicy says what happens after an external change of an alias.
//
// +kubebuilder:validation:Enum=Revert;Report
type DriftPolicy string

// What happens after an external change of an alias.
const (
	DriftPolicyRevert DriftPolicy = "Revert"
	DriftPolicyReport DriftPolicy = "Report"
)

// RollbackPolicy says which gates a version meets that returns to a stage.
//
// +kubebuilder:validation:Enum=Trusted;Gated
type RollbackPolicy string

// Which gates a version meets that returns to a stage.
const (
	// RollbackPolicyTrusted spares it the comparison and approval gates and requiredSoakTime:
	// it passed them before, and the baseline is the version that it must replace.
	RollbackPolicyTrusted RollbackPolicy = "Trusted"
	// RollbackPolicyGated spares it nothing.
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

// MLflowStage is one of MLflow's legacy stages that can be kept in step.
//
// +kubebuilder:validation:Enum=Staging;Production
type MLflowStage string

// RegisteredModelSpec says that a model must exist in MLflow, with which metadata,
// and what each of its stages demands.
//
// +kubebuilder:validation:XValidation:rule="has(self.modelName) == has(oldSelf.modelName) && (!has(self.modelName) || self.modelName == oldSelf.modelName)",message="modelName never changes: create another RegisteredModel for another model"
// +kubebuilder:validation:XValidation:rule="has(self.connectionRef) == has(oldSelf.connectionRef) && (!has(self.connectionRef) || self.connectionRef == oldSelf.connectionRef)",message="connectionRef never changes: create another RegisteredModel for another server, or edit the connection"
// +kubebuilder:validation:XValidation:rule="!has(self.tags) || ((!has(self.owner) || !('owner' in self.tags)) && (!has(self.useCase) || !('use_case' in self.tags)) && (!has(self.deploymentTarget) || !('deployment_target' in self.tags)))",message="owner, useCase and deploymentTarget are the tags owner, use_case and deployment_target: write each in one place only"
type RegisteredModelSpec struct {
	// connectionRef names the connection to the server that holds the model: an
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

	// className names a ModelClass, whose rules the metadata must meet, and whose stages
	// and gates the model has in addition to its own. They can't be removed, renamed or
	// weakened here. Absent: the model has what is written here, and nothing else.
	// +optional
	ClassName ClassName `json:"className,omitempty"`

	// description is the description of the model. Absent or empty: whatever MLflow has
	// is left alone.
	// +optional
	// +kubebuilder:validation:MaxLength=5000
	Description *string `json:"description,omitempty"`

	// owner is who answers for the model. It is written as the tag owner.
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
	// that holds a later stage is not moved to an earlier one. With className, the stages of
	// the class are there without being listed. One that is listed all the same says what
	// is added to it; a stage that the class does not have stands before the next one of
	// the class that is listed behind it, or else last.
	// +optional
	// +listType=map
	// +listMapKey=name
	// +kubebuilder:validation:MaxItems=16
	// +kubebuilder:validation:XValidation:rule="self.all(a, self.exists_one(b, (has(a.alias) ? a.alias : a.name) == (has(b.alias) ? b.alias : b.name)))",message="two stages have the same alias: give each stage an alias of its own"
	// +kubebuilder:validation:XValidation:rule="self.all(a, !has(a.mlflowStage) || self.exists_one(b, has(b.mlflowStage) && a.mlflowStage == b.mlflowStage))",message="two stages mirror the same mlflowStage: mirror it in one of them only"
	// +kubebuilder:validation:XValidation:rule="self.all(i, a, !has(a.promotesFrom) || a.promotesFrom.all(from, self.exists(j, b, j < i && b.name == from)))",message="promotesFrom may only name stages that stand earlier in the list"
	Stages []Stage `json:"stages,omitempty"`

	// adoptionPolicy says what may happen with a model that exists already, or does not:
	// CreateOrAdopt (default), CreateOnly, AdoptOnly, or TakeOver, which also takes a
	// model that carries another owner's mark.
	// +optional
	// +default="CreateOrAdopt"
	AdoptionPolicy AdoptionPolicy `json:"adoptionPolicy,omitempty"`

	// retention says which versions are kept when newer ones come, and what becomes of the
	// others. With className, what the class keeps is kept, too: the larger keepLatest
	// counts, the keepTags of both, and Archive over Delete. Absent, here and in the class:
	// no version is ever archived for its age or deleted.
	// +optional
	Retention *Retention `json:"retention,omitempty"`

	// deletionPolicy says what becomes of the model in MLflow when this object is deleted:
	// Retain (default) leaves it as it is, and Delete deletes it with all its versions, if
	// it carries the mark of this object. With Delete, the object waits with its deletion
	// until that is done, and says in its conditions what for; the annotation
	// registry.mlflow-operator.io/orphan-on-delete: "true" ends the wait and leaves the model.
	// Nothing is deleted where the object is suspended, or managementPolicy is Observe.
	// +optional
	// +default="Retain"
	DeletionPolicy DeletionPolicy `json:"deletionPolicy,omitempty"`

	// managementPolicy says whether the operator writes: Enforce (default), or Observe, which
	// writes nothing, neither for the model nor for its promotions, and lists in
	// status.plan what it would write.
	// +optional
	// +default="Enforce"
	ManagementPolicy ManagementPolicy `json:"managementPolicy,omitempty"`

	// suspend stops all work on the model and on its promotions until it is false.
	// Default: false.
	// +optional
	Suspend *bool `json:"suspend,omitempty"`
}

// Stage is one place that a version of a model can hold: an alias in MLflow, with
// what it demands of the version that wants it.
//
// +kubebuilder:validation:XValidation:rule="has(self.alias) || (self.name != 'latest' && !self.name.matches('^v[0-9]+$'))",message="the stage's name can't be its alias, since MLflow reserves \"latest\" and \"v\" with digits: set alias"
// +kubebuilder:validation:XValidation:rule="!has(self.requiredSoakTime) || has(self.promotesFrom)",message="requiredSoakTime is how long a version must have held the stages of promotesFrom: set promotesFrom, or remove requiredSoakTime"
// +kubebuilder:validation:XValidation:rule="(has(self.alias) ? self.alias : self.name) == (has(oldSelf.alias) ? oldSelf.alias : oldSelf.name)",message="the alias of a stage never changes, since its holder would be left behind: add another stage with the new alias, promote there, and remove this one"
type Stage struct {
	// name is the name of the stage.
	// +required
	Name StageName `json:"name,omitempty"`

	// alias is the alias in MLflow that says which version holds the stage. Absent: the
	// name of the stage. It never changes, since the version that holds the stage would
	// be left behind.
	// +optional
	Alias Alias `json:"alias,omitempty"`

	// mlflowStage is a legacy stage of MLflow, Staging or Production, to keep in step:
	// the version that holds this stage is moved there, and the versions that were
	// there are archived. Of several stages that one version holds, the last one in
	// the list counts. Absent: legacy stages are left alone.
	// +optional
	MLflowStage MLflowStage `json:"mlflowStage,omitempty"`

	// promotesFrom names stages that a version must have held before, each by way of a
	// ModelPromotion.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=16
	PromotesFrom []StageName `json:"promotesFrom,omitempty"`

	// requiredSoakTime is how long a version must have held each of the stages of promotesFrom
	// without a break, such as 24h. A stay that is over counts. The promotion waits with
	// reason Soaking until status.blockedUntil. It needs promotesFrom. At least 1s, at most
	// 8760h. Absent: to have held them at all is enough.
	// +optional
	// +kubebuilder:validation:XValidation:rule="!self.matches('^([0-9]{1,5}([.][0-9]{1,9})?(ms|s|m|h))+$') || (duration(self) >= duration('1s') && duration(self) <= duration('8760h'))",message="requiredSoakTime must lie between 1s and 8760h"
	RequiredSoakTime Duration `json:"requiredSoakTime,omitempty"`

	// gates are what the stage demands of a version, all of it. Without gates, every
	// version that is ready may hold the stage.
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

	// rollbackPolicy says which gates a version meets that returns to the stage: Trusted
	// (default) spares it the comparisons, the approvals and requiredSoakTime, Gated spares it nothing.
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

// EffectiveAlias is the alias of the stage in MLflow.
func (s *Stage) EffectiveAlias() string {
	if s.Alias != "" {
		return string(s.Alias)
	}
	return string(s.Name)
}

// RegisteredModelStatus is what the operator saw and did in MLflow.
type RegisteredModelStatus struct {
	// conditions are Ready, ConnectionReady and Synced, and Reconciling or Stalled while
	// one of them is true.
	// +optional
	// +listType=map
	// +listMapKey=type
	// +kubebuilder:validation:MaxItems=16
	Conditions []metav1.Condition `json:"conditions,omitempty"`

	// observedGeneration is the generation of the spec that this status speaks of; -1
	// before the first look.
	// +optional
	// +kubebuilder:validation:Minimum=-1
	ObservedGeneration int64 `json:"observedGeneration,omitempty"`

	// lastHandledReconcileAt is the value of the annotation
	// registry.mlflow-operator.io/reconcile-requested-at that was last acted on.
	// +optional
	// +kubebuilder:validation:MaxLength=256
	LastHandledReconcileAt string `json:"lastHandledReconcileAt,omitempty"`

	// modelName is the model's name in MLflow.
	// +optional
	// +kubebuilder:validation:MaxLength=256
	ModelName string `json:"modelName,omitempty"`

	// creationTimestamp is when the model was created in MLflow, in milliseconds since
	// 1970. It tells the model from another one that was created under its name after
	// it had been deleted.
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

	// stageSummary is which version holds which stage, such as "staging=9 production=7".
	// +optional
	// +kubebuilder:validation:MaxLength=2048
	StageSummary string `json:"stageSummary,omitempty"`

	// stages are the stages, those of the class included, with the versions that hold
	// them, in order.
	// +optional
	// +listType=map
	// +listMapKey=name
	// +kubebuilder:validation:MaxItems=16
	Stages []StageStatus `json:"stages,omitempty"`

	// managedTags are the keys of the tags that the operator wrote for you, without its own
	// mark. Only these does it ever remove.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=256
	// +kubebuilder:validation:items:MaxLength=250
	ManagedTags []string `json:"managedTags,omitempty"`

	// versions counts the versions that the model has. Absent without a retention: they are
	// not counted then.
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

// StageStatus is who holds a stage: what a deployment has to know.
type StageStatus struct {
	// name is the name of the stage.
	// +required
	Name StageName `json:"name,omitempty"`

	// alias is the alias of the stage in MLflow.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=255
	Alias string `json:"alias,omitempty"`

	// version is the version that holds the stage. Absent: none does.
	// +optional
	Version Version `json:"version,omitempty"`

	// previousVersion is the version that held the stage before.
	// +optional
	PreviousVersion Version `json:"previousVersion,omitempty"`

	// since is when the version took the stage by way of a ModelPromotion. Absent where
	// it did not.
	// +optional
	Since *metav1.Time `json:"since,omitempty"`

	// created is when the version was registered in MLflow, where a promotion looked it
	// up, or the list of models shows it.
	// +optional
	Created *metav1.Time `json:"created,omitempty"`

	// runID is the run that the version belongs to, where a promotion looked it up, or
	// the list of models shows it.
	// +optional
	// +kubebuilder:validation:MaxLength=64
	RunID string `json:"runID,omitempty"`

	// uri is the URI to load whatever version holds the stage: models:/NAME@ALIAS.
	// +optional
	// +kubebuilder:validation:MaxLength=1024
	URI string `json:"uri,omitempty"`

	// versionURI is the URI to load exactly this version: models:/NAME/VERSION.
	// +optional
	// +kubebuilder:validation:MaxLength=1024
	VersionURI string `json:"versionURI,omitempty"`

	// promotion is the name of the ModelPromotion that holds the stage.
	// +optional
	// +kubebuilder:validation:MaxLength=253
	Promotion string `json:"promotion,omitempty"`

	// mlflowStage is the legacy stage of MLflow that is kept in step.
	// +optional
	MLflowStage MLflowStage `json:"mlflowStage,omitempty"`
}

// PlannedChange is one thing that the operator would write.
type PlannedChange struct {
	// field is what would be written: model, description, tags/KEY, or versions/NUMBER for a
	// version that the retention would archive or delete, of which the lowest 100 are listed.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=512
	Field string `json:"field,omitempty"`

	// current is what MLflow has, cut after 512 characters; of a version, its legacy stage.
	// Absent: nothing.
	// +optional
	// +kubebuilder:validation:MaxLength=512
	Current string `json:"current,omitempty"`

	// desired is what would be written, cut after 512 characters. Absent: the field
	// would be removed, or the version deleted.
	// +optional
	// +kubebuilder:validation:MaxLength=512
	Desired string `json:"desired,omitempty"`
}

// RegisteredModel says that a model must exist in MLflow: its metadata, its stages
// in order, and what each stage demands. Deleting it leaves the model in MLflow as
// it is, unless deletionPolicy says otherwise.
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

	// spec says what the model must be like.
	// +required
	Spec RegisteredModelSpec `json:"spec,omitzero"`

	// status is what the operator saw and did in MLflow.
	// +optional
	// +default={"observedGeneration":-1}
	Status RegisteredModelStatus `json:"status,omitzero"`
}

// MLflowName is the model's name in MLflow.
func (m *RegisteredModel) MLflowName() string {
	if m.Spec.ModelName != "" {
		return m.Spec.ModelName
	}
	return m.Name
}

// Stage is the stage of that name, or nil.
func (m *RegisteredModel) Stage(name StageName) *Stage {
	for i := range m.Spec.Stages {
		if m.Spec.Stages[i].Name == name {
			return &m.Spec.Stages[i]
		}
	}
	return nil
}

// DeclaredTags are all tags that the spec declares, those with fields of their own
// included.
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
