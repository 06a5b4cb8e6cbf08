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

// MetricSource says where a metric is read.
//
// +kubebuilder:validation:Enum=Auto;Run;LoggedModel;VersionTag
type MetricSource string

// The sources of a metric.
const (
	// MetricSourceAuto is the version's logged model where it has one that carries the
	// metric, else its run.
	MetricSourceAuto MetricSource = "Auto"
	// MetricSourceRun is the version's run alone.
	MetricSourceRun MetricSource = "Run"
	// MetricSourceLoggedModel is the version's logged model alone.
	MetricSourceLoggedModel MetricSource = "LoggedModel"
	// MetricSourceVersionTag is a tag on the version, whose key is the metric's: a
	// number that somebody wrote there, not one that was measured.
	MetricSourceVersionTag MetricSource = "VersionTag"
)

// Provenance says how sure it must be that a version belongs to the run whose
// metrics speak for it.
//
// +kubebuilder:validation:Enum=Verified;Claimed
type Provenance string

// The degrees of provenance.
const (
	// ProvenanceVerified demands a proof: a source such as models:/m-… or runs:/…, or
	// one that lies under the run's artifacts.
	ProvenanceVerified Provenance = "Verified"
	// ProvenanceClaimed takes the version's word for its run. MLflow lets anyone who
	// registers a bucket URI name any run.
	ProvenanceClaimed Provenance = "Claimed"
)

// OnMissing says what a gate answers for a metric that was never logged.
//
// +kubebuilder:validation:Enum=Fail;Wait
type OnMissing string

// What a gate answers for a metric that was never logged.
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

// OnMissingBaseline says what a comparison answers when there is nobody to beat.
//
// +kubebuilder:validation:Enum=Pass;Fail
type OnMissingBaseline string

// What a comparison answers when there is nobody to beat.
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

// TagTarget says whose tag a gate reads.
//
// +kubebuilder:validation:Enum=Version;Model;Run
type TagTarget string

// Whose tag a gate reads.
const (
	TagTargetVersion TagTarget = "Version"
	TagTargetModel   TagTarget = "Model"
	TagTargetRun     TagTarget = "Run"
)

// Gate is one demand on a version that wants to hold a stage. Exactly one of
// metric, comparison, tag and approval says which. A version is promoted only when every
// gate passed; whatever can't be read or is no finite number has not passed.
//
// +kubebuilder:validation:ExactlyOneOf=metric;comparison;tag;approval
type Gate struct {
	// name tells the gate from the others, in messages and in status. It is unique
	// among all gates of a promotion: its stage's and its own.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	// +kubebuilder:validation:XValidation:rule=`self.matches(r'^[a-z0-9]([-a-z0-9]*[a-z0-9])?$')`,message=`must be the name of a gate, such as accuracy: lower-case letters and digits, with hyphens within`
	Name string `json:"name,omitempty"`

	// metric compares one metric of the candidate with a threshold.
	// +optional
	Metric *MetricGate `json:"metric,omitempty"`

	// comparison compares one metric of the candidate with the same metric of a
	// baseline: by default, of the version that holds the stage now.
	// +optional
	Comparison *ComparisonGate `json:"comparison,omitempty"`

	// tag looks at one tag of the candidate, of its model or of its run.
	// +optional
	Tag *TagGate `json:"tag,omitempty"`

	// approval asks people. Write {} for one approval by anybody who may create a
	// PromotionApproval.
	// +optional
	Approval *ApprovalGate `json:"approval,omitempty"`
}

