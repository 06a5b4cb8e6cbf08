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

// trainVersion runs the script of a data scientist, which trains a model, logs it and registers
// it.
func (e *environment) trainVersion(ctx context.Context, recipe string) error {
	_, err := e.runScript(ctx, "train.py", modelName, recipe)
	return err
}

// runLine is the line in which the script prints the ID of its run.
var runLine = regexp.MustCompile(`(?m)^logged as run ([0-9a-f]{32})`)

// logRun runs the script of a user who may log runs but not register versions. It returns the ID
// of the run.
func (e *environment) logRun(ctx context.Context, recipe string) (run string, err error) {
	printed, err := e.runScript(ctx, "train.py", "--log-only", recipe)
	if err != nil {
		return "", err
	}
	found := runLine.FindStringSubmatch(printed)
	if found == nil {
		return "", errors.New("train.py printed no run ID")
	}
	return found[1], nil
}

// loadModel runs the script of a service, which loads the version in production.
func (e *environment) loadModel(ctx context.Context) error {
	_, err := e.runScript(ctx, "load.py", "models:/"+modelName+"@"+champion)
	return err
}

// runScript prints the output of a script while it runs, and returns it.
func (e *environment) runScript(ctx context.Context, script string, arguments ...string) (printed string, err error) {
	python, err := mlflowserver.FindPython(mlflowserver.DefaultVersion)
	if err != nil {
		return "", err
	}
	e.printCommand("python hack/demo/%s %s", script, strings.Join(arguments, " "))
	path := filepath.Join(e.root, "hack", "demo", script)
	//nolint:gosec // Neither the interpreter nor the arguments come from outside.
	command := exec.CommandContext(ctx, python, append([]string{path}, arguments...)...)
	command.Env = append(os.Environ(),
		"MLFLOW_TRACKING_URI="+e.mlflow.URL,
		"MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT=true", "MLFLOW_DISABLE_TELEMETRY=true", "PYTHONUNBUFFERED=1")
	var lines, errorOutput bytes.Buffer
	command.Stdout, command.Stderr = io.MultiWriter(e.out, &lines), &errorOutput
	if err := command.Run(); err != nil {
		return "", fmt.Errorf("%s %s: %w\n%s", script, strings.Join(arguments, " "), err, errorOutput.String())
	}
	return lines.String(), nil
}
