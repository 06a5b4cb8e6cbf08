// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflow

import (
	"context"
	"errors"
	"fmt"
)

// The kinds of failure, for errors.Is. Each asks for an answer of its own.
var (
	// ErrNotFound: the server knows the question and has no such object.
	ErrNotFound = errors.New("not found")
	// ErrAlreadyExists: the name is taken, by a model or by a prompt.
	ErrAlreadyExists = errors.New("already exists")
	// ErrInvalidParameter: the server, or this client before it asked, refuses the request as it is.
	ErrInvalidParameter = errors.New("invalid parameter")
	// ErrFilterNotSupported: this server's filter language has no list for the attribute.
	// It is an ErrInvalidParameter too, and stays so until the server is another.
	ErrFilterNotSupported = fmt.Errorf("filter not supported: %w", ErrInvalidParameter)
	// ErrReadOnly: this client may not write, see Config.ReadOnlyReason. It is an
	// ErrInvalidParameter too.
	ErrReadOnly = fmt.Errorf("read only: %w", ErrInvalidParameter)
	// ErrUnauthenticated: the server wants credentials, or other ones.
	ErrUnauthenticated = errors.New("the server did not accept the credentials")
	// ErrPermissionDenied: the credentials don't suffice. With MLflow's basic-auth app
	// it is also the answer to who isn't admin and asks for what isn't there.
	ErrPermissionDenied = errors.New("permission denied")
	// ErrHostNotAllowed: the server doesn't want to be called by this host name.
	ErrHostNotAllowed = errors.New("the server does not allow this host name: add it, with its port, to its allowed hosts")
	// ErrFeatureDisabled: a workspace was named and the server runs without them.
	ErrFeatureDisabled = errors.New("the server runs without workspaces")
	// ErrWorkspaceNotFound: the server has no such workspace. It is not ErrNotFound:
	// nothing is known about the object that was asked for.
	ErrWorkspaceNotFound = errors.New("workspace not found")
	// ErrNotMLflow: something answered that isn't MLflow's API.
	ErrNotMLflow = errors.New("the answer is not MLflow's")
	// ErrServer: the server failed, or has too much to do; a later attempt may succeed.
	ErrServer = errors.New("the server failed")
	// ErrUnreachable: there was no HTTP answer, or not a whole one.
	ErrUnreachable = errors.New("no answer")
	// ErrTLS: no trust was established. It is an ErrUnreachable too.
	ErrTLS = fmt.Errorf("TLS failed: %w", ErrUnreachable)
	// ErrInterrupted: the connection ended before the answer to a write was there. Writes are
	// not repeated, so that this says little about the server. It is an ErrUnreachable too.
	ErrInterrupted = fmt.Errorf("interrupted: %w", ErrUnreachable)
	// ErrInvalidCABundle: New was given nothing to trust a server by.
	ErrInvalidCABundle = errors.New("the CA bundle contains no PEM certificate")
	// ErrTooLarge: the answer was larger than any honest one.
	ErrTooLarge = errors.New("the answer is too large")
)

// IsDefinitive tells whether a write that failed was surely not carried out: the server
// answered, and said no. After a lost answer, or a failure of the server, nobody knows.
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

// IsConnectionError tells errors that every request on the connection would meet. An
// answer that came too late, that was cut off once, or that is not MLflow's, may be one
// object's own misfortune: it is for the poll to find out whether the whole server is
// like that.
func IsConnectionError(err error) bool {
	for _, once := range []error{ErrTimeout, ErrInterrupted, context.DeadlineExceeded} {
		if errors.Is(err, once) {
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

// Error is a call that failed. It can be shown to anybody: it holds no header, no
// URL and no body but the first line of MLflow's own JSON message.
type Error struct {
	// Endpoint is the call, such as registered-models/get.
	Endpoint string
	// StatusCode is 0 when there was no HTTP answer.
	StatusCode int
	// ErrorCode is MLflow's, such as RESOURCE_DOES_NOT_EXIST; empty when the answer had none.
	ErrorCode string
	// Message is MLflow's, the first line of it and at most 200 characters.
	Message string

	// reason is our own sentence, for answers that have no message of MLflow's.
	reason string
	// kinds are what errors.Is finds.
	kinds []error
}

// Error is one line that stays the same as long as the problem does.
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

// Unwrap gives the kinds, never the transport's error: its text holds addresses,
// URLs and clock times.
func (e *Error) Unwrap() []error {
	return e.kinds
}

// newInvalidRequestError is a request that this client doesn't send.
func newInvalidRequestError(endpoint, format string, args ...any) *Error {
	return &Error{Endpoint: endpoint, reason: fmt.Sprintf(format, args...), kinds: []error{ErrInvalidParameter}}
}
