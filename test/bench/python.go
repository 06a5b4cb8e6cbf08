// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"

	"github.com/neuronews/mlflow-registry-operator/test/envtest"
	"github.com/neuronews/mlflow-registry-operator/test/mlflowserver"
)

// python is one of the scripts of this directory, to be run with the pinned MLflow.
func python(ctx context.Context, environment []string, name string, args ...string) (*exec.Cmd, error) {
	root, err := envtest.RepositoryRoot()
	if err != nil {
		return nil, err
	}
	interpreter, err := mlflowserver.FindPython(mlflowserver.DefaultVersion)
	if err != nil {
		return nil, err
	}
	command := exec.CommandContext(ctx, interpreter, append([]string{filepath.Join(root, "test", "bench", name)}, args...)...)
	command.Env = append(os.Environ(), "MLFLOW_DISABLE_TELEMETRY=true", "PYTHONUNBUFFERED=1")
	command.Env = append(command.Env, environment...)
	// Ctrl-C in a terminal reaches the whole foreground group; the harness is to decide.
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	return command, nil
}
