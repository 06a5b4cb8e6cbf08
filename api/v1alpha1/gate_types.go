// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

// MetricOperator says how a measured value is compared with a threshold.
//
// +kubebuilder:validation:Enum=GreaterThan;GreaterThanOrEqual;LessThan;LessThanOrEqual;Equal
type MetricOperator string

// The operators of a metric gate.
const (
	GreaterThan        MetricOperator = "GreaterThan"
	GreaterThanOrEqual MetricOperator = "GreaterThanOrEqual"
	LessThan           MetricOperator = "LessThan"
	LessThanOrEqual    MetricOperator = "LessThanOrEqual"
	Equal              MetricOperator = "Equal"
)

// MetricSource says where a gate reads a metric.
//
// +kubebuilder:validation:Enum=Auto;Run;LoggedModel;VersionTag
type MetricSource string

// The sources of a metric.
const (
	// MetricSourceAuto is the logged model of the version if there is one and it has the
	// metric, else its run.
	MetricSourceAuto MetricSource = "Auto"
	// MetricSourceRun is only the run of the version.
	MetricSourceRun MetricSource = "Run"
	// MetricSourceLoggedModel is only the logged model of the version.
	MetricSourceLoggedModel MetricSource = "LoggedModel"
	// MetricSourceVersionTag is a tag on the version with the key of the metric: a number
	// that a person or a program wrote there, not a measured one.
	MetricSourceVersionTag MetricSource = "VersionTag"
)

// Provenance says whether a version must be proven to come from the run whose metrics
// count for it.
//
// +kubebuilder:validation:Enum=Verified;Claimed
type Provenance string

// The degrees of provenance.
const (
	// ProvenanceVerified demands a proof: a source such as models:/m-… or runs:/…, or one
	// below the artifact location of the run.
	ProvenanceVerified Provenance = "Verified"
	// ProvenanceClaimed accepts the run that the version names. In MLflow, anyone who
	// registers a bucket URI can name any run.
	ProvenanceClaimed Provenance = "Claimed"
)

// OnMissing says what a gate does while the metric was never logged.
//
// +kubebuilder:validation:Enum=Fail;Wait
type OnMissing string

// What a gate does while the metric was never logged.
const (
	OnMissingFail OnMissing = "Fail"
	OnMissingWait OnMissing = "Wait"
)

// Direction says which of two values is the better one.
//
// +kubebuilder:validation:Enum=HigherIsBetter;LowerIsBetter
type Direction string

// The directions of a comparison.
const (
	HigherIsBetter Direction = "HigherIsBetter"
	LowerIsBetter  Direction = "LowerIsBetter"
)

// OnMissingBaseline says what a comparison does if there is no baseline.
//
// +kubebuilder:validation:Enum=Pass;Fail
type OnMissingBaseline string

// What a comparison does if there is no baseline.
const (
	OnMissingBaselinePass OnMissingBaseline = "Pass"
	OnMissingBaselineFail OnMissingBaseline = "Fail"
)

// TagOperator relates a tag to a set of values, as in a label selector.
//
// +kubebuilder:validation:Enum=In;NotIn;Exists;DoesNotExist
type TagOperator string

// The operators of a tag gate.
const (
	TagIn           TagOperator = "In"
	TagNotIn        TagOperator = "NotIn"
	TagExists       TagOperator = "Exists"
	TagDoesNotExist TagOperator = "DoesNotExist"
)

// TagTarget says what the tag is on.
//
// +kubebuilder:validation:Enum=Version;Model;Run
type TagTarget string

// What the tag is on.
const (
	TagTargetVersion TagTarget = "Version"
	TagTargetModel   TagTarget = "Model"
	TagTargetRun     TagTarget = "Run"
)

