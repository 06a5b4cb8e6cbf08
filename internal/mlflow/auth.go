// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflow

import (
	"maps"
	"net/http"
	"slices"
)

// Auth authenticates the requests of a client. Each AuthMode makes one; nil is anonymous.
type Auth interface {
	// validateCredentials reports why the credentials can't be used, without repeating them.
	validateCredentials() error
	// wrapTransport returns a transport that authenticates each request and sends it with next.
	wrapTransport(next http.RoundTripper) http.RoundTripper
	// secretValues are the texts that the client removes from every message of the server.
	secretValues() []string
}

// AuthKind names a mode of authentication in configuration and messages.
type AuthKind string

// AuthMode is a way to authenticate.
type AuthMode struct {
	// Keys name the credentials that New reads, such as the keys of a Secret. All are required.
	Keys []string
	// New makes an Auth of the credentials. New of the client validates them.
	New func(credentials map[string][]byte) Auth
}

// authModes has a row for each mode. A new mode is a row here and a file auth_<kind>.go.
var authModes = map[AuthKind]AuthMode{
	AuthBasic:  {Keys: []string{keyUsername, keyPassword}, New: newBasicAuth},
	AuthBearer: {Keys: []string{keyToken}, New: newBearerAuth},
}

// FindAuthMode returns the mode of a kind. It reports false for a kind that this client does
// not know; the caller says so and never falls back to another mode or to no credentials.
func FindAuthMode(kind AuthKind) (AuthMode, bool) {
	mode, known := authModes[kind]
	return mode, known
}

// AuthKinds returns the kinds of all modes, sorted.
func AuthKinds() []AuthKind {
	return slices.Sorted(maps.Keys(authModes))
}

// headerTransport sets the Authorization header of each request.
type headerTransport struct {
	next  http.RoundTripper
	value string
}

var _ http.RoundTripper = headerTransport{}

// RoundTrip sets the header on a copy: a RoundTripper must not change its caller's request.
func (t headerTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	req = req.Clone(req.Context())
	req.Header.Set("Authorization", t.value)
	return t.next.RoundTrip(req)
}

// withAuth wraps next with auth. Without auth it returns next itself.
func withAuth(next http.RoundTripper, auth Auth) http.RoundTripper {
	if auth == nil {
		return next
	}
	return auth.wrapTransport(next)
}
