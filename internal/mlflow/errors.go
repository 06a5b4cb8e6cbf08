// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflow

import (
	"context"
	"errors"
	"fmt"
)

// The kinds of errors, for errors.Is. Each has its own remedy.
var (
	// ErrNotFound means that the server has no such object.
	ErrNotFound = errors.New("not found")
	// ErrAlreadyExists means that a model or a prompt has the name.
	ErrAlreadyExists = errors.New("already exists")
	// ErrInvalidParameter means that the server rejected the request as invalid, or the
	// client did before sending it.
	ErrInvalidParameter = errors.New("invalid parameter")
	// ErrFilterNotSupported means that the server's filter language has no list for the
	// attribute, which only an upgrade of the server changes. It is also an ErrInvalidParameter.
	ErrFilterNotSupported = fmt.Errorf("filter not supported: %w", ErrInvalidParameter)
	// ErrReadOnly means that the client must not write: see Config.ReadOnlyReason. It is
	// also an ErrInvalidParameter.
	ErrReadOnly = fmt.Errorf("read only: %w", ErrInvalidParameter)
	// ErrUnauthenticated means that the server requires credentials, or other ones.
	ErrUnauthenticated = errors.New("the server did not accept the credentials")
	// ErrPermissionDenied means that the account lacks a permission. MLflow's basic-auth app
	// gives it also for a missing object if the account is not an admin.
	ErrPermissionDenied = errors.New("permission denied")
	// ErrHostNotAllowed means that the server rejects the host name of the URL.
	ErrHostNotAllowed = errors.New("the server does not allow this host name: add it, with its port, to its allowed hosts")
	// ErrFeatureDisabled means that the request names a workspace and the server has none.
	ErrFeatureDisabled = errors.New("the server runs without workspaces")
	// ErrWorkspaceNotFound means that the server has no such workspace. It is not an
	// ErrNotFound, because it says nothing about the requested object.
	ErrWorkspaceNotFound = errors.New("workspace not found")
	// ErrNotMLflow means that the answer is not one of MLflow's API.
	ErrNotMLflow = errors.New("the answer is not MLflow's")
	// ErrServer means that the server failed or is overloaded; a later attempt may succeed.
	ErrServer = errors.New("the server failed")
	// ErrUnreachable means that there was no HTTP answer, or no complete one.
	ErrUnreachable = errors.New("no answer")
	// ErrTLS means that the TLS handshake failed or the server's certificate is not trusted.
	// It is also an ErrUnreachable.
	ErrTLS = fmt.Errorf("TLS failed: %w", ErrUnreachable)
	// ErrTimeout means that a request took longer than Config.Timeout. It comes with
	// ErrUnreachable.
	ErrTimeout = errors.New("timed out")
	// ErrInterrupted means that the connection ended before the answer to a write. Writes are
	// not repeated, so it says little about the server. It is also an ErrUnreachable.
	ErrInterrupted = fmt.Errorf("interrupted: %w", ErrUnreachable)
	// ErrInvalidCABundle means that Config.CABundle holds no certificate.
	ErrInvalidCABundle = errors.New("the CA bundle contains no PEM certificate")
	// ErrTooLarge means that the answer exceeds the size limit.
	ErrTooLarge = errors.New("the answer is too large")
)

// IsDefinitive reports whether the server rejected the request, so that a write was
// certainly not carried out. After a lost answer or an error of the server it is unknown.
func IsDefinitive(err error) bool {
	for _, kind := range []error{
		ErrNotFound, ErrAlreadyExists, ErrInvalidParameter, ErrUnauthenticated, ErrPermissionDenied,
		ErrHostNotAllowed, ErrFeatureDisabled, ErrWorkspaceNotFound,
	} {
		if errors.Is(err, kind) {
			return true
		}
	}
	return false
}

// IsConnectionError reports whether every request on the connection would fail in the same
// way. A timeout, an interrupted answer and an answer that is not MLflow's may concern one
// object alone; the poll of the registry finds out whether they concern the server.
func IsConnectionError(err error) bool {
	for _, kind := range []error{ErrTimeout, ErrInterrupted, context.DeadlineExceeded} {
		if errors.Is(err, kind) {
			return false
		}
	}
	for _, kind := range []error{
		ErrUnreachable, ErrUnauthenticated, ErrHostNotAllowed,
		ErrWorkspaceNotFound, ErrFeatureDisabled,
	} {
		if errors.Is(err, kind) {
			return true
		}
	}
	return false
}

// Error is the error of one call. It is fit for conditions and logs: it contains no header,
// no URL, and of the body only the first line of MLflow's JSON message.
type Error struct {
	// Endpoint is the call, such as registered-models/get.
	Endpoint string
	// StatusCode is the HTTP status; 0 if there was no HTTP answer.
	StatusCode int
	// ErrorCode is MLflow's code, such as RESOURCE_DOES_NOT_EXIST; empty if the answer has none.
	ErrorCode string
	// Message is the first line of MLflow's message, at most 200 characters.
	Message string

	// reason is the client's own sentence, for answers without a message of MLflow.
	reason string
	// kinds are the errors that errors.Is finds.
	kinds []error
}

// Error returns one line, the same for the same problem.
func (e *Error) Error() string {
	switch {
	case e.ErrorCode != "" && e.Message == "":
		return fmt.Sprintf("%s: %d %s", e.Endpoint, e.StatusCode, e.ErrorCode)
	case e.ErrorCode != "":
		return fmt.Sprintf("%s: %d %s: %s", e.Endpoint, e.StatusCode, e.ErrorCode, e.Message)
	case e.StatusCode != 0:
		return fmt.Sprintf("%s: %d: %s", e.Endpoint, e.StatusCode, e.reason)
	default:
		return fmt.Sprintf("%s: %s", e.Endpoint, e.reason)
	}
}

// Unwrap returns the kinds, never the transport's error, whose text contains addresses, URLs
// and times.
func (e *Error) Unwrap() []error {
	return e.kinds
}

// newInvalidRequestError returns the error of a request that the client does not send.
func newInvalidRequestError(endpoint, format string, args ...any) *Error {
	return &Error{Endpoint: endpoint, reason: fmt.Sprintf(format, args...), kinds: []error{ErrInvalidParameter}}
}