// Gate is one demand on a version that is promoted to a stage. Exactly one of metric,
// comparison, tag and approval is set. A version is promoted only if every gate passes.
// A value that is missing, unreadable or no finite number does not pass.
//
// +kubebuilder:validation:ExactlyOneOf=metric;comparison;tag;approval
type Gate struct {
	// name identifies the gate in messages and in status. It is unique among all gates of a
	// promotion, those of the class and the stage included.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	// +kubebuilder:validation:XValidation:rule=`self.matches(r'^[a-z0-9]([-a-z0-9]*[a-z0-9])?$')`,message=`must be the name of a gate, such as accuracy: lower-case letters and digits, with hyphens within`
	Name string `json:"name,omitempty"`

	// metric compares one metric of the candidate with a threshold.
	// +optional
	Metric *MetricGate `json:"metric,omitempty"`

	// comparison compares one metric of the candidate with the same metric of a baseline:
	// by default, of the current version of the stage.
	// +optional
	Comparison *ComparisonGate `json:"comparison,omitempty"`

	// tag checks one tag of the candidate, of its model or of its run.
	// +optional
	Tag *TagGate `json:"tag,omitempty"`

	// approval waits for PromotionApprovals. Write {} for one approval by any user who may
	// create a PromotionApproval.
	// +optional
	Approval *ApprovalGate `json:"approval,omitempty"`
}

// MetricGate passes if the metric relates to the threshold as the operator demands.
// Values are compared as exact decimals.
//
// +kubebuilder:validation:XValidation:rule="!has(self.tolerance) || self.operator == 'Equal'",message="tolerance belongs to operator Equal: remove it, or compare with Equal"
// +kubebuilder:validation:XValidation:rule="!has(self.dataset) || !has(self.source) || self.source in ['Auto', 'LoggedModel']",message="only metrics of logged models carry a dataset: remove dataset, or set source to LoggedModel or Auto"
type MetricGate struct {
	// key is the metric's key in MLflow, such as accuracy or val_loss. With source
	// VersionTag it is the key of the tag.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=250
	Key string `json:"key,omitempty"`

	// operator says how the value must relate to the threshold: GreaterThan,
	// GreaterThanOrEqual, LessThan, LessThanOrEqual or Equal.
	// +required
	Operator MetricOperator `json:"operator,omitempty"`

	// threshold is what the value is compared with, a decimal in quotes: "0.85".
	// +required
	Threshold Decimal `json:"threshold,omitempty"`

	// tolerance is how far the value may lie from the threshold, inclusive, with
	// operator Equal. Default: "0.001".
	// +optional
	// +kubebuilder:validation:XValidation:rule="!self.startsWith('-')",message="tolerance is a distance: it can't be negative"
	Tolerance Decimal `json:"tolerance,omitempty"`

	// source says where the metric is read: Auto (default), Run, LoggedModel or VersionTag.
	// Auto reads the logged model of the version if there is one and it has the metric,
	// else the run. A tag counts only with VersionTag.
	// +optional
	Source MetricSource `json:"source,omitempty"`

	// dataset is the name of the dataset that the metric was logged for. Absent: the point
	// with the highest step counts, and of those the latest, whatever its dataset. If two
	// such points differ only in their dataset, the gate fails and asks for a name.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=500
	Dataset string `json:"dataset,omitempty"`

	// provenance says whether the version must be proven to come from its run (Verified,
	// the default) or may merely claim it (Claimed).
	// +optional
	Provenance Provenance `json:"provenance,omitempty"`

	// onMissing says what happens while the metric was never logged: Fail (default) blocks
	// the version, Wait waits for the metric.
	// +optional
	OnMissing OnMissing `json:"onMissing,omitempty"`
}

