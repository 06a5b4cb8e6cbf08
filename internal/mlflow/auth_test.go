// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflow

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

const secret = "hunter2-s3cr3t"

// leaks are the encodings of the secret that must not appear.
var leaks = []string{secret, base64.StdEncoding.EncodeToString([]byte("u:" + secret))}

// TestSecretsDoNotLeak searches the errors and observations of the client for credentials,
// with servers that repeat them wherever they can.
func TestSecretsDoNotLeak(t *testing.T) {
	servers := map[string]func(t *testing.T) string{
		"repeats the header in an error": func(t *testing.T) string {
			return newEchoServer(t, http.StatusBadRequest, func(r *http.Request) string {
				return newErrorBody("INVALID_PARAMETER_VALUE", "bad header "+r.Header.Get("Authorization"))
			})
		},
		"repeats the header in a code": func(t *testing.T) string {
			return newEchoServer(t, http.StatusBadRequest, func(r *http.Request) string { return newErrorBody(r.Header.Get("Authorization"), "") })
		},
		"repeats the header in a page": func(t *testing.T) string {
			return newEchoServer(t, http.StatusUnauthorized, func(r *http.Request) string { return "<p>" + r.Header.Get("Authorization") })
		},
		"repeats the header as success": func(t *testing.T) string {
			return newEchoServer(t, http.StatusOK, func(r *http.Request) string { return r.Header.Get("Authorization") })
		},
		"redirects to a place with a password": newRedirectServer,
		"has a self-signed certificate":        func(t *testing.T) string { return newQuietTLSServer(t).URL },
		"is down": func(*testing.T) string {
			server := httptest.NewServer(http.NotFoundHandler())
			server.Close()
			return server.URL
		},
	}
	for name, serve := range servers {
		for _, auth := range newEveryAuth(secret) {
			t.Run(fmt.Sprintf("%s/%T", name, auth), func(t *testing.T) {
				var seen strings.Builder
				client := newTestClient(t, serve(t), func(c *Config) {
					c.Auth, c.ObserveRequest = auth, func(i RequestInfo) { fmt.Fprintf(&seen, "%+v\n", i) }
				})
				client.waitBackoff = skipBackoff
				for _, err := range callEveryMethod(t, client) {
					fmt.Fprintf(&seen, "%v %+v %#v\n", err, err, err)
				}
				for _, leak := range leaks {
					if strings.Contains(seen.String(), leak) {
						t.Errorf("%q appears in\n%s", leak, seen.String())
					}
				}
			})
		}
	}
}

// newEveryAuth returns an Auth of each mode whose credentials are all the secret, but for the user
// name "u".
func newEveryAuth(secret string) []Auth {
	var all []Auth
	for _, kind := range AuthKinds() {
		mode, _ := FindAuthMode(kind)
		credentials := map[string][]byte{}
		for _, key := range mode.Keys {
			credentials[key] = []byte(secret)
		}
		if _, hasName := credentials[keyUsername]; hasName {
			credentials[keyUsername] = []byte("u")
		}
		all = append(all, mode.New(credentials))
	}
	return all
}

// callEveryMethod calls each method and requires an error of each.
func callEveryMethod(t *testing.T, c *Client) []error {
	t.Helper()
	ctx := t.Context()
	_, getModel := c.GetRegisteredModel(ctx, "m")
	_, create := c.CreateRegisteredModel(ctx, "m", "", nil)
	_, models := c.SearchRegisteredModels(ctx, SearchRequest{})
	_, getVersion := c.GetModelVersion(ctx, "m", "1")
	_, versions := c.SearchModelVersions(ctx, SearchRequest{})
	_, run := c.GetRun(ctx, "r")
	_, runs := c.SearchRuns(ctx, SearchRunsRequest{ExperimentIDs: []string{"1"}})
	_, history := c.GetMetricHistory(ctx, "r", "k")
	_, logged := c.GetLoggedModel(ctx, "m-1")
	_, info := c.GetServerInfo(ctx)
	errs := []error{
		getModel, create, models, getVersion, versions, run, runs, history, logged, info,
		c.UpdateRegisteredModel(ctx, "m", ""),
		c.SetRegisteredModelTag(ctx, "m", "k", "v"),
		c.DeleteRegisteredModelTag(ctx, "m", "k"),
		c.SetRegisteredModelAlias(ctx, "m", "a", "1"),
		c.SetModelVersionTag(ctx, "m", "1", "k", "v"),
		c.TransitionModelVersionStage(ctx, "m", "1", "Staging", false),
	}
	for i, err := range errs {
		if err == nil {
			t.Errorf("call %d succeeds", i)
		}
	}
	return errs
}

// newEchoServer starts a server whose answer body is made of the request.
func newEchoServer(t *testing.T, status int, body func(*http.Request) string) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body(r))
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// newRedirectServer starts a server that redirects to another one, which must get no request.
func newRedirectServer(t *testing.T) string {
	t.Helper()
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		t.Error("the redirect is followed")
	}))
	t.Cleanup(elsewhere.Close)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Location", strings.Replace(elsewhere.URL, "://", "://u:"+secret+"@", 1))
		w.WriteHeader(http.StatusFound)
	}))
	t.Cleanup(server.Close)
	return server.URL
}

func TestCredentialsDoNotPrint(t *testing.T) {
	for _, auth := range newEveryAuth("hunter2") {
		config := Config{Auth: auth}
		marshalled, err := json.Marshal(map[string]any{"auth": auth})
		if err != nil {
			t.Error(err)
		}
		printed := fmt.Sprintf("%v %+v %#v %s %v %+v %s", auth, auth, auth, auth, config, config, marshalled)
		if strings.Contains(printed, "hunter2") {
			t.Errorf("the secret is printed: %s", printed)
		}
	}
}

func TestAuthModesUseTheirKeys(t *testing.T) {
	tests := map[AuthKind]struct {
		credentials map[string][]byte
		want        Auth
	}{
		AuthBasic: {
			map[string][]byte{"username": []byte("u"), "password": []byte("hunter2")}, BasicAuth{Username: "u", Password: "hunter2"},
		},
		AuthBearer: {map[string][]byte{"token": []byte("hunter2")}, BearerAuth{Token: "hunter2"}},
	}
	for _, kind := range AuthKinds() {
		t.Run(string(kind), func(t *testing.T) {
			test := tests[kind]
			mode, known := FindAuthMode(kind)
			if got := mode.New(test.credentials); !known || got != test.want {
				t.Errorf("auth is %#v, known: %t", got, known)
			}
			for _, key := range mode.Keys {
				if len(test.credentials[key]) == 0 {
					t.Errorf("the mode lists the key %q, which the test does not set", key)
				}
			}
			if len(mode.Keys) != len(test.credentials) {
				t.Errorf("the mode lists the keys %q", mode.Keys)
			}
		})
	}
	if mode, known := FindAuthMode("sigv5"); known {
		t.Errorf("an unknown kind is the mode %v", mode.Keys)
	}
}
