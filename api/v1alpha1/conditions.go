// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

// ReconcileRequestedAtAnnotation asks the operator to look at an object now. Any
// value that differs from the last one counts; a timestamp is customary. The
// receipt is status.lastHandledReconcileAt.
const ReconcileRequestedAtAnnotation = "registry.mlflow-operator.io/reconcile-requested-at"

// OrphanOnDeleteAnnotation, with the value "true", completes the deletion of an object that
// waits for something in MLflow. What MLflow has is left as it is.
const OrphanOnDeleteAnnotation = "registry.mlflow-operator.io/orphan-on-delete"

// CleanupFinalizer keeps an object whose deletion has something to do in MLflow.
const CleanupFinalizer = "registry.mlflow-operator.io/cleanup"

// What the operator writes on models and versions in MLflow.
const (
	// TagPrefix begins every tag key that the operator writes for itself.
	TagPrefix = "registry.mlflow-operator.io/"
	// ManagedByTag marks a registered model that a RegisteredModel owns. Its value is
	// INSTANCE/NAMESPACE/NAME.
	ManagedByTag = TagPrefix + "managed-by"
	// EvidenceTagPrefix, with the name of the stage behind it, is the key of the tag
	// that says on a version how it came to hold the stage.
	EvidenceTagPrefix = TagPrefix + "promotion."
	// RegisteredByTag marks a version that a ModelVersion registered. Its value is
	// INSTANCE/NAMESPACE/NAME/UID, of which the UID is what counts.
	RegisteredByTag = TagPrefix + "registered-by"
	// ArchivedTag says on a version why and when its model's retention archived it.
	ArchivedTag = TagPrefix + "archived"
)

// The tags of a registered model that a RegisteredModel has fields of their own for.
const (
	TagOwner            = "owner"
	TagUseCase          = "use_case"
	TagDeploymentTarget = "deployment_target"
)

// Condition types of every kind. Ready sums up the others; Reconciling and Stalled
// are present only when they are true, and never both.
const (
	// ConditionReady is True when what the spec asks for is so.
	ConditionReady = "Ready"
	// ConditionReconciling is True while the operator expects to get there by itself.
	ConditionReconciling = "Reconciling"
	// ConditionStalled is True when a person has to change something.
	ConditionStalled = "Stalled"
)

// Condition types of MLflowConnection.
const (
	// ConditionCredentialsResolved is True when the Secret and the ConfigMap that the
	// spec names could be read and hold what they must.
	ConditionCredentialsResolved = "CredentialsResolved"
	// ConditionReachable is True when the last look at the registry succeeded.
	ConditionReachable = "Reachable"
)

// ConditionRulesAccepted is True when allowedNamespaces and allow of a
// ClusterMLflowConnection can be carried out.
const ConditionRulesAccepted = "RulesAccepted"

// Condition types of RegisteredModel.
const (
	// ConditionConnectionReady is True when the connection of the model is ready.
	ConditionConnectionReady = "ConnectionReady"
	// ConditionSynced is True when the model, or the description and the tags of the version,
	// are as declared in MLflow.
	ConditionSynced = "Synced"
)

// Condition types of ModelVersion, beside Synced.
const (
	// ConditionRegistered is True when the version is in MLflow, and READY.
	ConditionRegistered = "Registered"
)

// Condition types of ModelPromotion.
const (
	// ConditionCandidateResolved is True when it is known which version is wanted.
	ConditionCandidateResolved = "CandidateResolved"
	// ConditionGatesPassed is True when every gate passed for the candidate, or when
	// the candidate holds the stage since they did.
	ConditionGatesPassed = "GatesPassed"
	// ConditionPromoted is True when the candidate holds the stage.
	ConditionPromoted = "Promoted"
)

// Reasons that every kind may give.
const (
	// ReasonSuspended: spec.suspend is true. Set it to false to go on.
	ReasonSuspended = "Suspended"
	// ReasonProgressing: the operator is at it. Wait.
	ReasonProgressing = "Progressing"
	// ReasonConflict: an older object claims the same thing. Delete one of them.
	ReasonConflict = "Conflict"
	// ReasonRequestFailed: MLflow answered with an error that says nothing about the
	// object. It is tried again.
	ReasonRequestFailed = "RequestFailed"
	// ReasonRequestRefused: MLflow refused the request as such. Change the spec as the
	// message says.
	ReasonRequestRefused = "RequestRefused"
	// ReasonPermissionDenied: the account of the connection may not do this. Grant it
	// MANAGE on the model.
	ReasonPermissionDenied = "PermissionDenied"
)