// ComparisonGate passes if the metric of the candidate is better than that of the
// baseline, by at least the changes that are set. A change can be "0" (not worse) or
// negative (worse by at most that).
type ComparisonGate struct {
	// key is the metric's key in MLflow. It is read for both versions as source Auto does.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=250
	Key string `json:"key,omitempty"`

	// direction says which value is the better one: HigherIsBetter or LowerIsBetter.
	// +required
	Direction Direction `json:"direction,omitempty"`

	// baseline is the version to compare with. Absent: the current version of the stage.
	// +optional
	Baseline *Baseline `json:"baseline,omitempty"`

	// minAbsoluteChange is how much better the candidate must be, in the unit of the
	// metric.
	// +optional
	MinAbsoluteChange Decimal `json:"minAbsoluteChange,omitempty"`

	// minRelativeChange is how much better the candidate must be, as a share of the
	// absolute value of the baseline: "0.01" is one percent. If the baseline is zero, every
	// improvement is enough.
	// +optional
	MinRelativeChange Decimal `json:"minRelativeChange,omitempty"`

	// dataset is the name of the dataset that both metrics were logged for, as in a
	// metric gate.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=500
	Dataset string `json:"dataset,omitempty"`

	// provenance says whether both versions must be proven to come from their runs
	// (Verified, the default) or may merely claim it (Claimed).
	// +optional
	Provenance Provenance `json:"provenance,omitempty"`

	// onMissingBaseline says what happens if there is no version to compare with: Pass
	// (default) or Fail. A baseline that exists and lacks the metric is not missing: it
	// fails the gate.
	// +optional
	OnMissingBaseline OnMissingBaseline `json:"onMissingBaseline,omitempty"`
}

// Baseline is the version to compare with. Exactly one of stage, alias and version is
// set.
//
// +kubebuilder:validation:ExactlyOneOf=stage;alias;version
type Baseline struct {
	// stage is another stage of the same model: its current version.
	// +optional
	Stage StageName `json:"stage,omitempty"`

	// alias is any alias of the same model: the version that it points to.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=255
	Alias string `json:"alias,omitempty"`

	// version is a version of the same model.
	// +optional
	Version Version `json:"version,omitempty"`
}

// TagGate passes if the tag relates to the values as the operator demands.
//
// +kubebuilder:validation:XValidation:rule="(self.operator in ['In', 'NotIn']) == has(self.values)",message="operators In and NotIn take values; Exists and DoesNotExist take none"
type TagGate struct {
	// key is the tag's key.
	// +required
	Key TagKey `json:"key,omitempty"`

	// operator is In, NotIn, Exists or DoesNotExist, as in a label selector: NotIn also
	// passes if the tag is absent.
	// +required
	Operator TagOperator `json:"operator,omitempty"`

	// values are what In and NotIn compare the tag's value with.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=32
	// +kubebuilder:validation:items:MaxLength=250
	Values []string `json:"values,omitempty"`

	// target says what the tag is on: Version (default), Model or Run. A tag of a run
	// counts only if the version is proven to come from that run.
	// +optional
	Target TagTarget `json:"target,omitempty"`
}

// ApprovalGate passes if the required number of people approved exactly this version,
// each with a PromotionApproval that they created. One Reject, by any user, fails it
// until the PromotionApproval is deleted. While no ValidatingAdmissionPolicy makes user
// names authentic, the result is Error.
//
// +kubebuilder:validation:XValidation:rule="!has(self.approvers) || self.approvers.size() >= (has(self.required) ? self.required : 1)",message="there are fewer approvers than are required: name more, or require fewer; without approvers, any user who may create a PromotionApproval may approve"
type ApprovalGate struct {
	// required is how many different people must approve, 1 to 10. Default: 1.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=10
	Required int32 `json:"required,omitempty"`

	// approvers are the subjects whose approval counts, as in the subjects of a
	// RoleBinding: {kind: User, name: alice@example.com}. Absent: any user who may create a
	// PromotionApproval in the namespace. With server-side apply, each entry belongs to the
	// applier that set it.
	// +optional
	// +listType=map
	// +listMapKey=kind
	// +listMapKey=name
	// +kubebuilder:validation:MaxItems=64
	Approvers []Subject `json:"approvers,omitempty"`

	// excludeRequester ignores the approval of the user who requested the version, as
	// spec.requestedBy of the promotion says. Default: false.
	// +optional
	ExcludeRequester *bool `json:"excludeRequester,omitempty"`
}

// SubjectKind is the kind of a subject, as in RBAC.
//
// +kubebuilder:validation:Enum=User
type SubjectKind string

