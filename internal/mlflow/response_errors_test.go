// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflow

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
)

// errorKinds are the kinds that errors.Is can find, those without an answer included.
var errorKinds = []error{
	ErrNotFound, ErrAlreadyExists, ErrInvalidParameter, ErrUnauthenticated, ErrPermissionDenied,
	ErrHostNotAllowed, ErrFeatureDisabled, ErrWorkspaceNotFound, ErrNotMLflow, ErrServer,
	ErrUnreachable, ErrTLS, ErrInterrupted, ErrTooLarge, ErrFilterNotSupported,
}

// newErrorBody returns an error body of MLflow 3.17, whose error_class has another vocabulary.
func newErrorBody(code, message string) string {
	body, _ := json.Marshal(map[string]string{
		"error_code": code, "message": message, "sqlstate": "42704", "error_class": "RESOURCE_NOT_FOUND",
	})
	return string(body)
}

func TestErrorsHaveOneKind(t *testing.T) {
	const page = "<!doctype html>\n<html lang=en>\n<title>404 Not Found</title>"
	tests := map[string]struct {
		status  int
		body    string
		want    error
		wantMsg string
	}{
		"no such model": {
			404, newErrorBody("RESOURCE_DOES_NOT_EXIST", "Registered Model with name=nope not found"), ErrNotFound,
			"registered-models/get: 404 RESOURCE_DOES_NOT_EXIST: Registered Model with name=nope not found",
		},
		"no such model, before 3.17": {
			404, `{"error_code": "RESOURCE_DOES_NOT_EXIST", "message": "gone"}`, ErrNotFound,
			"registered-models/get: 404 RESOURCE_DOES_NOT_EXIST: gone",
		},
		"a model that is named like a missing workspace": {
			404, newErrorBody("RESOURCE_DOES_NOT_EXIST", "Registered Model with name=Workspace 'x' not found not found"), ErrNotFound, "",
		},
		"an alias that is not set": {
			400, newErrorBody("INVALID_PARAMETER_VALUE", "Registered model alias nope not found."), ErrNotFound, "",
		},
		"no such workspace":    {404, newErrorBody("RESOURCE_DOES_NOT_EXIST", "Workspace 'nope' not found"), ErrWorkspaceNotFound, ""},
		"a bad workspace":      {400, newErrorBody("INVALID_PARAMETER_VALUE", "Workspace name 'B' must match"), ErrInvalidParameter, ""},
		"workspaces are off":   {500, newErrorBody("FEATURE_DISABLED", "Workspace APIs are not available"), ErrFeatureDisabled, ""},
		"the name is taken":    {400, newErrorBody("RESOURCE_ALREADY_EXISTS", "Registered Model (name=m) already exists."), ErrAlreadyExists, ""},
		"a version of letters": {400, newErrorBody("INVALID_PARAMETER_VALUE", "Parameter 'version' must be an integer"), ErrInvalidParameter, ""},
		"no lists of names, before 3.17": {
			400, newErrorBody("INVALID_PARAMETER_VALUE", "Only the 'run_id' attribute supports comparison with a list of quoted string values."),
			ErrFilterNotSupported, "",
		},
		"no lists of this attribute": {
			400, newErrorBody("INVALID_PARAMETER_VALUE", "Only ['run_id'] attributes support comparison with a list of quoted string values."),
			ErrFilterNotSupported, "",
		},
		"a broken list": {
			400, newErrorBody("INVALID_PARAMETER_VALUE", "While parsing a list in the query, expected a non-empty list of string values"),
			ErrInvalidParameter, "",
		},
		"a gateway that repeats the message about lists": {
			503, newErrorBody("TEMPORARILY_UNAVAILABLE", "Only the 'run_id' attribute supports comparison with a list of quoted string values."),
			ErrServer, "",
		},
		"a code without a message": {400, `{"error_code": "BAD_REQUEST"}`, ErrInvalidParameter, "registered-models/get: 400 BAD_REQUEST"},
		"a code of a later MLflow": {400, newErrorBody("SOMETHING_NEW", "no"), ErrInvalidParameter, ""},
		"a stage that can't be archived": {
			500, newErrorBody("INTERNAL_ERROR", "Model version transition cannot archive"), ErrServer,
			"registered-models/get: 500 INTERNAL_ERROR: Model version transition cannot archive",
		},
		"no credentials": {
			401, "You are not authenticated. Please see https://…", ErrUnauthenticated,
			"registered-models/get: 401: the server did not accept the credentials",
		},
		"no permission": {403, "Permission denied", ErrPermissionDenied, "registered-models/get: 403: permission denied"},
		"the wrong host": {
			403, "Invalid Host header - possible DNS rebinding attack detected", ErrHostNotAllowed,
			"registered-models/get: 403: the server does not allow this host name: add it, with its port, to its allowed hosts",
		},
		"an unknown path":             {404, page, ErrNotMLflow, "registered-models/get: 404: the answer is not MLflow's"},
		"a wrong method":              {405, page, ErrNotMLflow, ""},
		"another service's JSON":      {404, `{"detail": "Not Found"}`, ErrNotMLflow, ""},
		"another API of MLflow":       {404, newErrorBody("ENDPOINT_NOT_FOUND", "No API found"), ErrNotMLflow, ""},
		"HTTP to a port with TLS":     {400, "Client sent an HTTP request to an HTTPS server.", ErrNotMLflow, ""},
		"a crash":                     {500, page, ErrServer, "registered-models/get: 500: the server failed"},
		"a gateway without a server":  {502, page, ErrServer, ""},
		"a gateway with a rate limit": {429, page, ErrServer, ""},
		"a login page":                {200, page, ErrNotMLflow, "registered-models/get: 200: the answer is not MLflow's JSON"},
		"half a JSON":                 {200, `{"registered_model": {"name": "m"`, ErrNotMLflow, ""},
		"a list, not an object":       {200, `[]`, ErrNotMLflow, ""},
		"nothing":                     {200, ``, ErrNotMLflow, ""},
		"no content":                  {204, ``, ErrNotMLflow, ""},
		"a redirect": {302, ``, ErrNotMLflow, "registered-models/get: 302: the answer is a redirect, not MLflow's: " +
			"a login page, or a URL that lacks its https or its path"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			client := newStubClient(t, func(*http.Request) (*http.Response, error) { return newResponse(test.status, test.body), nil })
			client.waitBackoff = skipBackoff
			_, err := client.GetRegisteredModel(t.Context(), "m")
			wantOnlyKind(t, err, test.want)
			if test.wantMsg != "" && err.Error() != test.wantMsg {
				t.Errorf("error is\n%s, want\n%s", err, test.wantMsg)
			}
			var failed *Error
			if !errors.As(err, &failed) || failed.StatusCode != test.status || failed.Endpoint != "registered-models/get" {
				t.Errorf("errors.As finds %#v", failed)
			}
		})
	}
}