// MetricGate passes when the metric, compared with the threshold, is as the
// operator says. The comparison is exact, in decimals.
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

	// source says where the metric is read: Auto (default), Run, LoggedModel or
	// VersionTag. Auto takes the version's logged model where it has one that carries
	// the metric, else its run. A tag counts only with VersionTag.
	// +optional
	Source MetricSource `json:"source,omitempty"`

	// dataset is the name of the dataset that the metric was logged for. Absent: the
	// point with the highest step, then the latest time, counts, whatever its dataset;
	// where two differ in nothing but the dataset, the gate fails and asks for a name.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=500
	Dataset string `json:"dataset,omitempty"`

	// provenance says whether the version must provably belong to its run (Verified,
	// the default) or may merely claim it (Claimed).
	// +optional
	Provenance Provenance `json:"provenance,omitempty"`

	// onMissing says what happens while the metric was never logged: Fail (default)
	// blocks the version, Wait waits for it.
	// +optional
	OnMissing OnMissing `json:"onMissing,omitempty"`
}

// ComparisonGate passes when the candidate's metric is better than the baseline's
// by at least the changes that are set; with none set, when it is better at all. A
// change may be "0" (not worse) or negative (worse by no more than that).
type ComparisonGate struct {
	// key is the metric's key in MLflow, read of both versions as source Auto does.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=250
	Key string `json:"key,omitempty"`

	// direction says which value is the better one: HigherIsBetter or LowerIsBetter.
	// +required
	Direction Direction `json:"direction,omitempty"`

	// baseline names the version to compare with. Absent: the version that holds the stage now.
	// +optional
	Baseline *Baseline `json:"baseline,omitempty"`

	// minAbsoluteChange is by how much the candidate must be better, in the metric's
	// own unit.
	// +optional
	MinAbsoluteChange Decimal `json:"minAbsoluteChange,omitempty"`

	// minRelativeChange is by what share of the baseline's absolute value the
	// candidate must be better: "0.01" is one percent. With a baseline of zero, every
	// improvement is enough.
	// +optional
	MinRelativeChange Decimal `json:"minRelativeChange,omitempty"`

	// dataset is the name of the dataset that both metrics were logged for, as in a
	// metric gate.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=500
	Dataset string `json:"dataset,omitempty"`

	// provenance says whether both versions must provably belong to their runs
	// (Verified, the default) or may merely claim them (Claimed).
	// +optional
	Provenance Provenance `json:"provenance,omitempty"`

	// onMissingBaseline says what the gate answers when there is no version to compare
	// with: Pass (default) or Fail. A baseline that exists but lacks the metric is not
	// missing: it fails the gate.
	// +optional
	OnMissingBaseline OnMissingBaseline `json:"onMissingBaseline,omitempty"`
}

// Baseline names a version to compare with, in one of three ways.
//
// +kubebuilder:validation:ExactlyOneOf=stage;alias;version
type Baseline struct {
	// stage is another stage of the same model: the version that holds it now.
	// +optional
	Stage StageName `json:"stage,omitempty"`

	// alias is any alias of the same model: the version that it points to now.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=255
	Alias string `json:"alias,omitempty"`

	// version is one version of the same model.
	// +optional
	Version Version `json:"version,omitempty"`
}

// TagGate passes when the tag relates to the values as the operator says.
//
// +kubebuilder:validation:XValidation:rule="(self.operator in ['In', 'NotIn']) == has(self.values)",message="operators In and NotIn take values; Exists and DoesNotExist take none"
type TagGate struct {
	// key is the tag's key.
	// +required
	Key TagKey `json:"key,omitempty"`

	// operator is In, NotIn, Exists or DoesNotExist, each as in a label selector: NotIn
	// also passes where the tag is absent.
	// +required
	Operator TagOperator `json:"operator,omitempty"`

	// values are what In and NotIn compare the tag's value with.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=32
	// +kubebuilder:validation:items:MaxLength=250
	Values []string `json:"values,omitempty"`

	// target says whose tag is read: Version (default), Model or Run. A run's tag counts
	// only when the version provably belongs to the run.
	// +optional
	Target TagTarget `json:"target,omitempty"`
}

