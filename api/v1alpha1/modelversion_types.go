// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import (
	"cmp"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// VersionDeletionPolicy says what happens to the version in MLflow when the object is
// deleted.
//
// +kubebuilder:validation:Enum=Retain;Archive;Delete
type VersionDeletionPolicy string

// What happens to the version in MLflow when the object is deleted.
const (
	// VersionDeletionPolicyRetain leaves the version as it is.
	VersionDeletionPolicyRetain VersionDeletionPolicy = "Retain"
	// VersionDeletionPolicyArchive moves the version to MLflow's stage Archived.
	VersionDeletionPolicyArchive VersionDeletionPolicy = "Archive"
	// VersionDeletionPolicyDelete deletes a version that this object registered.
	VersionDeletionPolicyDelete VersionDeletionPolicy = "Delete"
)

// DefaultArtifactPath is the path at which MLflow's clients log a model in a run.
const DefaultArtifactPath = "model"

// ModelVersionSpec describes a version of a model that must be registered in MLflow,
// and its source. Only description, tags, deletionPolicy and suspend can be edited.
//
// +kubebuilder:validation:XValidation:rule="has(self.metrics) == has(oldSelf.metrics) && (!has(self.metrics) || self.metrics == oldSelf.metrics)",message="metrics never change, since they were measured of this version: create another ModelVersion for another version"
// +kubebuilder:validation:XValidation:rule="!has(self.metrics) || !has(self.tags) || self.metrics.all(key, !(key in self.tags))",message="metrics are written as tags of the version: write each key in one of metrics and tags only"
type ModelVersionSpec struct {
	// modelRef names the RegisteredModel, in the same namespace, that the version belongs
	// to. It never changes.
	// +required
	// +kubebuilder:validation:XValidation:rule="self == oldSelf",message="modelRef never changes: create another ModelVersion for another model"
	ModelRef LocalReference `json:"modelRef,omitzero"`

	// source is what the version is registered from, or the existing version that is
	// adopted. It never changes.
	// +required
	// +kubebuilder:validation:XValidation:rule="self == oldSelf",message="source never changes, since a version in MLflow never does: create another ModelVersion for another version"
	Source VersionSource `json:"source,omitzero"`

	// description is the description of the version. Absent or empty: the operator leaves
	// the description in MLflow alone.
	// +optional
	// +kubebuilder:validation:MaxLength=5000
	Description *string `json:"description,omitempty"`

	// tags are tags of the version. A key that is removed here is removed from MLflow, if
	// the operator wrote it; keys that others wrote are never touched. Keys under mlflow.
	// and registry.mlflow-operator.io/ can't be set.
	// +optional
	// +kubebuilder:validation:MaxProperties=64
	// +kubebuilder:validation:XValidation:rule="self.all(key, key.size() >= 1 && key.size() <= 250)",message="tag keys have 1 to 250 characters"
	// +kubebuilder:validation:XValidation:rule="self.all(key, key.matches('^[A-Za-z0-9_. :-]+(/[A-Za-z0-9_. :-]+)*$'))",message="tag keys consist of letters, digits, underscores, hyphens, periods, spaces, colons and single slashes within"
	// +kubebuilder:validation:XValidation:rule="self.all(key, !key.startsWith('mlflow.') && !key.startsWith('registry.mlflow-operator.io/'))",message="tag keys under mlflow. and registry.mlflow-operator.io/ are reserved: choose another key"
	Tags map[string]TagValue `json:"tags,omitempty"`

	// metrics are numbers that you declare for the version, by the key of the metric. Each
	// is written as a tag with that key. Only gates with source: VersionTag read them;
	// measured values are in the run or the logged model. They never change.
	// +optional
	// +kubebuilder:validation:MaxProperties=64
	// +kubebuilder:validation:XValidation:rule="self.all(key, key.size() >= 1 && key.size() <= 250)",message="metric keys have 1 to 250 characters"
	// +kubebuilder:validation:XValidation:rule="self.all(key, key.matches('^[A-Za-z0-9_. :-]+(/[A-Za-z0-9_. :-]+)*$'))",message="metric keys consist of letters, digits, underscores, hyphens, periods, spaces, colons and single slashes within"
	// +kubebuilder:validation:XValidation:rule="self.all(key, !key.startsWith('mlflow.') && !key.startsWith('registry.mlflow-operator.io/'))",message="metric keys under mlflow. and registry.mlflow-operator.io/ are reserved: choose another key"
	Metrics map[string]Decimal `json:"metrics,omitempty"`

	// deletionPolicy says what happens to the version in MLflow when this object is
	// deleted: Retain (default) leaves it, Archive moves it to MLflow's stage Archived,
	// Delete deletes it if this object registered it. While an alias points to the version,
	// or it is in MLflow's stage Staging or Production, the deletion waits. The annotation
	// registry.mlflow-operator.io/orphan-on-delete: "true" completes the deletion and
	// leaves the version.
	// +optional
	// +default="Retain"
	DeletionPolicy VersionDeletionPolicy `json:"deletionPolicy,omitempty"`

	// suspend stops all work on the version until it is false. Default: false.
	// +optional
	Suspend *bool `json:"suspend,omitempty"`
}

