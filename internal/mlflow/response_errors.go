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

// checkResponse returns nil for a success and an *Error for any other HTTP answer. MLflow
// reports errors as JSON, except for credentials, hosts, unknown paths and crashes.
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

// classifyError returns the kind of an error: by MLflow's code first, then by the status.
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

// classifyErrorCode returns the kind of a code that means more than its status, else nil. It
// uses error_code, because the newer error_class has another vocabulary.
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

// classifyNotFound distinguishes a missing object from a missing workspace. They have the
// same code, and only the message differs.
func classifyNotFound(message string) error {
	if strings.HasPrefix(message, "Workspace ") {
		return ErrWorkspaceNotFound
	}
	return ErrNotFound
}

// classifyInvalidParameter recognizes two errors that MLflow reports as invalid parameters:
// an alias that is not set, and a list in a filter that this server does not support.
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

// reasonForKind returns the sentence for an answer without a message of MLflow.
func reasonForKind(kind error, status int) string {
	if status >= 300 && status < 400 {
		return "the answer is a redirect, not MLflow's: a login page, or a URL that lacks its https or its path"
	}
	return kind.Error()
}

// newNotMLflowError returns the error of a success whose content is not what MLflow sends.
func newNotMLflowError(endpoint, reason string) *Error {
	return &Error{Endpoint: endpoint, StatusCode: http.StatusOK, reason: reason, kinds: []error{ErrNotMLflow}}
}

// newNotJSONError returns the error of a success that can't be decoded, such as a login page.
func newNotJSONError(endpoint string) *Error {
	return newNotMLflowError(endpoint, "the answer is not MLflow's JSON")
}

// maxMessage is the length of a message in characters that fits a condition. Some messages
// of MLflow contain SQL.
const maxMessage = 200

// parseError returns the code and the message in a body of MLflow; both are empty for any
// other body.
func (c *Client) parseError(body []byte) (code, message string) {
	var answer struct {
		ErrorCode string `json:"error_code"`
		Message   string `json:"message"`
	}
	if json.Unmarshal(body, &answer) != nil || answer.ErrorCode == "" {
		return "", ""
	}
	return c.sanitizeMessage(answer.ErrorCode), c.sanitizeMessage(answer.Message)
}

// sanitizeMessage returns the first line of a text, at most maxMessage characters of it,
// without control characters and without the client's credentials, which a server or a
// gateway may repeat.
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
