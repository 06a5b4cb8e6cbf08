// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflow

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"
)

// judge turns an HTTP answer into nil or an Error. MLflow says what is wrong in
// JSON, except for credentials, hosts, unknown paths and crashes.
func (c *Client) judge(q call, got reply) error {
	switch {
	case got.size > q.limit():
		return &Error{
			Endpoint: q.endpoint, StatusCode: got.status, kinds: []error{ErrTooLarge},
			reason: fmt.Sprintf("the answer is larger than %d MiB", q.limit()>>20),
		}
	case succeeded(got.status) && got.misfit != nil:
		return notJSON(q.endpoint)
	case succeeded(got.status):
		return nil
	}
	failed := &Error{Endpoint: q.endpoint, StatusCode: got.status}
	failed.ErrorCode, failed.Message = c.wording(got.body)
	kind := kindOf(failed, got.body)
	failed.kinds = []error{kind}
	failed.reason = reasonOf(kind, got.status)
	return failed
}

func succeeded(status int) bool {
	return status == http.StatusOK || status == http.StatusCreated
}

// kindOf names the failure: first by what MLflow says, then by the status.
func kindOf(failed *Error, body []byte) error {
	if kind := kindOfCode(failed); kind != nil {
		return kind
	}
	switch status := failed.StatusCode; {
	case status == http.StatusUnauthorized:
		return ErrUnauthenticated
	case status == http.StatusForbidden && bytes.HasPrefix(body, []byte("Invalid Host header")):
		return ErrHostNotAllowed
	case status == http.StatusForbidden:
		return ErrPermissionDenied
	case status == http.StatusTooManyRequests, status >= http.StatusInternalServerError:
		return ErrServer
	case failed.ErrorCode != "" && status != http.StatusNotFound && status >= http.StatusBadRequest:
		return ErrInvalidParameter
	default:
		return ErrNotMLflow
	}
}

// kindOfCode knows the codes that mean more than their status. It reads
// error_code: error_class is newer and speaks other words.
func kindOfCode(failed *Error) error {
	switch failed.ErrorCode {
	case "RESOURCE_DOES_NOT_EXIST":
		return missing(failed.Message)
	case "RESOURCE_ALREADY_EXISTS":
		return ErrAlreadyExists
	case "FEATURE_DISABLED":
		return ErrFeatureDisabled
	case "INVALID_PARAMETER_VALUE":
		return invalid(failed.Message)
	default:
		return nil
	}
}

// missing tells the object that isn't there from the workspace that isn't: they
// share a code, and only the message tells them apart.
func missing(message string) error {
	if strings.HasPrefix(message, "Workspace ") {
		return ErrWorkspaceNotFound
	}
	return ErrNotFound
}

// invalid finds what MLflow calls an invalid parameter and is none: the alias that
// isn't set, and the list in a filter that the server doesn't know.
func invalid(message string) error {
	switch {
	case strings.HasPrefix(message, "Registered model alias ") && strings.HasSuffix(message, " not found."):
		return ErrNotFound
	case strings.HasPrefix(message, "Only ") && strings.HasSuffix(message, " comparison with a list of quoted string values."):
		return ErrFilterNotSupported
	default:
		return ErrInvalidParameter
	}
}

// reasonOf is the sentence for an answer without MLflow's message.
func reasonOf(kind error, status int) string {
	if status >= 300 && status < 400 {
		return "the answer is a redirect, not MLflow's: a login page, or a URL that lacks its https or its path"
	}
	return kind.Error()
}

// notMLflow is a success that should have been JSON of a certain shape.
func notMLflow(endpoint, reason string) *Error {
	return &Error{Endpoint: endpoint, StatusCode: http.StatusOK, reason: reason, kinds: []error{ErrNotMLflow}}
}

// notJSON is a success that can't be decoded, such as a login page.
func notJSON(endpoint string) *Error {
	return notMLflow(endpoint, "the answer is not MLflow's JSON")
}