// The kinds of subjects.
const (
	// SubjectKindUser is one user, or one service account by its user name.
	SubjectKindUser SubjectKind = "User"
)

// Subject is a user or an account of the cluster.
type Subject struct {
	// kind is User.
	// +required
	Kind SubjectKind `json:"kind,omitempty"`

	// name is the name that the API server knows: alice@example.com, or
	// system:serviceaccount:NAMESPACE:NAME for a service account. It is compared exactly.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=256
	Name string `json:"name,omitempty"`
}

// GateType is the kind of a gate.
type GateType string

// The kinds of gates.
const (
	GateTypeMetric     GateType = "Metric"
	GateTypeComparison GateType = "Comparison"
	GateTypeTag        GateType = "Tag"
	GateTypeApproval   GateType = "Approval"
	// GateTypeBuiltIn is a check that every promotion runs.
	GateTypeBuiltIn GateType = "BuiltIn"
)

// GateResult is the result of a gate.
type GateResult string

// The results of a gate. Only Passed lets a version through, unless the gate is exempt.
const (
	GatePassed GateResult = "Passed"
	GateFailed GateResult = "Failed"
	// GatePending waits for something that is expected, such as a metric.
	GatePending GateResult = "Pending"
	// GateError could not be evaluated, because the server did not answer. It is evaluated
	// again.
	GateError GateResult = "Error"
)

// GateOrigin says where a gate is declared.
type GateOrigin string

// Where a gate is declared.
const (
	// GateOriginClass is a gate of the model's ModelClass.
	GateOriginClass GateOrigin = "Class"
	// GateOriginStage is a gate of the RegisteredModel's stage.
	GateOriginStage     GateOrigin = "Stage"
	GateOriginPromotion GateOrigin = "Promotion"
	GateOriginBuiltIn   GateOrigin = "BuiltIn"
)

// GateExemption says why a gate that did not pass does not block the version.
type GateExemption string

// Why a gate that did not pass does not block the version.
const (
	// ExemptionOverride: the spec of the promotion overrides it.
	ExemptionOverride GateExemption = "Override"
	// ExemptionFeatureFlag: the operator runs with --enforce-performance-gates=false.
	ExemptionFeatureFlag GateExemption = "FeatureFlag"
	// ExemptionTrustedRollback: the version held the stage with every gate passed, and is
	// promoted to it again or restored after drift.
	ExemptionTrustedRollback GateExemption = "TrustedRollback"
)

// GateStatus is the result of one gate for the candidate.
type GateStatus struct {
	// name is the gate's name.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	Name string `json:"name,omitempty"`

	// type is Metric, Comparison, Tag, Approval, or BuiltIn for the checks that every
	// promotion runs.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=32
	Type GateType `json:"type,omitempty"`

	// result is Passed, Failed, Pending (it waits for something, or was not evaluated
	// because it is exempt) or Error (it could not be evaluated and is retried). A version
	// is promoted if every gate is Passed or exempt.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=32
	Result GateResult `json:"result,omitempty"`

	// exemption says why a gate that is Failed or Pending does not block the version:
	// Override (spec.override names it), FeatureFlag (the operator does not enforce
	// performance gates), or TrustedRollback (the version held the stage with every gate
	// passed, and is promoted to it again or restored after drift). With TrustedRollback,
	// comparisons and approvals are not evaluated and are Pending. A Reject still blocks a
	// version that is promoted again. Absent: the gate passed, or it blocks the version.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=32
	Exemption GateExemption `json:"exemption,omitempty"`

	// observed is the value that the gate read. Absent: it read none.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=512
	Observed string `json:"observed,omitempty"`

	// expected is the demand of the gate.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=512
	Expected string `json:"expected,omitempty"`

	// message is the result in one sentence, with the values.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=1024
	Message string `json:"message,omitempty"`

	// origin says where the gate is declared: Class, Stage, Promotion or BuiltIn.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=32
	Origin GateOrigin `json:"origin,omitempty"`
}
