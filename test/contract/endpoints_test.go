// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package contract

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/mlflowtest"
)

func TestServerInfo(t *testing.T) {
	forEachOpenServer(t, func(e *env) {
		info := requireValue(e.client.GetServerInfo(e.Context()))(e)
		if diff := cmp.Diff(&mlflow.ServerInfo{Version: e.version}, info); diff != "" {
			e.Errorf("(-want +got):\n%s", diff)
		}
	})
}

func TestProbes(t *testing.T) {
	forEachOpenServer(t, func(e *env) {
		health := e.sendRaw("GET", "/health", nil)
		if health.Status != 200 || string(health.Body) != "OK" {
			e.Errorf("health is %d %s", health.Status, health.Body)
		}
		version := e.sendRaw("GET", "/version", nil)
		if version.Status != 200 || string(version.Body) != e.version {
			e.Errorf("version is %d %s", version.Status, version.Body)
		}
		if info := e.sendRaw("GET", "/api/3.0/mlflow/server-info", nil); info.Status != byGeneration(e, 200, 404) {
			e.Errorf("server-info is %d %s", info.Status, info.Body)
		}
	})
}

// hostTransport sends requests with another Host header.
type hostTransport string

func (h hostTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	named := r.Clone(r.Context())
	named.Host = string(h)
	return http.DefaultTransport.RoundTrip(named)
}

// getStatusAs returns the status of a path for a Host header.
func (e *env) getStatusAs(host, path string) int {
	e.Helper()
	caller := &mlflowtest.User{URL: e.url, HTTP: &http.Client{Transport: hostTransport(host)}}
	return requireValue(caller.SendRaw(e.Context(), "GET", path, nil))(e).Status
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
	forEachOpenServer(t, func(e *env) {
		for sentence, tc := range cases {
			e.runCase(sentence, func(e *env) {
				want := byGeneration(e, tc.want, 200) // the second generation answers to any
				if got := e.getStatusAs(tc.host, api+"registered-models/search"); got != want {
					e.Errorf("%s: HTTP %d, want %d", tc.host, got, want)
				}
			})
		}
		for _, probe := range []string{"/health", "/version"} {
			if got := e.getStatusAs("mlflow.mlops.svc:5000", probe); got != 200 {
				e.Errorf("%s: HTTP %d", probe, got)
			}
		}
		if got := e.getStatusAs("mlflow.mlops.svc:5000", "/api/3.0/mlflow/server-info"); got != byGeneration(e, 403, 404) {
			e.Errorf("server-info: HTTP %d", got)
		}
	})
}

// A list of allowed hosts replaces the default one, and includes the port.
func TestAllowedHostsReplaceTheDefaults(t *testing.T) {
	forEachServer(t, withPrefix, func(e *env) {
		path := api + "registered-models/search"
		if got := e.getStatusAs(allowedHost, path); got != 200 {
			e.Errorf("the allowed host: HTTP %d", got)
		}
		if got := e.getStatusAs("mlflow.example.com", path); got != 403 {
			e.Errorf("the allowed host without its port: HTTP %d", got)
		}
		_, err := e.client.GetRegisteredModel(e.Context(), "m")
		e.requireKind(err, mlflow.ErrHostNotAllowed)
		_, err = e.client.GetServerInfo(e.Context())
		e.requireKind(err, mlflow.ErrHostNotAllowed)
	})
}

func TestAPathPrefixAppliesToEveryPath(t *testing.T) {
	forEachServer(t, withPrefix, func(e *env) {
		for path, want := range map[string]int{
			"/health": 200, "/version": 200, api + "registered-models/search": 200, "/api/3.0/mlflow/server-info": 200,
		} {
			if got := e.getStatusAs(allowedHost, path); got != want {
				e.Errorf("%s: HTTP %d", path, got)
			}
		}
		bare := *e.server
		bare.url = e.url[:len(e.url)-len(pathPrefix)]
		outside := newEnv(e.T, &bare)
		for _, path := range []string{"/health", "/version", api + "registered-models/search"} {
			if got := outside.getStatusAs(allowedHost, path); got != 404 {
				e.Errorf("%s outside the prefix: HTTP %d", path, got)
			}
		}
	})
}
