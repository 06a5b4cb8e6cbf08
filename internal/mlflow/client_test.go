// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflow

import (
	"net/http"
	"testing"
)

func TestNewRejectsInvalidConfig(t *testing.T) {
	const url = "http://mlflow.mlops.svc:5000"
	tests := map[string]struct {
		config Config
		want   string
	}{
		"no URL":             {Config{}, "the URL is not an absolute http or https URL"},
		"no scheme":          {Config{URL: "mlflow:5000"}, "the URL is not an absolute http or https URL"},
		"another scheme":     {Config{URL: "sqlite:///mlflow.db"}, "the URL is not an absolute http or https URL"},
		"no host":            {Config{URL: "http://:5000"}, "the URL is not an absolute http or https URL"},
		"a port above 65535": {Config{URL: "http://mlflow:70000"}, "the URL is not an absolute http or https URL"},
		"a line break":       {Config{URL: url + "\n"}, "the URL is not an absolute http or https URL"},
		"a password in the URL": {
			Config{URL: "http://u:hunter2@mlflow"}, "the URL contains a user name or a password: give them as credentials instead",
		},
		"a query":        {Config{URL: url + "?a=b"}, "the URL contains a query or a fragment"},
		"a fragment":     {Config{URL: url + "/#/models"}, "the URL contains a query or a fragment"},
		"an invalid CA":  {Config{URL: url, CABundle: []byte("hunter2")}, "the CA bundle contains no PEM certificate"},
		"an empty token": {Config{URL: url, Auth: BearerAuth{}}, "the token is empty"},
		"a token with a line break": {
			Config{URL: url, Auth: BearerAuth{Token: "hunter2\n"}}, "the token contains a line break or another control character",
		},
		"no user":             {Config{URL: url, Auth: BasicAuth{Password: "hunter2"}}, "the user name is empty"},
		"a user with a colon": {Config{URL: url, Auth: BasicAuth{Username: "a:b", Password: "hunter2"}}, "the user name contains a colon"},
		"a password with a line break": {
			Config{URL: url, Auth: BasicAuth{Username: "a", Password: "hunter2\n"}},
			"the user name or the password contains a line break or another control character",
		},
		"a workspace with a line break": {
			Config{URL: url, Workspace: "a\r\nX-Evil: b"}, "the workspace contains a line break or another control character",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if _, err := New(test.config); err == nil || err.Error() != test.want {
				t.Errorf("error is %v, want %s", err, test.want)
			}
		})
	}
}

func TestNewAcceptsValidConfig(t *testing.T) {
	for _, url := range []string{
		"http://mlflow", "https://mlflow.example.com/", "http://[::1]:5000/team/mlflow/", "HTTP://127.0.0.1:5000",
	} {
		if _, err := New(Config{URL: url}); err != nil {
			t.Errorf("%s: %v", url, err)
		}
	}
}

func TestRequestInfoIsBounded(t *testing.T) {
	var seen []RequestInfo
	client := newStubClient(t, func(*http.Request) (*http.Response, error) { return newResponse(404, ""), nil },
		func(c *Config) { c.ObserveRequest = func(i RequestInfo) { seen = append(seen, i) } })
	_, _ = client.GetLoggedModel(t.Context(), "m-1f")
	_, _ = client.GetRegisteredModel(t.Context(), "sentiment")
	_, _ = client.GetServerInfo(t.Context())
	want := []string{"logged-models/get", "registered-models/get", "version", "server-info"}
	for i, info := range seen {
		if info.Endpoint != want[i] || info.Code != "404" || info.Method != "GET" {
			t.Errorf("request %d is observed as %+v", i, info)
		}
	}
}
