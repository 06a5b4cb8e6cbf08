// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package reconciler

import (
	"errors"
	"time"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
)

// ReasonedError is an error with its own reason for the conditions. It is used for problems that
// come before any request, such as a missing Secret.
type ReasonedError struct {
	Reason  string
	Message string
}

func (e *ReasonedError) Error() string {
	return e.Message
}

// permissionRetryAfter is how soon a request is repeated that MLflow rejected. MLflow does not
// report that a permission was granted, so only another request shows it. Five minutes is soon
// enough for a change that a person makes, and costs the server little.
const permissionRetryAfter = 5 * time.Minute

// FromMLflowError translates an error of the MLflow client in a request about one object.
func FromMLflowError(err error) Result {
	switch {
	case mlflow.IsConnectionError(err):
		return ConnectionError(err)
	case errors.Is(err, mlflow.ErrPermissionDenied):
		return PermissionDenied(err.Error())
	case errors.Is(err, mlflow.ErrInvalidParameter):
		return Terminal(v1alpha1.ReasonInvalidSpec, err.Error()).WithRequeueAfter(permissionRetryAfter)
	default:
		return RetryableError(v1alpha1.ReasonMLflowError, err)
	}
}

// PermissionDenied ends the reconcile because the account of the connection lacks a permission. The
// object is reconciled again after some time, because MLflow does not report that a permission was
// granted.
func PermissionDenied(message string) Result {
	return Terminal(v1alpha1.ReasonPermissionDenied, message).WithRequeueAfter(permissionRetryAfter)
}

// connectionReasons has the reason for each kind of connection error. A narrow kind comes before a
// wide one.
var connectionReasons = []struct {
	kind   error
	reason string
}{
	{mlflow.ErrUnauthenticated, v1alpha1.ReasonCredentialsRejected},
	{mlflow.ErrPermissionDenied, v1alpha1.ReasonPermissionDenied},
	{mlflow.ErrHostNotAllowed, v1alpha1.ReasonHostNotAllowed},
	{mlflow.ErrWorkspaceNotFound, v1alpha1.ReasonReferenceNotFound},
	{mlflow.ErrFeatureDisabled, v1alpha1.ReasonReferenceNotFound},
	{mlflow.ErrTLS, v1alpha1.ReasonInvalidCredentials},
	{mlflow.ErrNotMLflow, v1alpha1.ReasonNotMLflow},
}

// ConnectionReason returns the reason for an error in the conditions of a connection. An unknown
// error is Unreachable, which is retried.
func ConnectionReason(err error) string {
	if reasoned, ok := errors.AsType[*ReasonedError](err); ok {
		return reasoned.Reason
	}
	for _, known := range connectionReasons {
		if errors.Is(err, known.kind) {
			return known.reason
		}
	}
	return v1alpha1.ReasonUnreachable
}

// FromPollError returns how the reconcile of a connection ends if its registry could not be read:
// it waits if the server may return by itself, and is terminal if a person has to change something.
func FromPollError(err error) Result {
	reason := ConnectionReason(err)
	if reason == v1alpha1.ReasonUnreachable {
		return Waiting(reason, err.Error(), 0)
	}
	return Terminal(reason, err.Error())
}