// Reasons of MLflowConnection. Objects that use the connection repeat them.
const (
	// ReasonConnected: the registry is read at every poll.
	ReasonConnected = "Connected"
	// ReasonListIncomplete: the registry is read at every poll, but its list lacks declared
	// models that it showed before and that MLflow does not say to be gone. Look at what
	// the account of the connection may read.
	ReasonListIncomplete = "ListIncomplete"
	// ReasonConnectionNotFound: no such connection. Create it, or fix the name.
	ReasonConnectionNotFound = "ConnectionNotFound"
	// ReasonCredentialsResolved: Secret and ConfigMap were read.
	ReasonCredentialsResolved = "CredentialsResolved"
	// ReasonSecretNotFound: the Secret or a key in it is missing. Create it.
	ReasonSecretNotFound = "SecretNotFound"
	// ReasonConfigMapNotFound: the ConfigMap of the CA or its key is missing. Create it.
	ReasonConfigMapNotFound = "ConfigMapNotFound"
	// ReasonCertificateInvalid: the CA bundle holds no certificate, or the server's
	// certificate is not trusted. Fix the bundle.
	ReasonCertificateInvalid = "CertificateInvalid"
	// ReasonCredentialsRejected: the server answered 401. Fix the Secret.
	ReasonCredentialsRejected = "CredentialsRejected"
	// ReasonHostNotAllowed: the server refuses the host name of the URL. Add it, with
	// its port, to the server's --allowed-hosts.
	ReasonHostNotAllowed = "HostNotAllowed"
	// ReasonUnreachable: no answer, or a server error. It is tried again.
	ReasonUnreachable = "Unreachable"
	// ReasonNotMLflow: something answered, but not with MLflow's JSON. Fix the URL, its
	// path prefix, or the proxy between.
	ReasonNotMLflow = "NotMLflow"
	// ReasonWorkspaceNotFound: the server has no such workspace, or no workspaces.
	ReasonWorkspaceNotFound = "WorkspaceNotFound"
)

// Reasons of ClusterMLflowConnection, beside those of MLflowConnection.
const (
	// ReasonRulesAccepted: it is known which namespaces may do what.
	ReasonRulesAccepted = "RulesAccepted"
	// ReasonRulesInvalid: a rule can't be carried out, so that nobody may use the
	// connection. Mend it as the message says.
	ReasonRulesInvalid = "RulesInvalid"
	// ReasonOperatorNamespaceUnknown: the operator does not know its own namespace, where
	// the Secret and the ConfigMap are. Set POD_NAMESPACE in its environment.
	ReasonOperatorNamespaceUnknown = "OperatorNamespaceUnknown"
)

// ReasonNotAllowed: the ClusterMLflowConnection does not allow the namespace, the model or
// an alias. Have it allowed, or change what the message names. Objects of every kind that
// acts in MLflow may give it.
const ReasonNotAllowed = "NotAllowed"

// Reasons of RegisteredModel.
const (
	// ReasonSynced: MLflow holds what is declared.
	ReasonSynced = "Synced"
	// ReasonPlanPending: management is Observe, and status.plan lists what would be
	// written. Set management to Enforce to have it written.
	ReasonPlanPending = "PlanPending"
	// ReasonNameIsPrompt: the name belongs to a prompt. Choose another name.
	ReasonNameIsPrompt = "NameIsPrompt"
	// ReasonAlreadyExists: adoption is CreateOnly and the model exists. Adopt it, or
	// choose another name.
	ReasonAlreadyExists = "AlreadyExists"
	// ReasonNotFound: adoption is AdoptOnly and the model does not exist; or a model
	// that was managed has been deleted in MLflow.
	ReasonNotFound = "NotFound"
	// ReasonOwnedByAnother: the model carries another owner's mark. Remove one of the
	// owners, or set adoption to TakeOver.
	ReasonOwnedByAnother = "OwnedByAnother"
	// ReasonClassNotFound: there is no ModelClass of the name. Create it, or name another.
	ReasonClassNotFound = "ClassNotFound"
	// ReasonMetadataInvalid: the spec does not meet the model's class. Change the fields that
	// the message names, or the class.
	ReasonMetadataInvalid = "MetadataInvalid"
)

