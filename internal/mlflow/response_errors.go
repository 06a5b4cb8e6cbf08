// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflow

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"unicode"
)

// checkResponse turns an HTTP answer into nil or an Error. MLflow says what is wrong in
// JSON, except for credentials, hosts, unknown paths and crashes.
func (c *Client) checkResponse(q apiRequest, got response) error {
	switch {
	case got.size > q.maxResponseBytes():
		return &Error{
			Endpoint: q.endpoint, StatusCode: got.status, kinds: []error{ErrTooLarge},
			reason: fmt.Sprintf("the answer is larger than %d MiB", q.maxResponseBytes()>>20),
		}
	case isSuccess(got.status) && got.decodeErr != nil:
		return newNotJSONError(q.endpoint)
	case isSuccess(got.status):
		return nil
	}
	failed := &Error{Endpoint: q.endpoint, StatusCode: got.status}
	failed.ErrorCode, failed.Message = c.parseError(got.body)
	kind := classifyError(failed, got.body)
	failed.kinds = []error{kind}
	failed.reason = reasonForKind(kind, got.status)
	return failed
}

func isSuccess(status int) bool {
	return status == http.StatusOK || status == http.StatusCreated
}

// classifyError names the failure: first by what MLflow says, then by the status.
func classifyError(failed *Error, body []byte) error {
	if kind := classifyErrorCode(failed); kind != nil {
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

// classifyErrorCode knows the codes that mean more than their status. It reads
// error_code: error_class is newer and speaks other words.
func classifyErrorCode(failed *Error) error {
	switch failed.ErrorCode {
	case "RESOURCE_DOES_NOT_EXIST":
		return classifyNotFound(failed.Message)
	case "RESOURCE_ALREADY_EXISTS":
		return ErrAlreadyExists
	case "FEATURE_DISABLED":
		return ErrFeatureDisabled
	case "INVALID_PARAMETER_VALUE":
		return classifyInvalidParameter(failed.Message)
	default:
		return nil
	}
}

// classifyNotFound tells the object that isn't there from the workspace that isn't: they
// share a code, and only the message tells them apart.
func classifyNotFound(message string) error {
	if strings.HasPrefix(message, "Workspace ") {
		return ErrWorkspaceNotFound
	}
	return ErrNotFound
}

// classifyInvalidParameter finds what MLflow calls an invalid parameter and is none: the alias that
// isn't set, and the list in a filter that the server doesn't know.
func classifyInvalidParameter(message string) error {
	switch {
	case strings.HasPrefix(message, "Registered model alias ") && strings.HasSuffix(message, " not found."):
		return ErrNotFound
	case strings.HasPrefix(message, "Only ") && strings.HasSuffix(message, " comparison with a list of quoted string values."):
		return ErrFilterNotSupported
	default:
		return ErrInvalidParameter
	}
}

// reasonForKind is the sentence for an answer without MLflow's message.
func reasonForKind(kind error, status int) string {
	if status >= 300 && status < 400 {
		return "the answer is a redirect, not MLflow's: a login page, or a URL that lacks its https or its path"
	}
	return kind.Error()
}

// newNotMLflowError is a success that should have been JSON of a certain shape.
func newNotMLflowError(endpoint, reason string) *Error {
	return &Error{Endpoint: endpoint, StatusCode: http.StatusOK, reason: reason, kinds: []error{ErrNotMLflow}}
}

// newNotJSONError is a success that can't be decoded, such as a login page.
func newNotJSONError(endpoint string) *Error {
	return newNotMLflowError(endpoint, "the answer is not MLflow's JSON")
}

// maxMessage keeps a message fit for a condition: some of MLflow's hold SQL.
const maxMessage = 200

// parseError takes MLflow's code and message from a body, if it is MLflow's.
func (c *Client) parseError(body []byte) (code, message string) {
	var said struct {
		ErrorCode string `json:"error_code"`
		Message   string `json:"message"`
	}
	if json.Unmarshal(body, &said) != nil || said.ErrorCode == "" {
		return "", ""
	}
	return c.sanitizeMessage(said.ErrorCode), c.sanitizeMessage(said.Message)
}

// sanitizeMessage is the first line of a text, without credentials that a server or a
// gateway repeated, control characters and excess.
func (c *Client) sanitizeMessage(text string) string {
	if c.config.Auth != nil {
		text = redactSecrets(text, c.config.Auth.secretValues())
	}
	text, _, _ = strings.Cut(strings.TrimSpace(text), "\n")
	text = strings.Map(replaceInvisible, text)
	if runes := []rune(text); len(runes) > maxMessage {
		return string(runes[:maxMessage])
	}
	return text
}

func redactSecrets(text string, secrets []string) string {
	for _, secret := range secrets {
		if secret != "" {
			text = strings.ReplaceAll(text, secret, "***")
		}
	}
	return text
}

func replaceInvisible(r rune) rune {
	if unicode.IsPrint(r) {
		return r
	}
	return -1
}
