// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

// ReconcileRequestedAtAnnotation requests a reconcile of an object now. Any value that
// differs from the last one counts; a timestamp is customary. The receipt is
// status.lastHandledReconcileAt.
const ReconcileRequestedAtAnnotation = "registry.mlflow-operator.io/reconcile-requested-at"

// OrphanOnDeleteAnnotation, with the value "true", completes the deletion of an object that
// waits for something in MLflow. What MLflow has is left as it is.
const OrphanOnDeleteAnnotation = "registry.mlflow-operator.io/orphan-on-delete"

// CleanupFinalizer keeps an object until the operator has done in MLflow what its
// deletion policy asks for.
const CleanupFinalizer = "registry.mlflow-operator.io/cleanup"

// Tags that the operator writes on models and versions in MLflow.
const (
	// TagPrefix begins every tag key that the operator writes for itself.
	TagPrefix = "registry.mlflow-operator.io/"
	// ManagedByTag names the RegisteredModel that owns a registered model. Its value is
	// INSTANCE/NAMESPACE/NAME.
	ManagedByTag = TagPrefix + "managed-by"
	// EvidenceTagPrefix, followed by the name of a stage, is the key of the tag on a
	// version that records on what evidence it was promoted to the stage.
	EvidenceTagPrefix = TagPrefix + "promotion."
	// RegisteredByTag names the ModelVersion that registered a version. Its value is
	// INSTANCE/NAMESPACE/NAME/UID; only the UID is compared.
	RegisteredByTag = TagPrefix + "registered-by"
	// ArchivedTag records on a version when and why the retention of its model archived it.
	ArchivedTag = TagPrefix + "archived"
)

// The tags of a registered model for which a RegisteredModel has fields.
const (
	TagOwner            = "owner"
	TagUseCase          = "use_case"
	TagDeploymentTarget = "deployment_target"
)

// Condition types of every kind. Ready sums up the others; Reconciling and Stalled
// are present only when they are true, and never both.
const (
	// ConditionReady is True when the state that the spec asks for is reached.
	ConditionReady = "Ready"
	// ConditionReconciling is True while the operator works towards that state or waits for
	// it.
	ConditionReconciling = "Reconciling"
	// ConditionStalled is True when a person must change something.
	ConditionStalled = "Stalled"
)

// Condition types of MLflowConnection.
const (
	// ConditionCredentialsResolved is True when the operator could read the Secret and the
	// ConfigMap that the spec names, and they have the keys that it needs.
	ConditionCredentialsResolved = "CredentialsResolved"
	// ConditionReachable is True when the last poll of the registry succeeded.
	ConditionReachable = "Reachable"
)

// ConditionAccepted is True when the operator can enforce allowedNamespaces and
// allowedModels of a ClusterMLflowConnection.
const ConditionAccepted = "Accepted"

// Condition types of RegisteredModel.
const (
	// ConditionConnectionReady is True when the connection of the model is ready.
	ConditionConnectionReady = "ConnectionReady"
	// ConditionSynced is True when the model in MLflow, or the description and the tags of
	// the version, match the spec.
	ConditionSynced = "Synced"
)

// Condition types of ModelVersion, beside Synced.
const (
	// ConditionRegistered is True when the version exists in MLflow and is READY.
	ConditionRegistered = "Registered"
)

// Condition types of ModelPromotion.
const (
	// ConditionCandidateResolved is True when the operator knows which version the spec
	// wants.
	ConditionCandidateResolved = "CandidateResolved"
	// ConditionGatesPassed is True when every gate passed for the candidate. It remains
	// True while the candidate holds the stage.
	ConditionGatesPassed = "GatesPassed"
	// ConditionPromoted is True when the candidate is the current version of the stage.
	ConditionPromoted = "Promoted"
)

// A reason says what to do next, and nothing else: two failures with the same remedy have the
// same reason, and the message says which object, which name and what to change. That keeps
// the reasons few enough to alert on.

