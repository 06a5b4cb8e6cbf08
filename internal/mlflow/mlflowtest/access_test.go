// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflowtest_test

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net/http"
	"testing"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/mlflowtest"
)

// statusOf returns the HTTP status of a User's error; 200 for nil.
func statusOf(err error) int {
	if failure, ok := errors.AsType[*mlflowtest.ResponseError](err); ok {
		return failure.Status
	}
	return http.StatusOK
}

// TestPermissions has the matrix of the basic-auth app, as measured on MLflow 3.17.2.
func TestPermissions(t *testing.T) {
	type calls = map[string]func(u *mlflowtest.User) error
	reads := calls{
		"get a model": func(u *mlflowtest.User) error {
			return u.CallEndpoint(t.Context(), "GET", "registered-models/get", map[string]any{"name": "m"}, nil)
		},
	}
	edits := calls{
		"set an alias":  func(u *mlflowtest.User) error { return u.SetAlias(t.Context(), "m", "champion", "1") },
		"tag a model":   func(u *mlflowtest.User) error { return u.SetModelTag(t.Context(), "m", "k", "v") },
		"untag a model": func(u *mlflowtest.User) error { return u.DeleteModelTag(t.Context(), "m", "k") },
		"tag a version": func(u *mlflowtest.User) error { return u.SetVersionTag(t.Context(), "m", "1", "k", "v") },
		"set its stage": func(u *mlflowtest.User) error { return u.TransitionStage(t.Context(), "m", "1", "Staging", false) },
	}
	manages := calls{
		"delete an alias": func(u *mlflowtest.User) error { return u.DeleteAlias(t.Context(), "m", "champion") },
		"untag a version": func(u *mlflowtest.User) error { return u.DeleteVersionTag(t.Context(), "m", "1", "k") },
	}
	cases := map[string]struct {
		permission                  mlflowtest.Permission
		wantRead, wantEdit, wantAll int
	}{
		"none":   {mlflowtest.PermissionNone, 403, 403, 403},
		"READ":   {mlflowtest.PermissionRead, 200, 403, 403},
		"USE":    {mlflowtest.PermissionUse, 200, 403, 403},
		"EDIT":   {mlflowtest.PermissionEdit, 200, 200, 403},
		"MANAGE": {mlflowtest.PermissionManage, 200, 200, 200},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			s := startServer(t, mlflowtest.Options{Accounts: map[string]mlflowtest.Account{
				"admin":  {Password: "a", Admin: true},
				"tested": {Password: "t", Permission: tc.permission},
			}})
			requireNoError(t, s.User().CreateModel(t.Context(), "m", nil))
			addVersion(t, s.User())
			user := &mlflowtest.User{URL: s.URL, Username: "tested", Password: "t"}
			for want, group := range map[*int]calls{&tc.wantRead: reads, &tc.wantEdit: edits, &tc.wantAll: manages} {
				for call, do := range group {
					if got := statusOf(do(user)); got != *want {
						t.Errorf("%s: HTTP %d, want %d", call, got, *want)
					}
				}
			}
		})
	}
}

func TestMissingObjectsAreForbiddenToNonAdmins(t *testing.T) {
	s := startServer(t, mlflowtest.Options{Accounts: map[string]mlflowtest.Account{
		"tested": {Password: "t"},
	}})
	user := &mlflowtest.User{URL: s.URL, Username: "tested", Password: "t"}
	if got := statusOf(user.SetAlias(t.Context(), "absent", "champion", "1")); got != 403 {
		t.Errorf("HTTP %d", got)
	}
	requireNoError(t, user.CreateModel(t.Context(), "m", nil))
	var answer map[string]any
	requireNoError(t, user.CallEndpoint(t.Context(), "GET", "registered-models/search", nil, &answer))
	if len(answer) != 0 {
		t.Errorf("a search without permission finds %v", answer)
	}
}

// The contract suite tests hidden models with accounts.
func TestHiddenModelsAreVisibleToUsers(t *testing.T) {
	s := startServer(t, mlflowtest.Options{})
	for _, name := range []string{"m", "n"} {
		requireNoError(t, s.User().CreateModel(t.Context(), name, nil))
	}
	seenBy := func(u *mlflowtest.User) (listed, got int) {
		var answer struct {
			Models []any `json:"registered_models"`
		}
		requireNoError(t, u.CallEndpoint(t.Context(), "GET", "registered-models/search", nil, &answer))
		return len(answer.Models), statusOf(u.CallEndpoint(t.Context(), "GET", "registered-models/get", map[string]any{"name": "n"}, nil))
	}
	s.HideModels(func(name string) bool { return name == "n" })
	if listed, got := seenBy(newTestedUser(s)); listed != 1 || got != 403 {
		t.Errorf("hidden: %d models, HTTP %d", listed, got)
	}
	if listed, got := seenBy(s.User()); listed != 2 || got != 200 {
		t.Errorf("hidden, to a user: %d models, HTTP %d", listed, got)
	}
	s.HideModels(nil)
	if listed, got := seenBy(newTestedUser(s)); listed != 2 || got != 200 {
		t.Errorf("shown again: %d models, HTTP %d", listed, got)
	}
}

func TestABearerTokenWorksBesideAccounts(t *testing.T) {
	s := startServer(t, mlflowtest.Options{BearerToken: "token"})
	cases := map[string]struct {
		header string
		want   int
	}{
		"the token": {"Bearer token", 200},
		"another":   {"Bearer other", 401},
		"none":      {"", 401},
		"no bearer": {"token", 401},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			request, err := http.NewRequestWithContext(t.Context(), "GET", s.URL+"/api/2.0/mlflow/registered-models/search", nil)
			requireNoError(t, err)
			request.Header.Set("Authorization", tc.header)
			response, err := http.DefaultClient.Do(request)
			requireNoError(t, err)
			requireNoError(t, response.Body.Close())
			if response.StatusCode != tc.want {
				t.Errorf("HTTP %d, want %d", response.StatusCode, tc.want)
			}
		})
	}
}

func TestCertificatePEMIsTrusted(t *testing.T) {
	s := startServer(t, mlflowtest.Options{TLS: true})
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(s.CertificatePEM()) {
		t.Fatal("no certificate")
	}
	trusting := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}}
	requireNoError(t, (&mlflowtest.User{URL: s.URL, HTTP: trusting}).CreateModel(t.Context(), "m", nil))
	if (&mlflowtest.User{URL: s.URL}).CreateModel(t.Context(), "n", nil) == nil {
		t.Error("a client without the certificate got an answer")
	}
}
