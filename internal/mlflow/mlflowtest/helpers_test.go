// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflowtest_test

import (
	"net/http"
	"testing"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/mlflowtest"
)

func startServer(t *testing.T, options mlflowtest.Options) *mlflowtest.Server {
	t.Helper()
	s := mlflowtest.Start(options)
	t.Cleanup(s.Close)
	return s
}

func requireNoError(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// addVersion registers a further version of the model m.
func addVersion(t *testing.T, u *mlflowtest.User) {
	t.Helper()
	_, err := u.CreateVersion(t.Context(), mlflowtest.VersionSpec{Name: "m", Source: "s3://bucket/m"})
	requireNoError(t, err)
}

// plainTransport replaces the user agent of a User, so that its requests are the tested client's.
type plainTransport struct{}

func (plainTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	own := r.Clone(r.Context())
	own.Header.Set("User-Agent", "tested")
	return http.DefaultTransport.RoundTrip(own)
}

// newTestedUser returns a client whose calls the server records and fails.
func newTestedUser(s *mlflowtest.Server) *mlflowtest.User {
	return &mlflowtest.User{URL: s.URL, HTTP: &http.Client{Transport: plainTransport{}}}
}