// Reasons of a condition that is True, or of an object that needs no attention.
const (
	// ReasonSucceeded: the step of the condition is done.
	ReasonSucceeded = "Succeeded"
	// ReasonConnected: the registry is read at every poll.
	ReasonConnected = "Connected"
	// ReasonPartialList: the registry is read at every poll, but its list lacks declared
	// models that it showed before and that MLflow does not report as deleted. Check what the
	// account of the connection may read.
	ReasonPartialList = "PartialList"
	// ReasonSynced: MLflow has what the spec declares.
	ReasonSynced = "Synced"
	// ReasonRegistered: the version exists in MLflow and is READY.
	ReasonRegistered = "Registered"
	// ReasonPromoted: the candidate is the current version of the stage.
	ReasonPromoted = "Promoted"
	// ReasonRolledBack: the candidate is the current version of the stage, as it was
	// before.
	ReasonRolledBack = "RolledBack"
	// ReasonCandidateBlocked: the stage keeps its current version, because the gates blocked
	// the newer candidate. The message says why.
	ReasonCandidateBlocked = "CandidateBlocked"
	// ReasonPlanPending: the operator may not write, and status.plan lists what it would
	// write. Set managementPolicy to Enforce to have it written.
	ReasonPlanPending = "PlanPending"
	// ReasonDryRun: nothing is written. The gates show what would happen.
	ReasonDryRun = "DryRun"
	// ReasonSuspended: spec.suspend is true. Set it to false to resume.
	ReasonSuspended = "Suspended"
)

// Reasons to wait: the operator retries, or is notified, without a change of the spec.
const (
	// ReasonProgressing: the operator is working on it. Wait.
	ReasonProgressing = "Progressing"
	// ReasonUnreachable: the server does not answer, or answers with a server error. The
	// operator retries.
	ReasonUnreachable = "Unreachable"
	// ReasonMLflowError: MLflow answered one request with an error that says nothing about
	// the object. The operator retries.
	ReasonMLflowError = "MLflowError"
	// ReasonGateError: a gate could not be evaluated. The operator evaluates it again.
	ReasonGateError = "GateError"
	// ReasonWaitingForMetric: a gate waits for a metric that was not logged yet.
	ReasonWaitingForMetric = "WaitingForMetric"
	// ReasonSoaking: the version has not held the earlier stages for requiredSoakTime yet.
	// Wait until status.blockedUntil.
	ReasonSoaking = "Soaking"
	// ReasonWaitingForApproval: a gate waits for approvals. The message names the eligible
	// approvers and the command to approve.
	ReasonWaitingForApproval = "WaitingForApproval"
	// ReasonModelNotReady: the RegisteredModel is missing or not ready. Check its conditions.
	ReasonModelNotReady = "ModelNotReady"
	// ReasonVersionNotReady: the version is not READY in MLflow, or its ModelVersion is not
	// registered.
	ReasonVersionNotReady = "VersionNotReady"
	// ReasonVersionInUse: the object is being deleted, and its version has an alias or a
	// legacy stage. Let another version take its place.
	ReasonVersionInUse = "VersionInUse"
)

