// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// PromotionMode says whether the operator moves the alias.
//
// +kubebuilder:validation:Enum=Enforce;DryRun
type PromotionMode string

// Whether the operator moves the alias.
const (
	PromotionModeEnforce PromotionMode = "Enforce"
	PromotionModeDryRun  PromotionMode = "DryRun"
)

// HistoryLimit is how many entries status.history keeps.
const HistoryLimit = 20

// ApproversLimit is how many approvers an entry of status.history names.
const ApproversLimit = 20

// ModelPromotionSpec says which version should hold one stage of one model. To
// promote, or to roll back, edit the version.
//
// +kubebuilder:validation:ExactlyOneOf=version;versionFrom
// +kubebuilder:validation:XValidation:rule="!has(self.versionFrom) || !has(self.versionFrom.stage) || self.versionFrom.stage != self.stage",message="versionFrom.stage must name another stage than the one to promote to"
type ModelPromotionSpec struct {
	// modelRef names the RegisteredModel, in the same namespace. It never changes.
	// +required
	// +kubebuilder:validation:XValidation:rule="self == oldSelf",message="modelRef never changes: create another ModelPromotion for another model"
	ModelRef LocalReference `json:"modelRef,omitzero"`

	// stage is the stage of the model that the version should hold. It never changes. One
	// ModelPromotion manages a stage; of several, the oldest does, and the others are
	// Stalled with the reason Conflict.
	// +required
	// +kubebuilder:validation:XValidation:rule="self == oldSelf",message="stage never changes: create another ModelPromotion for another stage"
	Stage StageName `json:"stage,omitempty"`

	// version is the version that should hold the stage, in quotes. Exactly one of
	// version and versionFrom is set.
	// +optional
	Version Version `json:"version,omitempty"`

	// versionFrom selects the version that should hold the stage. The operator follows it:
	// a version that it newly selects is promoted as soon as its gates pass. A newer
	// candidate that is blocked leaves the stage unchanged, and the promotion remains Ready
	// with the reason CandidateBlocked.
	// +optional
	VersionFrom *VersionFrom `json:"versionFrom,omitempty"`

	// gates are demands in addition to those of the stage. They can't replace or remove a
	// gate of the stage.
	// +optional
	// +listType=map
	// +listMapKey=name
	// +kubebuilder:validation:MaxItems=32
	Gates []Gate `json:"gates,omitempty"`

	// mode says whether the operator moves the alias: Enforce (default), or DryRun, which
	// evaluates every gate, reports, and writes nothing.
	// +optional
	// +default="Enforce"
	Mode PromotionMode `json:"mode,omitempty"`

	// expectedCurrentVersion is the version that must be the current version of the stage
	// at the time of the promotion. If another one is, nothing is written, and the reason
	// is PreconditionFailed. Absent: any version may be current.
	// +optional
	ExpectedCurrentVersion Version `json:"expectedCurrentVersion,omitempty"`

	// override promotes one version although gates block it. It counts only for that
	// version, and only if the stage has overridePolicy: Allow.
	// +optional
	Override *Override `json:"override,omitempty"`

	// requestedBy is the user who requests the version: your own user name, as "kubectl
	// auth whoami" shows it. The API server refuses any other name if requestedBy is set or
	// changed, or if version, versionFrom or override changes beside it. Gates with
	// excludeRequester wait while it is absent.
	// +optional
	RequestedBy UserName `json:"requestedBy,omitempty"`

	// suspend stops all work on the promotion until it is false. Drift of the alias is then
	// not reverted. Default: false.
	// +optional
	Suspend *bool `json:"suspend,omitempty"`
}

// Override promotes one version although gates block it. The gates are still evaluated
// and reported. An override leaves a Warning event, an entry of the history that names
// the gates and the reason, and a note in the evidence tag.
type Override struct {
	// version is the version that the override is for. It does not count for any other
	// version, nor for a model that was deleted and created again since.
	// +required
	Version Version `json:"version,omitempty"`

	// gates are the names of the gates that are exempt if they are Failed or Pending, as in
	// status.gates. A gate with the result Error is not overridden. If one of the names is
	// not a gate of the promotion, the whole override does not count.
	// +required
	// +listType=set
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=32
	// +kubebuilder:validation:items:MinLength=1
	// +kubebuilder:validation:items:MaxLength=63
	// +kubebuilder:validation:items:XValidation:rule=`self.matches(r'^[a-z0-9]([-a-z0-9]*[a-z0-9])?$')`,message=`must be the name of a gate, as status.gates shows it`
	// +kubebuilder:validation:XValidation:rule="!('version-ready' in self) && !('not-backward' in self)",message="version-ready and not-backward can't be overridden: remove them from override.gates"
	Gates []string `json:"gates,omitempty"`

	// reason says why, for those who read it later: "f1 was computed on the wrong split,
	// see INC-142".
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=256
	// +kubebuilder:validation:XValidation:rule="self.trim().size() > 0",message="override.reason must say why the gates are overridden"
	Reason string `json:"reason,omitempty"`
}

