// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/neuronews/mlflow-registry-operator/test/mlflowserver"
)

// train runs the script that a data scientist would have, which trains one model, logs
// it and registers it.
func (w *world) train(ctx context.Context, recipe string) error {
	_, err := w.runScript(ctx, "train.py", modelName, recipe)
	return err
}

// loggedAs is the line in which the script tells the run of what it logged.
var loggedAs = regexp.MustCompile(`(?m)^logged as run ([0-9a-f]{32})`)

// log runs the script of somebody who may log runs, and register nothing. It returns the run.
func (w *world) log(ctx context.Context, recipe string) (run string, err error) {
	printed, err := w.runScript(ctx, "train.py", "--log-only", recipe)
	if err != nil {
		return "", err
	}
	found := loggedAs.FindStringSubmatch(printed)
	if found == nil {
		return "", errors.New("train.py did not tell the run of what it logged")
	}
	return found[1], nil
}

// load runs the script of a service, which loads whatever version holds production.
func (w *world) load(ctx context.Context) error {
	_, err := w.runScript(ctx, "load.py", "models:/"+modelName+"@"+champion)
	return err
}

// runScript returns what the script printed, and shows it meanwhile.
func (w *world) runScript(ctx context.Context, script string, arguments ...string) (printed string, err error) {
	python, err := mlflowserver.FindPython(mlflowserver.DefaultVersion)
	if err != nil {
		return "", err
	}
	w.command("python hack/demo/%s %s", script, strings.Join(arguments, " "))
	path := filepath.Join(w.root, "hack", "demo", script)
	//nolint:gosec // Neither the interpreter nor the arguments come from outside.
	command := exec.CommandContext(ctx, python, append([]string{path}, arguments...)...)
	command.Env = append(os.Environ(),
		"MLFLOW_TRACKING_URI="+w.mlflow.URL,
		"MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT=true", "MLFLOW_DISABLE_TELEMETRY=true", "PYTHONUNBUFFERED=1")
	var lines, complaints bytes.Buffer
	command.Stdout, command.Stderr = io.MultiWriter(w.out, &lines), &complaints
	if err := command.Run(); err != nil {
		return "", fmt.Errorf("%s %s: %w\n%s", script, strings.Join(arguments, " "), err, complaints.String())
	}
	return lines.String(), nil
}
