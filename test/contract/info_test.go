// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package contract

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
)

func TestServerInfo(t *testing.T) {
	forEachOpenServer(t, func(w *env) {
		info := requireValue(w.client.GetServerInfo(w.Context()))(w)
		if diff := cmp.Diff(&mlflow.ServerInfo{Version: w.version}, info); diff != "" {
			w.Errorf("(-want +got):\n%s", diff)
		}
	})
}

func TestProbes(t *testing.T) {
	forEachOpenServer(t, func(w *env) {
		health := w.sendRaw("GET", "/health", nil)
		if health.Status != 200 || string(health.Body) != "OK" {
			w.Errorf("health is %d %s", health.Status, health.Body)
		}
		version := w.sendRaw("GET", "/version", nil)
		if version.Status != 200 || string(version.Body) != w.version {
			w.Errorf("version is %d %s", version.Status, version.Body)
		}
		if info := w.sendRaw("GET", "/api/3.0/mlflow/server-info", nil); info.Status != byGeneration(w, 200, 404) {
			w.Errorf("server-info is %d %s", info.Status, info.Body)
		}
	})
}