// VersionFrom selects a version. Exactly one of its fields is set.
//
// +kubebuilder:validation:ExactlyOneOf=latest;stage;alias;modelVersionRef
type VersionFrom struct {
	// latest is the highest version of the model that has the tags. Write {} for the
	// highest version, whatever its tags.
	// +optional
	Latest *LatestVersion `json:"latest,omitempty"`

	// stage is the current version of another stage of the same model.
	// +optional
	Stage StageName `json:"stage,omitempty"`

	// alias is the version that an alias of the same model points to.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=255
	Alias string `json:"alias,omitempty"`

	// modelVersionRef names a ModelVersion of the same model, in the same namespace. The
	// version that it registered is wanted, as if version named it. The promotion waits
	// until it is registered.
	// +optional
	ModelVersionRef *LocalReference `json:"modelVersionRef,omitempty"`
}

// LatestVersion is the highest version that has all of the tags.
type LatestVersion struct {
	// tags are tags that the version must carry, with these values.
	// +optional
	// +kubebuilder:validation:MaxProperties=16
	// +kubebuilder:validation:XValidation:rule="self.all(key, key.size() >= 1 && key.size() <= 250)",message="tag keys have 1 to 250 characters"
	Tags map[string]TagValue `json:"tags,omitempty"`
}

// PromotionReason says why the version of a stage changed.
type PromotionReason string

// Why the version of a stage changed.
const (
	// PromotionReasonPromoted: the version passed its gates and had not held the stage before.
	PromotionReasonPromoted PromotionReason = "Promoted"
	// PromotionReasonRolledBack: the version had held the stage before.
	PromotionReasonRolledBack PromotionReason = "RolledBack"
	// PromotionReasonDriftReverted: an external change of the alias was reverted.
	PromotionReasonDriftReverted PromotionReason = "DriftReverted"
	// PromotionReasonOverridden: a gate blocked the version, and was overridden.
	PromotionReasonOverridden PromotionReason = "Overridden"
)

// ModelPromotionStatus is the current version of the stage, and the results of the
// gates for the candidate.
type ModelPromotionStatus struct {
	// conditions are Ready, CandidateResolved, GatesPassed and Promoted, and Reconciling
	// or Stalled while one of them is true.
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

	// candidate is the version that the promotion wants, or that it promoted. It is written
	// before the gates are evaluated.
	// +optional
	Candidate *Candidate `json:"candidate,omitempty"`

	// currentVersion is the version that the stage's alias points to in MLflow. Absent: the
	// alias does not exist.
	// +optional
	CurrentVersion Version `json:"currentVersion,omitempty"`

	// currentVersionSince is when currentVersion began to hold the stage without
	// interruption, as far as the operator observed it. requiredSoakTime of a later stage
	// counts from here. It restarts if the alias was moved and is restored. Absent while
	// the current version was not promoted by this object, and while the operator does not
	// watch the stage: the promotion or its model is suspended, or another promotion
	// manages the stage.
	// +optional
	CurrentVersionSince *metav1.Time `json:"currentVersionSince,omitempty"`

	// previousVersion is the version that held the stage before currentVersion.
	// +optional
	PreviousVersion Version `json:"previousVersion,omitempty"`

	// blockedUntil is the time before which the candidate can't be promoted, if it is
	// known: when the candidate will have held the earlier stages for requiredSoakTime.
	// +optional
	BlockedUntil *metav1.Time `json:"blockedUntil,omitempty"`

	// uri is the URI that loads the current version of the stage: models:/NAME@ALIAS.
	// +optional
	// +kubebuilder:validation:MaxLength=1024
	URI string `json:"uri,omitempty"`

	// gates are the results of the gates for the candidate, each with the observed and the
	// expected value, from the last evaluation. If only a legacy stage is synchronized,
	// those of the promotion are kept.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=80
	Gates []GateStatus `json:"gates,omitempty"`

	// evidenceDigest is the SHA-256 digest of the evidence that the gates read for the
	// candidate, approval gates excluded. A PromotionApproval that names it counts only for
	// exactly this evidence.
	// +optional
	// +kubebuilder:validation:MaxLength=80
	EvidenceDigest string `json:"evidenceDigest,omitempty"`

	// comparison lists every metric that the candidate and the version that it replaces
	// have in common.
	// +optional
	// +listType=map
	// +listMapKey=metric
	// +kubebuilder:validation:MaxItems=64
	Comparison []MetricChange `json:"comparison,omitempty"`

	// override is the model that the override of the spec is bound to. Absent: there is no
	// override.
	// +optional
	Override *OverrideBinding `json:"override,omitempty"`

	// pendingTransition is the write-ahead record of a transition: the entry that history gets
	// if the alias then points to its version, and that version carries its evidence. The
	// operator writes it right before it writes to MLflow, and removes it in the same
	// reconcile; after a crash or a lost answer, in the next one that can read MLflow.
	// +optional
	PendingTransition *PromotionRecord `json:"pendingTransition,omitempty"`

	// history lists the transitions of the stage, newest first. If the same version was
	// restored several times in a row, only the last time is kept.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=20
	History []PromotionRecord `json:"history,omitempty"`
}

