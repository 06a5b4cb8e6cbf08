// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// PromotionMode says whether the alias is moved.
//
// +kubebuilder:validation:Enum=Enforce;DryRun
type PromotionMode string

// Whether the alias is moved.
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

	// stage is the stage of the model that the version should hold. It never changes. A
	// stage is held by one ModelPromotion; of several, the oldest counts, and the
	// others are Stalled with reason Conflict.
	// +required
	// +kubebuilder:validation:XValidation:rule="self == oldSelf",message="stage never changes: create another ModelPromotion for another stage"
	Stage StageName `json:"stage,omitempty"`

	// version is the version that should hold the stage, in quotes. Exactly one of
	// version and versionFrom is set.
	// +optional
	Version Version `json:"version,omitempty"`

	// versionFrom finds the version that should hold the stage, again and again: what
	// it finds is promoted as soon as its gates pass. A newer candidate that is refused
	// leaves the stage as it is; the promotion stays Ready, with reason
	// CandidateBlocked.
	// +optional
	VersionFrom *VersionFrom `json:"versionFrom,omitempty"`

	// gates are demands in addition to the stage's. They can't replace or remove one of
	// those.
	// +optional
	// +listType=map
	// +listMapKey=name
	// +kubebuilder:validation:MaxItems=32
	Gates []Gate `json:"gates,omitempty"`

	// mode says whether the alias is moved: Enforce (default), or DryRun, which
	// evaluates every gate, reports, and writes nothing.
	// +optional
	// +default="Enforce"
	Mode PromotionMode `json:"mode,omitempty"`

	// expectedCurrentVersion is the version that must hold the stage when it is taken
	// over. If another one does, nothing is moved: reason PreconditionFailed. Absent: it
	// does not matter who holds it.
	// +optional
	ExpectedCurrentVersion Version `json:"expectedCurrentVersion,omitempty"`

	// override lets one version take the stage though gates refuse it. It counts only where
	// the stage says overridePolicy: Allow, and only for that version.
	// +optional
	Override *Override `json:"override,omitempty"`

	// requestedBy is the user who asks for the version: your own user name, which "kubectl
	// auth whoami" tells. The API server refuses another one where it is set anew, or where
	// version, versionFrom or override changes beside it. It is for gates with
	// excludeRequester, which wait while it is absent.
	// +optional
	RequestedBy UserName `json:"requestedBy,omitempty"`

	// suspend stops all work on the promotion until it is false. An alias that another
	// hand moves is then not put back. Default: false.
	// +optional
	Suspend *bool `json:"suspend,omitempty"`
}

// Override lets one version take the stage though gates refuse it. The gates are
// evaluated and reported all the same. It leaves a Warning event, an entry of the
// history that says which gates and why, and a word in the evidence tag.
type Override struct {
	// version is the version that it is for. Where another one is wanted, it does not
	// count. Nor does it for a model that was deleted and created again since.
	// +required
	Version Version `json:"version,omitempty"`

	// gates are the names of the gates that are exempt if they failed or wait, as in
	// status.gates. A gate that could not be asked is not overridden. Where one of the
	// names is no gate of the promotion, the whole override does not count.
	// +required
	// +listType=set
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=32
	// +kubebuilder:validation:items:MinLength=1
	// +kubebuilder:validation:items:MaxLength=63
	// +kubebuilder:validation:items:XValidation:rule=`self.matches(r'^[a-z0-9]([-a-z0-9]*[a-z0-9])?$')`,message=`must be the name of a gate, as status.gates shows it`
	// +kubebuilder:validation:XValidation:rule="!('version-ready' in self) && !('not-backward' in self)",message="version-ready and not-backward can't be overridden: remove them from override.gates"
	Gates []string `json:"gates,omitempty"`

	// reason says why, for whoever asks later: "f1 was computed on the wrong split, see
	// INC-142".
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=256
	// +kubebuilder:validation:XValidation:rule="self.trim().size() > 0",message="override.reason must say why the gates are overridden"
	Reason string `json:"reason,omitempty"`
}

