// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflow

import (
	"encoding/base64"
	"errors"
	"net/http"
	"strings"
)

// Auth proves to the server who is asking. BasicAuth and BearerAuth are all there
// are; nil is anonymous.
type Auth interface {
	// validateCredentials says what makes the credentials unusable, without repeating them.
	validateCredentials() error
	// authorizationHeader is the value of the Authorization header.
	authorizationHeader() string
	// secretValues are the texts that must never be shown.
	secretValues() []string
}

// BasicAuth is a user name and a password, for MLflow's own basic-auth app.
type BasicAuth struct {
	Username string
	Password string
}

var _ Auth = BasicAuth{}

func (a BasicAuth) validateCredentials() error {
	switch {
	case a.Username == "":
		return errors.New("the user name is empty")
	case strings.Contains(a.Username, ":"):
		return errors.New("the user name contains a colon")
	case !isValidHeaderValue(a.Username) || !isValidHeaderValue(a.Password):
		return errors.New("the user name or the password contains a line break or another control character")
	default:
		return nil
	}
}

func (a BasicAuth) authorizationHeader() string {
	return "Basic " + a.encodeCredentials()
}

func (a BasicAuth) secretValues() []string {
	return []string{a.encodeCredentials(), a.Password}
}

func (a BasicAuth) encodeCredentials() string {
	return base64.StdEncoding.EncodeToString([]byte(a.Username + ":" + a.Password))
}

// String keeps the credentials out of logs.
func (a BasicAuth) String() string { return "BasicAuth(redacted)" }

// GoString keeps the credentials out of test failures.
func (a BasicAuth) GoString() string { return a.String() }

// MarshalText keeps the credentials out of structured logs.
func (a BasicAuth) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// BearerAuth is a token, for a gateway in front of MLflow.
type BearerAuth struct {
	Token string
}

var _ Auth = BearerAuth{}

func (a BearerAuth) validateCredentials() error {
	switch {
	case a.Token == "":
		return errors.New("the token is empty")
	case !isValidHeaderValue(a.Token):
		return errors.New("the token contains a line break or another control character")
	default:
		return nil
	}
}

func (a BearerAuth) authorizationHeader() string {
	return "Bearer " + a.Token
}

func (a BearerAuth) secretValues() []string {
	return []string{a.Token}
}

// String keeps the token out of logs.
func (a BearerAuth) String() string { return "BearerAuth(redacted)" }

// GoString keeps the token out of test failures.
func (a BearerAuth) GoString() string { return a.String() }

// MarshalText keeps the token out of structured logs.
func (a BearerAuth) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// authTransport adds the credentials to each request on its way out.
type authTransport struct {
	next   http.RoundTripper
	header string
}

var _ http.RoundTripper = authTransport{}

// RoundTrip adds the credentials to a copy: a transport leaves its caller's request alone.
func (t authTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	req = req.Clone(req.Context())
	req.Header.Set("Authorization", t.header)
	return t.next.RoundTrip(req)
}

// withAuth wraps a transport; without credentials it stays as it is.
func withAuth(next http.RoundTripper, auth Auth) http.RoundTripper {
	if auth == nil {
		return next
	}
	return authTransport{next: next, header: auth.authorizationHeader()}
}