// OverrideBinding is the model for which the operator first read an override. The
// override does not count for another model of that name, created later, until the spec
// is edited.
type OverrideBinding struct {
	// generation is the generation of the spec in which the operator first read the
	// override.
	// +optional
	// +kubebuilder:validation:Minimum=0
	Generation int64 `json:"generation,omitempty"`

	// modelCreationTimestamp is when the model was created in MLflow, in milliseconds
	// since 1970.
	// +optional
	// +kubebuilder:validation:Minimum=0
	ModelCreationTimestamp int64 `json:"modelCreationTimestamp,omitempty"`
}

// Candidate identifies the version that a promotion wants: not only its number, but the
// artifact.
type Candidate struct {
	// version is the number of the version.
	// +required
	Version Version `json:"version,omitempty"`

	// runID is the run that the version names.
	// +optional
	// +kubebuilder:validation:MaxLength=64
	RunID string `json:"runID,omitempty"`

	// loggedModelID is the logged model that the version was registered from.
	// +optional
	// +kubebuilder:validation:MaxLength=64
	LoggedModelID string `json:"loggedModelID,omitempty"`

	// source is the URI that the version was registered from.
	// +optional
	// +kubebuilder:validation:MaxLength=1024
	Source string `json:"source,omitempty"`

	// modelCreationTimestamp is when the model was created in MLflow, in milliseconds since
	// 1970. With versionCreationTimestamp it distinguishes this version from another one
	// with its number, if the model was deleted and created again.
	// +optional
	// +kubebuilder:validation:Minimum=0
	ModelCreationTimestamp int64 `json:"modelCreationTimestamp,omitempty"`

	// versionCreationTimestamp is when the version was created in MLflow, in
	// milliseconds since 1970.
	// +optional
	// +kubebuilder:validation:Minimum=0
	VersionCreationTimestamp int64 `json:"versionCreationTimestamp,omitempty"`

	// baselineVersion is the version that the candidate is compared with: the current version
	// of the stage when the candidate was pinned, or the last promoted version if an external
	// change had put the current one there. Absent: there was none.
	// +optional
	BaselineVersion Version `json:"baselineVersion,omitempty"`

	// generation is the generation of the spec for which the candidate was pinned.
	// +optional
	// +kubebuilder:validation:Minimum=0
	Generation int64 `json:"generation,omitempty"`
}

// MetricChange compares one metric of the candidate with that of the version that it
// replaces.
type MetricChange struct {
	// metric is the metric's key in MLflow.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=250
	Metric string `json:"metric,omitempty"`

	// current is the value of the version that is replaced.
	// +optional
	// +kubebuilder:validation:MaxLength=64
	Current string `json:"current,omitempty"`

	// candidate is the value of the candidate.
	// +optional
	// +kubebuilder:validation:MaxLength=64
	Candidate string `json:"candidate,omitempty"`

	// absoluteChange is candidate minus current. Metrics with a value that is no finite
	// number are left out.
	// +optional
	// +kubebuilder:validation:MaxLength=64
	AbsoluteChange string `json:"absoluteChange,omitempty"`

	// relativeChange is absoluteChange as a share of the absolute value of current. Absent
	// if that is zero.
	// +optional
	// +kubebuilder:validation:MaxLength=64
	RelativeChange string `json:"relativeChange,omitempty"`
}