// Reasons of ModelClass. Models that name the class repeat ClassInvalid.
const (
	// ReasonAccepted: models can inherit from the class.
	ReasonAccepted = "Accepted"
	// ReasonClassInvalid: the class holds something that can't be carried out. Change the
	// class as the message says.
	ReasonClassInvalid = "ClassInvalid"
)

// Reasons of ModelVersion.
const (
	// ReasonRegistered: the version is in MLflow, and READY.
	ReasonRegistered = "Registered"
	// ReasonPending: the version is being registered. Wait.
	ReasonPending = "Pending"
	// ReasonSourceNotFound: the run, the logged model or the version that the source names
	// does not exist, or was deleted. Restore it, or create another ModelVersion.
	ReasonSourceNotFound = "SourceNotFound"
	// ReasonRegistrationFailed: MLflow refused the registration, or it failed there. Create
	// another ModelVersion.
	ReasonRegistrationFailed = "RegistrationFailed"
	// ReasonAmbiguous: several versions carry the mark of this object. Remove it from all
	// but one.
	ReasonAmbiguous = "Ambiguous"
	// ReasonVersionInUse: the object is to be deleted, and its version holds an alias or a
	// legacy stage. Let another version take its place.
	ReasonVersionInUse = "VersionInUse"
)

// Reasons of ModelPromotion.
const (
	// ReasonPromoted: the wanted version holds the stage.
	ReasonPromoted = "Promoted"
	// ReasonRolledBack: the wanted version holds the stage again, as it did before.
	ReasonRolledBack = "RolledBack"
	// ReasonCandidateResolved: it is known which version is wanted.
	ReasonCandidateResolved = "CandidateResolved"
	// ReasonGatesPassed: every gate passed.
	ReasonGatesPassed = "GatesPassed"
	// ReasonCandidateBlocked: the stage keeps the version it has, since the newer
	// candidate was refused. The message says why.
	ReasonCandidateBlocked = "CandidateBlocked"
	// ReasonGateFailed: a gate refused the version. The message says which and why.
	ReasonGateFailed = "GateFailed"
	// ReasonGateError: a gate could not be asked. It is asked again.
	ReasonGateError = "GateError"
	// ReasonDuplicateGate: two gates have the same name. Rename one of them.
	ReasonDuplicateGate = "DuplicateGate"
	// ReasonWaitingForMetric: a gate waits for a metric that was not logged yet.
	ReasonWaitingForMetric = "WaitingForMetric"
	// ReasonSoaking: the version has not held the stages before for as long as requiredSoakTime
	// demands. Wait until status.blockedUntil.
	ReasonSoaking = "Soaking"
	// ReasonWaitingForApproval: a gate waits for people. The message names who may approve
	// and the command that does it.
	ReasonWaitingForApproval = "WaitingForApproval"
	// ReasonOutOfOrder: the version has not been promoted to the stages before, or not for
	// long enough.
	ReasonOutOfOrder = "OutOfOrder"
	// ReasonBackwardTransition: the version holds a later stage. Promote another
	// version there first.
	ReasonBackwardTransition = "BackwardTransition"
	// ReasonVersionNotFound: the model has no such version.
	ReasonVersionNotFound = "VersionNotFound"
	// ReasonVersionNotReady: the version is not READY in MLflow.
	ReasonVersionNotReady = "VersionNotReady"
	// ReasonVersionDeleted: the version was deleted in MLflow, or its model was deleted
	// and created again. Name another version.
	ReasonVersionDeleted = "VersionDeleted"
	// ReasonModelNotReady: the RegisteredModel is missing or not ready.
	ReasonModelNotReady = "ModelNotReady"
	// ReasonStageNotFound: the RegisteredModel has no such stage.
	ReasonStageNotFound = "StageNotFound"
	// ReasonPreconditionFailed: another version than expectedCurrentVersion holds the
	// stage.
	ReasonPreconditionFailed = "PreconditionFailed"
	// ReasonDryRun: nothing is written; the gates say what would happen.
	ReasonDryRun = "DryRun"
	// ReasonAliasMoved: another hand moved the alias, and drift is Report. Put it back,
	// or declare the version that holds it.
	ReasonAliasMoved = "AliasMoved"
)
