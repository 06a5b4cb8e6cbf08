// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	_ "embed"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"

	"github.com/neuronews/mlflow-registry-operator/test/envtest"
	"github.com/neuronews/mlflow-registry-operator/test/mlflowserver"
)

// pythonCommand returns a command for a script of this directory, with the pinned MLflow.
func pythonCommand(ctx context.Context, env []string, name string, args ...string) (*exec.Cmd, error) {
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
	command.Env = append(command.Env, env...)
	// A process group of its own: Ctrl-C must reach the harness only, which then stops the
	// scripts.
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	return command, nil
}

// runFillScript creates the schema with MLflow and inserts the rows.
func runFillScript(ctx context.Context, uri string, models int, env []string) error {
	command, err := pythonCommand(ctx, env, "fill.py", uri, "mlflow-artifacts:/", fmt.Sprint(models))
	if err != nil {
		return err
	}
	if output, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("fill.py: %w\n%s", err, output)
	}
	return nil
}

// drawPlots draws the plots of the report from its results.
func drawPlots(ctx context.Context, raw, out string) error {
	command, err := pythonCommand(ctx, nil, "plot.py", raw, out)
	if err != nil {
		return err
	}
	if output, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("plot.py: %w\n%s", err, output)
	}
	return nil
}