// VersionSource is what a version is registered from: runID, loggedModelID, uri, or uri
// together with the run or logged model that owns it; or only version, for a version
// that exists.
//
// +kubebuilder:validation:MinProperties=1
// +kubebuilder:validation:XValidation:rule="has(self.version) || has(self.runID) || has(self.loggedModelID) || has(self.uri)",message="source needs one of runID, loggedModelID, uri and version"
// +kubebuilder:validation:XValidation:rule="!has(self.version) || (!has(self.runID) && !has(self.loggedModelID) && !has(self.uri) && !has(self.artifactPath))",message="version adopts a version that exists, and stands alone: remove the other fields of source, or version"
// +kubebuilder:validation:XValidation:rule="!has(self.runID) || !has(self.loggedModelID)",message="a version has one owner: set runID or loggedModelID, not both"
// +kubebuilder:validation:XValidation:rule="!has(self.artifactPath) || (has(self.runID) && !has(self.uri))",message="artifactPath is a path among the artifacts of the run: set runID and no uri, or remove artifactPath"
// +kubebuilder:validation:XValidation:rule="!has(self.uri) || !self.uri.startsWith('runs:/') || (has(self.runID) && self.uri.startsWith('runs:/' + self.runID + '/'))",message="MLflow demands the run that owns a runs:/ URI: set runID to it, or use runID and artifactPath without uri"
// +kubebuilder:validation:XValidation:rule="!has(self.uri) || !self.uri.startsWith('models:/m-') || (has(self.loggedModelID) && self.uri == 'models:/' + self.loggedModelID)",message="MLflow demands the logged model that owns a models:/m- URI: set loggedModelID to it, or use loggedModelID without uri"
// +kubebuilder:validation:XValidation:rule="!has(self.uri) || !self.uri.startsWith('mlflow-artifacts:') || has(self.runID) || has(self.loggedModelID)",message="MLflow demands the run or the logged model that owns the artifacts: set runID or loggedModelID, too"
type VersionSource struct {
	// runID is the run whose model is registered. With uri, it is the run that owns the
	// artifacts at the URI.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=64
	// +kubebuilder:validation:XValidation:rule=`self.matches(r'^[A-Za-z0-9][A-Za-z0-9_-]*$')`,message=`runID must be the ID of a run, as MLflow shows it`
	RunID string `json:"runID,omitempty"`

	// artifactPath is the name under which the run logged the model. In MLflow 3 it is the
	// name of a logged model, which is registered then; in older versions, a path among the
	// artifacts of the run. Absent: model.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=400
	// +kubebuilder:validation:XValidation:rule=`self.matches(r'^[A-Za-z0-9_.=@+ -]+(/[A-Za-z0-9_.=@+ -]+)*$')`,message=`artifactPath must be a relative path such as model or export/model: letters, digits, spaces and _ . = @ + -`
	// +kubebuilder:validation:XValidation:rule="!self.matches('(^|/)[.][.]?(/|$)')",message="artifactPath must lie below the artifacts of the run: remove . and .. from it"
	ArtifactPath string `json:"artifactPath,omitempty"`

	// loggedModelID is the logged model that is registered, such as m-385c1f0a. With uri,
	// it is the logged model that owns the artifacts at the URI. Logged models exist in
	// MLflow 3 and later.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=64
	// +kubebuilder:validation:XValidation:rule=`self.matches(r'^m-[A-Za-z0-9-]+$')`,message=`loggedModelID must be the ID of a logged model, such as m-385c1f0a`
	LoggedModelID string `json:"loggedModelID,omitempty"`

	// uri is the location of the model, such as s3://bucket/path or models:/NAME/7. Local
	// paths and .. are refused.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=500
	// +kubebuilder:validation:XValidation:rule=`self.matches(r'^[a-z][a-z0-9+.-]*:/[^\x00-\x1f\x7f-\x9f]+$')`,message=`uri must be a URI such as s3://bucket/path or models:/NAME/7, without control characters`
	// +kubebuilder:validation:XValidation:rule="!self.startsWith('file:') && !self.contains('/../') && !self.endsWith('/..')",message="uri can't be a local file, nor have .. in it: use runID and artifactPath for what a run logged, or a bucket"
	URI string `json:"uri,omitempty"`

	// version is a version that exists already, in quotes. It is adopted: nothing is
	// registered, and its description and tags are kept as declared here.
	// +optional
	Version Version `json:"version,omitempty"`
}

// Adopts reports whether the source is a version that exists.
func (s *VersionSource) Adopts() bool {
	return s.Version != ""
}

// EffectiveURI returns the source that the version is registered with.
func (s *VersionSource) EffectiveURI() string {
	switch {
	case s.URI != "":
		return s.URI
	case s.LoggedModelID != "":
		return "models:/" + s.LoggedModelID
	default:
		return "runs:/" + s.RunID + "/" + s.EffectiveArtifactPath()
	}
}

