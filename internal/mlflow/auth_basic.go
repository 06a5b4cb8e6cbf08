// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflow

import (
	"encoding/base64"
	"errors"
	"net/http"
	"strings"
)

// AuthBasic is HTTP basic authentication.
const AuthBasic AuthKind = "basic"

const (
	keyUsername = "username"
	keyPassword = "password"
)

// BasicAuth is a user name and a password, for MLflow's own basic-auth app.
type BasicAuth struct {
	Username string
	Password string
}

var _ Auth = BasicAuth{}

func newBasicAuth(credentials map[string][]byte) Auth {
	return BasicAuth{Username: string(credentials[keyUsername]), Password: string(credentials[keyPassword])}
}

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

func (a BasicAuth) wrapTransport(next http.RoundTripper) http.RoundTripper {
	return headerTransport{next: next, value: "Basic " + a.encodeCredentials()}
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