// Reasons to change the spec, or an object that it names.
const (
	// ReasonInvalidSpec: the operator, the class of the model or MLflow can't accept the spec.
	// Change what the message names.
	ReasonInvalidSpec = "InvalidSpec"
	// ReasonInvalidPolicy: allowedNamespaces or allowedModels of the ClusterMLflowConnection
	// can't be enforced, so that no namespace may use it. Change what the message names.
	ReasonInvalidPolicy = "InvalidPolicy"
	// ReasonReferenceNotFound: what the spec names does not exist: a connection, a class, a
	// stage, a workspace, or a model, run, logged model or version in MLflow. Create it, or
	// name another.
	ReasonReferenceNotFound = "ReferenceNotFound"
	// ReasonVersionNotFound: the model has no such version, or the version or its model was
	// deleted in MLflow. Name another version.
	ReasonVersionNotFound = "VersionNotFound"
	// ReasonConflict: another object claims the same thing, or several versions carry the tag
	// of this object. Remove one of them.
	ReasonConflict = "Conflict"
	// ReasonNameConflict: the name is taken in MLflow, by a prompt or by a model that
	// adoptionPolicy CreateOnly leaves alone. Choose another name, or adopt the model.
	ReasonNameConflict = "NameConflict"
	// ReasonAlreadyManaged: the model carries the tag of another owner. Remove one of the
	// owners, or set adoptionPolicy to TakeOver.
	ReasonAlreadyManaged = "AlreadyManaged"
	// ReasonRegistrationFailed: MLflow refused the registration, or it failed there. Create
	// another ModelVersion.
	ReasonRegistrationFailed = "RegistrationFailed"
	// ReasonGateFailed: a gate blocks the version. The message says which one and why.
	ReasonGateFailed = "GateFailed"
	// ReasonPrerequisiteStageMissing: the version was not promoted to the stages that
	// promotesFrom names, or has left one too early. Promote it there first.
	ReasonPrerequisiteStageMissing = "PrerequisiteStageMissing"
	// ReasonDemotionNotAllowed: the version holds a later stage. Promote another version
	// there first.
	ReasonDemotionNotAllowed = "DemotionNotAllowed"
	// ReasonPreconditionFailed: the current version of the stage is not
	// expectedCurrentVersion. Edit the spec.
	ReasonPreconditionFailed = "PreconditionFailed"
	// ReasonDriftDetected: the alias was changed externally, and driftPolicy is Report.
	// Restore it, or declare the version that it points to.
	ReasonDriftDetected = "DriftDetected"
)

// Reasons to change the credentials, the permissions or the server.
const (
	// ReasonInvalidCredentials: a Secret or a ConfigMap is missing or unusable, the operator
	// does not know the namespace to read it from, or the certificate of the server is not
	// trusted. Fix what the message names.
	ReasonInvalidCredentials = "InvalidCredentials"
	// ReasonCredentialsRejected: the server answered 401. Fix the Secret.
	ReasonCredentialsRejected = "CredentialsRejected"
	// ReasonPermissionDenied: MLflow denies the account of the connection a request. Grant
	// the account MANAGE on the model.
	ReasonPermissionDenied = "PermissionDenied"
	// ReasonForbidden: the ClusterMLflowConnection does not allow the namespace, the model or
	// an alias. Have it allowed there, or change what the message names.
	ReasonForbidden = "Forbidden"
	// ReasonHostNotAllowed: the server refuses the host name of the URL. Add it, with its
	// port, to the server's --allowed-hosts.
	ReasonHostNotAllowed = "HostNotAllowed"
	// ReasonNotMLflow: the URL answers, but not with MLflow's JSON. Fix the URL, its path
	// prefix, or the proxy in front of MLflow.
	ReasonNotMLflow = "NotMLflow"
)

// Reasons are all reasons that the operator gives, in the order of this file. Metrics take
// the values of their label reason from here.
func Reasons() []string {
	return []string{
		ReasonSucceeded,
		ReasonConnected,
		ReasonPartialList,
		ReasonSynced,
		ReasonRegistered,
		ReasonPromoted,
		ReasonRolledBack,
		ReasonCandidateBlocked,
		ReasonPlanPending,
		ReasonDryRun,
		ReasonSuspended,
		ReasonProgressing,
		ReasonUnreachable,
		ReasonMLflowError,
		ReasonGateError,
		ReasonWaitingForMetric,
		ReasonSoaking,
		ReasonWaitingForApproval,
		ReasonModelNotReady,
		ReasonVersionNotReady,
		ReasonVersionInUse,
		ReasonInvalidSpec,
		ReasonInvalidPolicy,
		ReasonReferenceNotFound,
		ReasonVersionNotFound,
		ReasonConflict,
		ReasonNameConflict,
		ReasonAlreadyManaged,
		ReasonRegistrationFailed,
		ReasonGateFailed,
		ReasonPrerequisiteStageMissing,
		ReasonDemotionNotAllowed,
		ReasonPreconditionFailed,
		ReasonDriftDetected,
		ReasonInvalidCredentials,
		ReasonCredentialsRejected,
		ReasonPermissionDenied,
		ReasonForbidden,
		ReasonHostNotAllowed,
		ReasonNotMLflow,
	}
}