// EffectiveArtifactPath returns the path at which the run logged the model.
func (s *VersionSource) EffectiveArtifactPath() string {
	return cmp.Or(s.ArtifactPath, DefaultArtifactPath)
}

// ModelVersionStatus is the version in MLflow, and the state of its registration.
type ModelVersionStatus struct {
	// conditions are Ready, Registered and Synced, and Reconciling or Stalled while one of
	// them is true.
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

	// connection is the connection through which the version was registered or adopted.
	// Absent: the server of the operator's own MLFLOW_TRACKING_URI.
	// +optional
	Connection *ConnectionReference `json:"connection,omitempty"`

	// modelName is the model's name in MLflow.
	// +optional
	// +kubebuilder:validation:MaxLength=256
	ModelName string `json:"modelName,omitempty"`

	// version is the number of the version. Absent: it is not registered yet.
	// +optional
	Version Version `json:"version,omitempty"`

	// uri is the URI to load exactly this version: models:/NAME/VERSION.
	// +optional
	// +kubebuilder:validation:MaxLength=1024
	URI string `json:"uri,omitempty"`

	// runID is the run that the version names.
	// +optional
	// +kubebuilder:validation:MaxLength=64
	RunID string `json:"runID,omitempty"`

	// loggedModelID is the logged model that the version was registered from.
	// +optional
	// +kubebuilder:validation:MaxLength=64
	LoggedModelID string `json:"loggedModelID,omitempty"`

	// source is the URI that the version was registered from, as MLflow reports it, without
	// credentials.
	// +optional
	// +kubebuilder:validation:MaxLength=1024
	Source string `json:"source,omitempty"`

	// modelCreationTimestamp is when the model was created in MLflow, in milliseconds since
	// 1970. With versionCreationTimestamp it distinguishes this version from another one
	// with its number, if the model was deleted and created again.
	// +optional
	// +kubebuilder:validation:Minimum=0
	ModelCreationTimestamp int64 `json:"modelCreationTimestamp,omitempty"`

	// versionCreationTimestamp is when the version was created in MLflow, in milliseconds
	// since 1970.
	// +optional
	// +kubebuilder:validation:Minimum=0
	VersionCreationTimestamp int64 `json:"versionCreationTimestamp,omitempty"`

	// stages are the stages of the model that the version holds, in the order of the model.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=16
	Stages []StageName `json:"stages,omitempty"`

	// managedTags are the keys of the declared tags that the operator wrote; its own tags
	// are not listed. The operator removes no other tags.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=256
	// +kubebuilder:validation:items:MaxLength=250
	ManagedTags []string `json:"managedTags,omitempty"`

	// pendingRegistration is the write-ahead record of a registration. The operator writes it
	// right before it asks MLflow for the version, and removes it in the same reconcile; after
	// a crash or a lost answer, once the version is found or it is certain that there is none.
	// +optional
	PendingRegistration *Registration `json:"pendingRegistration,omitempty"`
}

// Registration is an attempt to register a version.
type Registration struct {
	// time is when the operator began.
	// +required
	Time metav1.Time `json:"time,omitzero"`
}

// ModelVersion registers a version of a model in MLflow, exactly once, from a run, a
// logged model or a URI, or adopts an existing version. Deleting it leaves the version
// in MLflow as it is, unless deletionPolicy says otherwise.
//
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:shortName=mver,categories=mlflow
// +kubebuilder:printcolumn:name="Model",type=string,JSONPath=`.spec.modelRef.name`
// +kubebuilder:printcolumn:name="Version",type=string,JSONPath=`.status.version`
// +kubebuilder:printcolumn:name="Stages",type=string,JSONPath=`.status.stages`
// +kubebuilder:printcolumn:name="Ready",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].status`
// +kubebuilder:printcolumn:name="Reason",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].reason`
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`
// +kubebuilder:printcolumn:name="Message",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].message`,priority=1
type ModelVersion struct {
	metav1.TypeMeta `json:",inline"`

	// metadata is the standard metadata of an object.
	// +optional
	metav1.ObjectMeta `json:"metadata,omitzero"`

	// spec describes the version.
	// +required
	Spec ModelVersionSpec `json:"spec,omitzero"`

	// status is the version in MLflow, and the state of its registration.
	// +optional
	// +default={"observedGeneration":-1}
	Status ModelVersionStatus `json:"status,omitzero"`
}

// IsRetained reports whether the version is left as it is when the object is deleted.
func (v *ModelVersion) IsRetained() bool {
	return v.Spec.DeletionPolicy != VersionDeletionPolicyArchive && v.Spec.DeletionPolicy != VersionDeletionPolicyDelete
}

// ModelVersionList is a list of versions.
//
// +kubebuilder:object:root=true
type ModelVersionList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitzero"`
	Items           []ModelVersion `json:"items"`
}