// VersionFrom is a way to find a version.
//
// +kubebuilder:validation:ExactlyOneOf=latest;stage;alias;modelVersionRef
type VersionFrom struct {
	// latest is the highest version of the model that carries the tags. Write {} for the
	// highest version whatever its tags.
	// +optional
	Latest *LatestVersion `json:"latest,omitempty"`

	// stage is the version that holds another stage of the same model.
	// +optional
	Stage StageName `json:"stage,omitempty"`

	// alias is the version that an alias of the same model points to.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=255
	Alias string `json:"alias,omitempty"`

	// modelVersionRef names a ModelVersion of the same model, in the same namespace. The
	// version that it registered is wanted, as if version named it; until it is registered
	// the promotion waits.
	// +optional
	ModelVersionRef *LocalReference `json:"modelVersionRef,omitempty"`
}

// LatestVersion is the highest version that carries all of the tags.
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
	// PromotionReasonOverridden: some gate had refused the version, and was overridden.
	PromotionReasonOverridden PromotionReason = "Overridden"
)

// ModelPromotionStatus is who holds the stage, and what the gates said of the
// version that wants it.
type ModelPromotionStatus struct {
	// conditions are Ready, CandidateResolved, GatesPassed and Promoted, and Reconciling
	// or Stalled while one of them is true.
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

	// candidate is the version that wants the stage, or that took it. It is written
	// before its gates are evaluated.
	// +optional
	Candidate *Candidate `json:"candidate,omitempty"`

	// currentVersion is the version that holds the stage in MLflow. Absent: none does.
	// +optional
	CurrentVersion Version `json:"currentVersion,omitempty"`

	// currentVersionSince is since when currentVersion has held the stage without a break, as far as
	// the operator has seen: what requiredSoakTime of a later stage counts. It begins anew where an
	// alias that was moved is back. Absent while the stage is held by a version that was not
	// promoted, and while nobody looks: while the promotion or its model is suspended, or
	// another promotion has the stage.
	// +optional
	CurrentVersionSince *metav1.Time `json:"currentVersionSince,omitempty"`

	// previousVersion is the version that held the stage before.
	// +optional
	PreviousVersion Version `json:"previousVersion,omitempty"`

	// blockedUntil is the time before which the candidate can't take the stage, where one
	// is known: when it will have held the stages before for as long as requiredSoakTime demands.
	// +optional
	BlockedUntil *metav1.Time `json:"blockedUntil,omitempty"`

	// uri is the URI to load whatever version holds the stage: models:/NAME@ALIAS.
	// +optional
	// +kubebuilder:validation:MaxLength=1024
	URI string `json:"uri,omitempty"`

	// gates are the verdicts on the candidate, each with what was observed and what was
	// expected, from the last time that they were evaluated. The repair of a legacy stage
	// leaves those that the candidate took the stage with.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=80
	Gates []GateStatus `json:"gates,omitempty"`

	// evidenceDigest is the SHA-256 digest of what the gates saw of the candidate, approval
	// gates left out. A PromotionApproval that names it counts for exactly this evidence.
	// +optional
	// +kubebuilder:validation:MaxLength=80
	EvidenceDigest string `json:"evidenceDigest,omitempty"`

	// comparison is every metric that the candidate has in common with the version that
	// it replaces.
	// +optional
	// +listType=map
	// +listMapKey=metric
	// +kubebuilder:validation:MaxItems=64
	Comparison []MetricChange `json:"comparison,omitempty"`

	// override says what the override of the spec is bound to. Absent: there is none.
	// +optional
	Override *OverrideBinding `json:"override,omitempty"`

	// pendingTransition is the write-ahead record of a transition: the entry that history gets
	// if the alias then points to its version, and that version carries its evidence. The
	// operator writes it right before it writes to MLflow, and removes it in the same
	// reconcile; after a crash or a lost answer, in the next one that can read MLflow.
	// +optional
	PendingTransition *PromotionRecord `json:"pendingTransition,omitempty"`

	// history is who took the stage when, newest first. Of several times in a row that
	// one version was put back, the last is kept.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=20
	History []PromotionRecord `json:"history,omitempty"`
}

