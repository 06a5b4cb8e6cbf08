// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/neuronews/mlflow-registry-operator/test/mlflowserver"
)

// train runs the script that a data scientist would have, which trains one model, logs
// it and registers it.
func (w *world) train(ctx context.Context, recipe string) error {
	python, err := mlflowserver.Python(mlflowserver.DefaultVersion)
	if err != nil {
		return err
	}
	w.command("python hack/demo/train.py %s %s", modelName, recipe)
	//nolint:gosec // Neither the interpreter nor the recipe comes from outside.
	command := exec.CommandContext(ctx, python, filepath.Join(w.root, "hack", "demo", "train.py"), modelName, recipe)
	command.Env = append(os.Environ(),
		"MLFLOW_TRACKING_URI="+w.mlflow.URL,
		"MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT=true", "MLFLOW_DISABLE_TELEMETRY=true", "PYTHONUNBUFFERED=1")
	var complaints bytes.Buffer
	command.Stderr = &complaints
	output, err := command.StdoutPipe()
	if err != nil {
		return err
	}
	if err := command.Start(); err != nil {
		return err
	}
	for lines := bufio.NewScanner(output); lines.Scan(); {
		_, _ = fmt.Fprintln(w.out, lines.Text())
	}
	if err := command.Wait(); err != nil {
		return fmt.Errorf("train.py %s: %w\n%s", recipe, err, complaints.String())
	}
	return nil
}
