// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package contract

import (
	"net/http"
	"testing"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/mlflowtest"
)

// asHost sends requests in the name of another host.
type asHost string

func (h asHost) RoundTrip(r *http.Request) (*http.Response, error) {
	named := r.Clone(r.Context())
	named.Host = string(h)
	return http.DefaultTransport.RoundTrip(named)
}

// statusAs is the answer to a path when the server is called by a host name.
func (w *world) statusAs(host, path string) int {
	w.Helper()
	caller := &mlflowtest.User{URL: w.url, HTTP: &http.Client{Transport: asHost(host)}}
	return got(caller.Raw(w.Context(), "GET", path, nil))(w).Status
}

func TestHostsThatAServerAnswersTo(t *testing.T) {
	cases := map[string]struct {
		host string
		want int
	}{
		"localhost":           {"localhost:5000", 200},
		"loopback":            {"127.0.0.1:80", 200},
		"loopback of IPv6":    {"[::1]:5000", 200},
		"a private address":   {"10.1.2.3:5000", 200},
		"another":             {"172.16.0.1", 200},
		"a third":             {"192.168.1.1", 200},
		"not quite private":   {"172.32.0.1", 403},
		"a public address":    {"8.8.8.8", 403},
		"a carrier's address": {"100.64.0.1", 403},
		"a service":           {"mlflow.mlops.svc:5000", 403},
		"a bare name":         {"mlflow", 403},
	}
	everywhere(t, func(w *world) {
		for sentence, tc := range cases {
			w.that(sentence, func(w *world) {
				want := per(w, tc.want, 200) // the second generation answers to any
				if got := w.statusAs(tc.host, api+"registered-models/search"); got != want {
					w.Errorf("%s: HTTP %d, want %d", tc.host, got, want)
				}
			})
		}
		for _, probe := range []string{"/health", "/version"} {
			if got := w.statusAs("mlflow.mlops.svc:5000", probe); got != 200 {
				w.Errorf("%s: HTTP %d", probe, got)
			}
		}
		if got := w.statusAs("mlflow.mlops.svc:5000", "/api/3.0/mlflow/server-info"); got != per(w, 403, 404) {
			w.Errorf("server-info: HTTP %d", got)
		}
	})
}

// A list of allowed hosts takes the place of the default one, and means the port.
func TestAllowedHostsReplaceTheDefaults(t *testing.T) {
	on(t, withPrefix, func(w *world) {
		path := api + "registered-models/search"
		if got := w.statusAs(allowedHost, path); got != 200 {
			w.Errorf("the allowed host: HTTP %d", got)
		}
		if got := w.statusAs("mlflow.example.com", path); got != 403 {
			w.Errorf("the allowed host without its port: HTTP %d", got)
		}
		_, err := w.client.GetRegisteredModel(w.Context(), "m")
		w.is(err, mlflow.ErrHostNotAllowed)
		_, err = w.client.GetServerInfo(w.Context())
		w.is(err, mlflow.ErrHostNotAllowed)
	})
}

func TestAPathPrefixMovesEverything(t *testing.T) {
	on(t, withPrefix, func(w *world) {
		for path, want := range map[string]int{
			"/health": 200, "/version": 200, api + "registered-models/search": 200, "/api/3.0/mlflow/server-info": 200,
		} {
			if got := w.statusAs(allowedHost, path); got != want {
				w.Errorf("%s: HTTP %d", path, got)
			}
		}
		bare := *w.kind
		bare.url = w.url[:len(w.url)-len(pathPrefix)]
		outside := newWorld(w.T, &bare)
		for _, path := range []string{"/health", "/version", api + "registered-models/search"} {
			if got := outside.statusAs(allowedHost, path); got != 404 {
				w.Errorf("%s outside the prefix: HTTP %d", path, got)
			}
		}
	})
}