// wantOnlyKind requires one kind and no other.
func wantOnlyKind(t *testing.T, err, want error) {
	t.Helper()
	for _, kind := range errorKinds {
		if got := errors.Is(err, kind); got != errors.Is(want, kind) {
			t.Errorf("errors.Is(%q, %q) is %t", err, kind, got)
		}
	}
}

func TestMessagesAreSanitized(t *testing.T) {
	tests := map[string]struct{ message, want string }{
		"the first line":        {"exists\n[SQL: INSERT INTO …]", "exists"},
		"no control characters": {"a\x1b[31mb\u202ec\r\x00", "a[31mbc"},
		"no more than 200":      {strings.Repeat("é", 300), strings.Repeat("é", 200)},
		"no password":           {"user u has password hunter2!", "user u has password ***"},
		"no header":             {"Authorization: Basic dTpodW50ZXIyIQ==", "Authorization: Basic ***"},
		"no part of a password": {strings.Repeat("x", 197) + "hunter2!", strings.Repeat("x", 197) + "***"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			client := newStubClient(t, func(*http.Request) (*http.Response, error) {
				return newResponse(400, newErrorBody("RESOURCE_ALREADY_EXISTS", test.message)), nil
			}, func(c *Config) { c.Auth = BasicAuth{Username: "u", Password: "hunter2!"} })
			_, err := client.CreateRegisteredModel(t.Context(), "m", "", nil)
			var failed *Error
			if !errors.As(err, &failed) || failed.Message != test.want {
				t.Errorf("message is %q, want %q", failed.Message, test.want)
			}
		})
	}
}
