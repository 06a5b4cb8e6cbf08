// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package contract

import (
	"net/http"
	"testing"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/mlflowtest"
)

// hostTransport sends requests in the name of another host.
type hostTransport string

func (h hostTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	named := r.Clone(r.Context())
	named.Host = string(h)
	return http.DefaultTransport.RoundTrip(named)
}

// getStatusAs is the answer to a path when the server is called by a host name.
func (w *env) getStatusAs(host, path string) int {
	w.Helper()
	caller := &mlflowtest.User{URL: w.url, HTTP: &http.Client{Transport: hostTransport(host)}}
	return requireValue(caller.SendRaw(w.Context(), "GET", path, nil))(w).Status
}

func TestAllowedHosts(t *testing.T) {
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
	forEachOpenServer(t, func(w *env) {
		for sentence, tc := range cases {
			w.runCase(sentence, func(w *env) {
				want := byGeneration(w, tc.want, 200) // the second generation answers to any
				if got := w.getStatusAs(tc.host, api+"registered-models/search"); got != want {
					w.Errorf("%s: HTTP %d, want %d", tc.host, got, want)
				}
			})
		}
		for _, probe := range []string{"/health", "/version"} {
			if got := w.getStatusAs("mlflow.mlops.svc:5000", probe); got != 200 {
				w.Errorf("%s: HTTP %d", probe, got)
			}
		}
		if got := w.getStatusAs("mlflow.mlops.svc:5000", "/api/3.0/mlflow/server-info"); got != byGeneration(w, 403, 404) {
			w.Errorf("server-info: HTTP %d", got)
		}
	})
}

// A list of allowed hosts takes the place of the default one, and means the port.
func TestAllowedHostsReplaceTheDefaults(t *testing.T) {
	forEachServer(t, withPrefix, func(w *env) {
		path := api + "registered-models/search"
		if got := w.getStatusAs(allowedHost, path); got != 200 {
			w.Errorf("the allowed host: HTTP %d", got)
		}
		if got := w.getStatusAs("mlflow.example.com", path); got != 403 {
			w.Errorf("the allowed host without its port: HTTP %d", got)
		}
		_, err := w.client.GetRegisteredModel(w.Context(), "m")
		w.requireKind(err, mlflow.ErrHostNotAllowed)
		_, err = w.client.GetServerInfo(w.Context())
		w.requireKind(err, mlflow.ErrHostNotAllowed)
	})
}

func TestAPathPrefixMovesEverything(t *testing.T) {
	forEachServer(t, withPrefix, func(w *env) {
		for path, want := range map[string]int{
			"/health": 200, "/version": 200, api + "registered-models/search": 200, "/api/3.0/mlflow/server-info": 200,
		} {
			if got := w.getStatusAs(allowedHost, path); got != want {
				w.Errorf("%s: HTTP %d", path, got)
			}
		}
		bare := *w.server
		bare.url = w.url[:len(w.url)-len(pathPrefix)]
		outside := newEnv(w.T, &bare)
		for _, path := range []string{"/health", "/version", api + "registered-models/search"} {
			if got := outside.getStatusAs(allowedHost, path); got != 404 {
				w.Errorf("%s outside the prefix: HTTP %d", path, got)
			}
		}
	})
}
