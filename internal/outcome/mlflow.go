// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package outcome

import (
	"errors"
	"time"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
)

// Cause is an error with a reason of its own: what lies before any request, such as
// a Secret that is missing.
type Cause struct {
	Reason  string
	Message string
}

func (c *Cause) Error() string {
	return c.Message
}

// forgiven is how long a refusal by the server is taken for its last word. MLflow tells
// nobody that a permission was granted; a request every five minutes asks.
const forgiven = 5 * time.Minute

// Request translates an error of the MLflow client that met a request about one
// object.
func Request(err error) Outcome {
	switch {
	case mlflow.ConcernsAll(err):
		return BlameConnection(err)
	case errors.Is(err, mlflow.ErrPermissionDenied):
		return Denied(err.Error())
	case errors.Is(err, mlflow.ErrInvalidParameter):
		return Stall(v1alpha1.ReasonRequestRefused, err.Error()).LookAgain(forgiven)
	default:
		return Retry(v1alpha1.ReasonRequestFailed, err)
	}
}

// Denied ends the pass because the account of the connection lacks a permission. It is
// tried again, since MLflow tells nobody that one was granted.
func Denied(message string) Outcome {
	return Stall(v1alpha1.ReasonPermissionDenied, message).LookAgain(forgiven)
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
	{mlflow.ErrWorkspaceNotFound, v1alpha1.ReasonWorkspaceNotFound},
	{mlflow.ErrFeatureDisabled, v1alpha1.ReasonWorkspaceNotFound},
	{mlflow.ErrTLS, v1alpha1.ReasonCertificateInvalid},
	{mlflow.ErrNotMLflow, v1alpha1.ReasonNotMLflow},
}

// ConnectionReason is the reason that a connection's condition gives for an error.
// What it does not know is Unreachable, which is tried again.
func ConnectionReason(err error) string {
	if cause, ok := errors.AsType[*Cause](err); ok {
		return cause.Reason
	}
	for _, known := range connectionReasons {
		if errors.Is(err, known.kind) {
			return known.reason
		}
	}
	return v1alpha1.ReasonUnreachable
}

// Connection is how a connection ends a pass in which its registry could not be
// read: it waits where the server may come back by itself, and stalls where a
// person has to change something.
func Connection(err error) Outcome {
	reason := ConnectionReason(err)
	if reason == v1alpha1.ReasonUnreachable {
		return Wait(reason, err.Error(), 0)
	}
	return Stall(reason, err.Error())
}
