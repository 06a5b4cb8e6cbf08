// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflow

import (
	"errors"
	"net/http"
)

// AuthBearer is a bearer token.
const AuthBearer AuthKind = "bearer"

const keyToken = "token"

// BearerAuth is a token, for a gateway in front of MLflow.
type BearerAuth struct {
	Token string
}

var _ Auth = BearerAuth{}

func newBearerAuth(credentials map[string][]byte) Auth {
	return BearerAuth{Token: string(credentials[keyToken])}
}

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

func (a BearerAuth) wrapTransport(next http.RoundTripper) http.RoundTripper {
	return headerTransport{next: next, value: "Bearer " + a.Token}
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
