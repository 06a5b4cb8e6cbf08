// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflowserver

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// dirVariable names the directory of the virtual environments.
const dirVariable = "MLFLOW_VENV_DIR"

// Python is the interpreter of the virtual environment of one MLflow version. That it
// is missing is an error which says what to do.
func Python(version string) (string, error) {
	parent, err := venvs()
	if err != nil {
		return "", err
	}
	python := filepath.Join(parent, "mlflow-"+version, "bin", "python")
	if _, err := os.Stat(python); err != nil {
		return "", fmt.Errorf("MLflow %s is not installed in %s: run `make mlflow`, or set %s", version, parent, dirVariable)
	}
	return python, nil
}

func venvs() (string, error) {
	if dir := os.Getenv(dirVariable); dir != "" {
		return dir, nil
	}
	root, err := repositoryRoot()
	return filepath.Join(root, ".venv"), err
}

// repositoryRoot is where go.mod is, at the working directory or above it.
func repositoryRoot() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		if dir == filepath.Dir(dir) {
			return "", errors.New("no go.mod at the working directory or above it")
		}
		dir = filepath.Dir(dir)
	}
}