// OverrideBinding is the model that an override was first seen with: for another one of
// its name, which was created later, it does not count until the spec is edited.
type OverrideBinding struct {
	// generation is the generation of the spec that the override was first seen in.
	// +optional
	// +kubebuilder:validation:Minimum=0
	Generation int64 `json:"generation,omitempty"`

	// modelCreationTimestamp is when the model was created in MLflow, in milliseconds
	// since 1970.
	// +optional
	// +kubebuilder:validation:Minimum=0
	ModelCreationTimestamp int64 `json:"modelCreationTimestamp,omitempty"`
}

// Candidate is a version that wants a stage, pinned: not only its number, but the
// very artifact.
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

	// modelCreationTimestamp is when the model was created in MLflow, in milliseconds
	// since 1970. With versionCreationTimestamp it tells this version from another one
	// of its number, after the model was deleted and created again.
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

// MetricChange is one metric of the candidate beside that of the version it
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

	// absoluteChange is candidate minus current. A metric of which one value is no finite
	// number is not compared.
	// +optional
	// +kubebuilder:validation:MaxLength=64
	AbsoluteChange string `json:"absoluteChange,omitempty"`

	// relativeChange is absoluteChange as a share of the absolute value of current.
	// Absent where that is zero.
	// +optional
	// +kubebuilder:validation:MaxLength=64
	RelativeChange string `json:"relativeChange,omitempty"`
}

// PromotionRecord is one transition of the stage.
type PromotionRecord struct {
	// version is the version that took the stage.
	// +required
	Version Version `json:"version,omitempty"`

	// previousVersion is the version that lost it. Absent: none held it.
	// +optional
	PreviousVersion Version `json:"previousVersion,omitempty"`

	// previousVersionSince is since when previousVersion had held the stage without a break, up
	// to time, as far as the operator has seen: what requiredSoakTime of a later stage counts.
	// Absent if that is not known, or if the alias was changed externally.
	// +optional
	PreviousVersionSince *metav1.Time `json:"previousVersionSince,omitempty"`

	// time is when the operator set about it.
	// +required
	Time metav1.Time `json:"time,omitzero"`

	// generation is the generation of the spec that asked for it.
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

	// override is which gates were overridden, and why. Absent: none was.
	// +optional
	Override *OverrideRecord `json:"override,omitempty"`

	// notEnforced are the gates that had not passed and were exempt, since the operator did
	// not enforce performance gates (--enforce-performance-gates=false).
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=80
	// +kubebuilder:validation:items:MaxLength=63
	NotEnforced []string `json:"notEnforced,omitempty"`

	// evidence is the SHA-256 digest of what the gates saw, which the evidence tag on
	// the version carries, too.
	// +optional
	// +kubebuilder:validation:MaxLength=80
	Evidence string `json:"evidence,omitempty"`

	// approvers are the users who approved the version, sorted, where a gate asked for
	// approval; the first 20 of more.
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

// OverrideRecord is what a person has overridden.
type OverrideRecord struct {
	// gates are the names of the gates that had not passed and were overridden.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=32
	// +kubebuilder:validation:items:MaxLength=63
	Gates []string `json:"gates,omitempty"`

	// reason is why, as the spec said, without control characters.
	// +optional
	// +kubebuilder:validation:MaxLength=256
	Reason string `json:"reason,omitempty"`
}

// ModelPromotion says which version should hold one stage of one model. It is meant
// to live as long as the stage: edit its version to promote, or to roll back.
// Deleting it leaves the alias as it is.
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

	// status is who holds the stage, and why.
	// +optional
	// +default={"observedGeneration":-1}
	Status ModelPromotionStatus `json:"status,omitzero"`
}

// IsDryRun tells whether the promotion only evaluates and reports.
func (p *ModelPromotion) IsDryRun() bool {
	return p.Spec.Mode == PromotionModeDryRun
}

// Reference is the ModelVersion that the spec names; nil where it names none.
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
