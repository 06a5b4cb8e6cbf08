// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflow

import (
	"errors"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestGetServerInfo(t *testing.T) {
	const page = "<!doctype html><title>404 Not Found</title>"
	tests := map[string]struct {
		version, info *http.Response
		want          *ServerInfo
		wantErr       error
	}{
		"a current server": {
			version: newResponse(200, "3.17.2"), info: newResponse(200, `{"store_type": "SqlStore", "workspaces_enabled": true}`),
			want: &ServerInfo{Version: "3.17.2", WorkspacesEnabled: true},
		},
		"an old server has no server-info": {
			version: newResponse(200, "2.22.5\n"), info: newResponse(404, page), want: &ServerInfo{Version: "2.22.5"},
		},
		"a gateway lets only the API through": {
			version: newResponse(404, page), info: newResponse(200, `{"store_type": "SqlStore"}`), want: &ServerInfo{},
		},
		"neither exists":                    {version: newResponse(404, page), info: newResponse(404, page), wantErr: ErrNotMLflow},
		"a page that answers everything":    {version: newResponse(200, page), info: newResponse(200, page), wantErr: ErrNotMLflow},
		"a service that answers everything": {version: newResponse(200, `{}`), info: newResponse(200, `{}`), wantErr: ErrNotMLflow},
		"the version requires credentials":  {version: newResponse(401, "You are not authenticated."), wantErr: ErrUnauthenticated},
		"only server-info checks the host": {
			version: newResponse(200, "3.5.1"), info: newResponse(403, "Invalid Host header"), wantErr: ErrHostNotAllowed,
		},
		"the server fails in between":           {version: newResponse(200, "3.5.1"), info: newResponse(500, page), wantErr: ErrServer},
		"a version of letters is not a version": {version: newResponse(200, "nginx"), info: newResponse(404, page), wantErr: ErrNotMLflow},
		"a development version is a version too": {
			version: newResponse(200, "3.18.0.dev0"), info: newResponse(404, page), want: &ServerInfo{Version: "3.18.0.dev0"},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			client := newStubClient(t, func(r *http.Request) (*http.Response, error) {
				if r.URL.Path == "/version" {
					return test.version, nil
				}
				return test.info, nil
			})
			got, err := client.GetServerInfo(t.Context())
			if !errors.Is(err, test.wantErr) {
				t.Errorf("error is %v, want %v", err, test.wantErr)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("info (-want +got):\n%s", diff)
			}
		})
	}
}