// ApprovalGate passes when as many people as are required approved exactly this
// version, each by a PromotionApproval that they created themselves. One Reject, by
// whomever, fails it until that object is deleted. While the ValidatingAdmissionPolicy
// that makes user names authentic is not in force, it answers Error.
//
// +kubebuilder:validation:XValidation:rule="!has(self.approvers) || self.approvers.size() >= (has(self.required) ? self.required : 1)",message="there are fewer approvers than are required: name more, or require fewer; without approvers, anybody may approve who may create a PromotionApproval"
type ApprovalGate struct {
	// required is how many different people must approve, 1 to 10. Default: 1.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=10
	Required int32 `json:"required,omitempty"`

	// approvers are the subjects whose approval counts, each as in the subjects of a
	// RoleBinding: {kind: User, name: alice@example.com}. Absent: anybody who may create a
	// PromotionApproval in the namespace. With server-side apply, each entry belongs to who
	// applies it.
	// +optional
	// +listType=map
	// +listMapKey=kind
	// +listMapKey=name
	// +kubebuilder:validation:MaxItems=64
	Approvers []Subject `json:"approvers,omitempty"`

	// excludeRequester lets the approval of who asked for the version not count. Who that
	// is must be in spec.requestedBy of the promotion. Default: false.
	// +optional
	ExcludeRequester *bool `json:"excludeRequester,omitempty"`
}

// SubjectKind is a kind of subjects, as in RBAC.
//
// +kubebuilder:validation:Enum=User
type SubjectKind string

// The kinds of subjects.
const (
	// SubjectKindUser is one user, or one service account by its user name.
	SubjectKindUser SubjectKind = "User"
)

// Subject is a person or an account, by its name in the cluster.
type Subject struct {
	// kind is User.
	// +required
	Kind SubjectKind `json:"kind,omitempty"`

	// name is the name as the API server knows it: alice@example.com, or
	// system:serviceaccount:NAMESPACE:NAME for a service account. It is compared as it is
	// written.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=256
	Name string `json:"name,omitempty"`
}

// GateType says which kind of gate a verdict comes from.
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

// GateResult is the answer of a gate.
type GateResult string

// The answers of a gate. Only Passed lets a version through, unless the gate is exempt.
const (
	GatePassed GateResult = "Passed"
	GateFailed GateResult = "Failed"
	// GatePending waits for something that is expected to come, such as a metric.
	GatePending GateResult = "Pending"
	// GateError could not ask: the server did not answer. It is asked again.
	GateError GateResult = "Error"
)

// GateOrigin says who demanded a gate.
type GateOrigin string

// Who demanded a gate.
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
	// ExemptionFeatureFlag: the operator does not enforce performance gates, as its variable
	// NEURONEWS_PERFORMANCE_GATES_ENABLED says.
	ExemptionFeatureFlag GateExemption = "FeatureFlag"
	// ExemptionTrustedRollback: the version has held the stage with every gate passed, and
	// returns to it or is put back.
	ExemptionTrustedRollback GateExemption = "TrustedRollback"
)

// GateStatus is the verdict of one gate on the candidate.
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

	// result is Passed, Failed, Pending (waits for something to come, or was not
	// evaluated since it is exempt) or Error (could not be asked, and will be asked again).
	// A version is promoted when every gate is Passed or exempt.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=32
	Result GateResult `json:"result,omitempty"`

	// exemption says why a gate that is Failed or Pending does not block the version:
	// Override (spec.override names it), FeatureFlag (the operator does not enforce
	// performance gates), or TrustedRollback (the version has held the stage with every gate
	// passed and returns to it, or is put back). With TrustedRollback, comparisons and
	// approvals are not evaluated and are Pending. A rejection still blocks a version that
	// returns. Absent: the gate passed, or blocks the version.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=32
	Exemption GateExemption `json:"exemption,omitempty"`

	// observed is what the gate saw. Empty when it saw nothing.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=512
	Observed string `json:"observed,omitempty"`

	// expected is what the gate demands.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=512
	Expected string `json:"expected,omitempty"`

	// message is the verdict in one sentence, with the values.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=1024
	Message string `json:"message,omitempty"`

	// origin says who demanded the gate: Class, Stage, Promotion or BuiltIn.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=32
	Origin GateOrigin `json:"origin,omitempty"`
}
