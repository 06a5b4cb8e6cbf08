// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package reconciler

import (
	"errors"
	"time"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
)

// ReasonedError is an error with a reason of its own: what lies before any request, such as
// a Secret that is missing.
type ReasonedError struct {
	Reason  string
	Message string
}

func (c *ReasonedError) Error() string {
	return c.Message
}

// permissionRetryAfter is how long a refusal by the server is taken for its last word. MLflow tells
// nobody that a permission was granted; a request every five minutes asks.
const permissionRetryAfter = 5 * time.Minute

// FromMLflowError translates an error of the MLflow client that met a request about one
// object.
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

// PermissionDenied ends the pass because the account of the connection lacks a permission. It is
// tried again, since MLflow tells nobody that one was granted.
func PermissionDenied(message string) Result {
	return Terminal(v1alpha1.ReasonPermissionDenied, message).WithRequeueAfter(permissionRetryAfter)
}

// connectionReasons is the reason for each kind of failure of a connection, the
// narrower kind before the wider.
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

// ConnectionReason is the reason that a connection's condition gives for an error.
// What it does not know is Unreachable, which is tried again.
func ConnectionReason(err error) string {
	if cause, ok := errors.AsType[*ReasonedError](err); ok {
		return cause.Reason
	}
	for _, known := range connectionReasons {
		if errors.Is(err, known.kind) {
			return known.reason
		}
	}
	return v1alpha1.ReasonUnreachable
}

// FromPollError is how a connection ends a pass in which its registry could not be
// read: it waits where the server may come back by itself, and stalls where a
// person has to change something.
func FromPollError(err error) Result {
	reason := ConnectionReason(err)
	if reason == v1alpha1.ReasonUnreachable {
		return Waiting(reason, err.Error(), 0)
	}
	return Terminal(reason, err.Error())
}
