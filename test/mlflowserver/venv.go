// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflowserver

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// venvDirVariable names the directory of the virtual environments.
const venvDirVariable = "MLFLOW_VENV_DIR"

// FindPython is the interpreter of the virtual environment of one MLflow version. That it
// is missing is an error which says what to do.
func FindPython(version string) (string, error) {
	parent, err := findVenvs()
	if err != nil {
		return "", err
	}
	python := filepath.Join(parent, "mlflow-"+version, "bin", "python")
	if _, err := os.Stat(python); err != nil {
		return "", fmt.Errorf("MLflow %s is not installed in %s: run `make mlflow`, or set %s", version, parent, venvDirVariable)
	}
	return python, nil
}

func findVenvs() (string, error) {
	if dir := os.Getenv(venvDirVariable); dir != "" {
		return dir, nil
	}
	root, err := findRepositoryRoot()
	return filepath.Join(root, ".venv"), err
}

// findRepositoryRoot returns the directory that has the file PROJECT: the working directory or one
// above it.
func findRepositoryRoot() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "PROJECT")); err == nil {
			return dir, nil
		}
		if dir == filepath.Dir(dir) {
			return "", errors.New("no PROJECT at the working directory or above it")
		}
		dir = filepath.Dir(dir)
	}
}
