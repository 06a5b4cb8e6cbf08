// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflowtest

import (
	"fmt"
	"net/http"
)

// The error codes of MLflow that this server gives.
const (
	codeNotFound = "RESOURCE_DOES_NOT_EXIST"
	codeExists   = "RESOURCE_ALREADY_EXISTS"
	codeInvalid  = "INVALID_PARAMETER_VALUE"
	codeInternal = "INTERNAL_ERROR"
	codeDisabled = "FEATURE_DISABLED"
)

// seeDocsSuffix ends the messages about missing and mistyped parameters.
const seeDocsSuffix = " See the API docs for more information about request parameters."

// apiError is an error that MLflow reports as JSON.
type apiError struct {
	code    string
	message string
}

func (e *apiError) Error() string { return e.code + ": " + e.message }

func (e *apiError) httpStatus() int {
	switch e.code {
	case codeNotFound:
		return http.StatusNotFound
	case codeInternal, codeDisabled:
		return http.StatusInternalServerError
	default:
		return http.StatusBadRequest
	}
}

// errorClasses are sqlstate and error_class, whose vocabulary is not that of error_code.
func (e *apiError) errorClasses() (sqlState, class string) {
	switch e.code {
	case codeNotFound:
		return "KAM00", "RESOURCE_NOT_FOUND"
	case codeInternal:
		return "XXM00", "CLIENT_INTERNAL_ERROR"
	default:
		return "KAM00", e.code
	}
}

func newNotFoundError(format string, args ...any) error {
	return &apiError{code: codeNotFound, message: fmt.Sprintf(format, args...)}
}

func newInvalidError(format string, args ...any) error {
	return &apiError{code: codeInvalid, message: fmt.Sprintf(format, args...)}
}

func newExistsError(format string, args ...any) error {
	return &apiError{code: codeExists, message: fmt.Sprintf(format, args...)}
}

func newInternalError(format string, args ...any) error {
	return &apiError{code: codeInternal, message: fmt.Sprintf(format, args...)}
}

// responseError is an error that is not said in JSON.
type responseError struct{ response *response }

func (e *responseError) Error() string { return string(e.response.body) }
