// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflowserver_test

import (
	"strings"
	"testing"

	"github.com/neuronews/mlflow-registry-operator/test/mlflowserver"
)

func TestStartWithoutInstallation(t *testing.T) {
	t.Setenv("MLFLOW_VENV_DIR", t.TempDir())
	server, err := mlflowserver.Start(t.Context(), mlflowserver.Options{Version: "0.0.1"})
	if err == nil {
		t.Fatalf("the server started: %s", server.URL)
	}
	if !strings.Contains(err.Error(), "MLflow 0.0.1 is not installed") || !strings.Contains(err.Error(), "make mlflow") {
		t.Errorf("got %q", err)
	}
}
