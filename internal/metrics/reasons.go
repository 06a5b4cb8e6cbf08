// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package metrics

import (
	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
)

// reasons are all that a condition may give. A test holds them against the API.
var reasons = map[string]bool{
	v1alpha1.ReasonSuspended:           true,
	v1alpha1.ReasonProgressing:         true,
	v1alpha1.ReasonConflict:            true,
	v1alpha1.ReasonRequestFailed:       true,
	v1alpha1.ReasonRequestRefused:      true,
	v1alpha1.ReasonPermissionDenied:    true,
	v1alpha1.ReasonConnected:           true,
	v1alpha1.ReasonListIncomplete:      true,
	v1alpha1.ReasonConnectionNotFound:  true,
	v1alpha1.ReasonCredentialsResolved: true,
	v1alpha1.ReasonSecretNotFound:      true,
	v1alpha1.ReasonConfigMapNotFound:   true,
	v1alpha1.ReasonCertificateInvalid:  true,
	v1alpha1.ReasonCredentialsRejected: true,
	v1alpha1.ReasonHostNotAllowed:      true,
	v1alpha1.ReasonUnreachable:         true,
	v1alpha1.ReasonNotMLflow:           true,
	v1alpha1.ReasonWorkspaceNotFound:   true,
	v1alpha1.ReasonSynced:              true,
	v1alpha1.ReasonPlanPending:         true,
	v1alpha1.ReasonNameIsPrompt:        true,
	v1alpha1.ReasonAlreadyExists:       true,
	v1alpha1.ReasonNotFound:            true,
	v1alpha1.ReasonOwnedByAnother:      true,
	v1alpha1.ReasonClassNotFound:       true,
	v1alpha1.ReasonMetadataInvalid:     true,
	v1alpha1.ReasonAccepted:            true,
	v1alpha1.ReasonClassInvalid:        true,
	v1alpha1.ReasonPromoted:            true,
	v1alpha1.ReasonRolledBack:          true,
	v1alpha1.ReasonCandidateResolved:   true,
	v1alpha1.ReasonGatesPassed:         true,
	v1alpha1.ReasonCandidateBlocked:    true,
	v1alpha1.ReasonGateFailed:          true,
	v1alpha1.ReasonGateError:           true,
	v1alpha1.ReasonDuplicateGate:       true,
	v1alpha1.ReasonWaitingForMetric:    true,
	v1alpha1.ReasonSoaking:             true,
	v1alpha1.ReasonOutOfOrder:          true,
	v1alpha1.ReasonBackwardTransition:  true,
	v1alpha1.ReasonVersionNotFound:     true,
	v1alpha1.ReasonVersionNotReady:     true,
	v1alpha1.ReasonVersionDeleted:      true,
	v1alpha1.ReasonModelNotReady:       true,
	v1alpha1.ReasonStageNotFound:       true,
	v1alpha1.ReasonPreconditionFailed:  true,
	v1alpha1.ReasonDryRun:              true,
	v1alpha1.ReasonAliasMoved:          true,
}