// PromotionRecord is one transition of the stage.
type PromotionRecord struct {
	// version is the version that was promoted to the stage.
	// +required
	Version Version `json:"version,omitempty"`

	// previousVersion is the version that it replaced. Absent: no version held the stage.
	// +optional
	PreviousVersion Version `json:"previousVersion,omitempty"`

	// previousVersionSince is when previousVersion had begun to hold the stage without
	// interruption, until time, as far as the operator observed it. requiredSoakTime of a
	// later stage counts from here. Absent if it is not known, or if the alias was changed
	// externally.
	// +optional
	PreviousVersionSince *metav1.Time `json:"previousVersionSince,omitempty"`

	// time is when the operator began.
	// +required
	Time metav1.Time `json:"time,omitzero"`

	// generation is the generation of the spec that requested it.
	// +optional
	// +kubebuilder:validation:Minimum=0
	Generation int64 `json:"generation,omitempty"`

	// reason is Promoted, RolledBack, DriftReverted or Overridden.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=32
	Reason PromotionReason `json:"reason,omitempty"`

	// runID is the run that the version names.
	// +optional
	// +kubebuilder:validation:MaxLength=64
	RunID string `json:"runID,omitempty"`

	// override lists the gates that were overridden, and why. Absent: none was.
	// +optional
	Override *OverrideRecord `json:"override,omitempty"`

	// notEnforced are the gates that had not passed and were exempt, since the operator did
	// not enforce performance gates (--enforce-performance-gates=false).
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=80
	// +kubebuilder:validation:items:MaxLength=63
	NotEnforced []string `json:"notEnforced,omitempty"`

	// evidence is the SHA-256 digest of the evidence that the gates read. The evidence tag
	// on the version has it, too.
	// +optional
	// +kubebuilder:validation:MaxLength=80
	Evidence string `json:"evidence,omitempty"`

	// approvers are the users who approved the version, sorted, if a gate asked for
	// approval. If there are more than 20, the first 20.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=20
	Approvers []UserName `json:"approvers,omitempty"`

	// modelCreationTimestamp is when the model was created in MLflow, in milliseconds
	// since 1970.
	// +optional
	// +kubebuilder:validation:Minimum=0
	ModelCreationTimestamp int64 `json:"modelCreationTimestamp,omitempty"`

	// versionCreationTimestamp is when the version was created in MLflow, in
	// milliseconds since 1970.
	// +optional
	// +kubebuilder:validation:Minimum=0
	VersionCreationTimestamp int64 `json:"versionCreationTimestamp,omitempty"`
}

// OverrideRecord describes an override that was used.
type OverrideRecord struct {
	// gates are the names of the gates that had not passed and were overridden.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=32
	// +kubebuilder:validation:items:MaxLength=63
	Gates []string `json:"gates,omitempty"`

	// reason is the reason in the spec, without control characters.
	// +optional
	// +kubebuilder:validation:MaxLength=256
	Reason string `json:"reason,omitempty"`
}

// ModelPromotion says which version should hold one stage of one model. It exists as
// long as the stage does: edit its version to promote, or to roll back. Deleting it
// leaves the alias as it is.
//
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:shortName=promo,categories=mlflow
// +kubebuilder:printcolumn:name="Model",type=string,JSONPath=`.spec.modelRef.name`
// +kubebuilder:printcolumn:name="Stage",type=string,JSONPath=`.spec.stage`
// +kubebuilder:printcolumn:name="Desired",type=string,JSONPath=`.status.candidate.version`
// +kubebuilder:printcolumn:name="Current",type=string,JSONPath=`.status.currentVersion`
// +kubebuilder:printcolumn:name="Ready",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].status`
// +kubebuilder:printcolumn:name="Reason",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].reason`
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`
// +kubebuilder:printcolumn:name="Message",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].message`,priority=1
type ModelPromotion struct {
	metav1.TypeMeta `json:",inline"`

	// metadata is the standard metadata of an object.
	// +optional
	metav1.ObjectMeta `json:"metadata,omitzero"`

	// spec says which version should hold the stage.
	// +required
	Spec ModelPromotionSpec `json:"spec,omitzero"`

	// status is the current version of the stage, and why it is.
	// +optional
	// +default={"observedGeneration":-1}
	Status ModelPromotionStatus `json:"status,omitzero"`
}

// IsDryRun reports whether the promotion only evaluates and reports.
func (p *ModelPromotion) IsDryRun() bool {
	return p.Spec.Mode == PromotionModeDryRun
}

// Reference returns the ModelVersion that the spec names, or nil.
func (s *ModelPromotionSpec) Reference() *LocalReference {
	if s.VersionFrom == nil {
		return nil
	}
	return s.VersionFrom.ModelVersionRef
}

// ModelPromotionList is a list of promotions.
//
// +kubebuilder:object:root=true
type ModelPromotionList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitzero"`
	Items           []ModelPromotion `json:"items"`
}
