// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflowserver

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"
)

// DefaultVersion is the version of MLflow if Options do not set one.
const DefaultVersion = "3.17.2"

// defaultStartTimeout is long enough for a busy machine: on two idle cores a start takes less
// than ten seconds.
const defaultStartTimeout = 4 * time.Minute

// Options configure a server.
type Options struct {
	// Version selects the virtual environment; empty means DefaultVersion.
	Version string
	// Workers is the number of worker processes; 0 means one.
	Workers int
	// Port is a fixed port; 0 means a free one.
	Port int
	// PathPrefix is the value of --static-prefix.
	PathPrefix string
	// Args are more arguments, such as --enable-workspaces.
	Args []string
	// Env are more environment variables, as KEY=value.
	Env []string
	// Dir is the directory of the database, the artifacts and the log; empty means a temporary
	// one, which Stop removes.
	Dir string
	// BackendStoreURI is the database, such as postgresql://user@host/name; empty means SQLite
	// in Dir.
	BackendStoreURI string
	// StartTimeout limits the start; 0 means four minutes.
	StartTimeout time.Duration
}

func (o Options) withDefaults() Options {
	o.Version = cmp.Or(o.Version, DefaultVersion)
	o.Workers = cmp.Or(o.Workers, 1)
	o.StartTimeout = cmp.Or(o.StartTimeout, defaultStartTimeout)
	return o
}

// newArguments returns the arguments of the Python interpreter.
func (o Options) newArguments(dir string, port int) []string {
	store := cmp.Or(o.BackendStoreURI, "sqlite:///"+dir+"/mlflow.db")
	arguments := []string{
		"-m", "mlflow", "server",
		"--host", "127.0.0.1", "--port", strconv.Itoa(port),
		"--workers", strconv.Itoa(o.Workers),
		"--backend-store-uri", store,
		"--artifacts-destination", dir + "/artifacts",
	}
	if o.PathPrefix != "" {
		arguments = append(arguments, "--static-prefix", o.PathPrefix)
	}
	return append(arguments, o.Args...)
}

// newEnvironment puts the virtual environment first in PATH, since MLflow starts its web server
// by name.
func (o Options) newEnvironment(venv string) []string {
	return slices.Concat(os.Environ(), []string{
		"PATH=" + venv + "/bin" + string(os.PathListSeparator) + os.Getenv("PATH"),
		"MLFLOW_SERVER_ENABLE_JOB_EXECUTION=false",
		"MLFLOW_DISABLE_TELEMETRY=true",
		"PYTHONUNBUFFERED=1",
	}, o.Env)
}

// venvDirVariable names the directory of the virtual environments.
const venvDirVariable = "MLFLOW_VENV_DIR"

// FindPython returns the interpreter of the virtual environment of an MLflow version. If it is
// missing, the error says how to install it.
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

// findRepositoryRoot returns the nearest directory with a go.mod, at or above the working
// directory.
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
			return "", errors.New("no go.mod at or above the working directory")
		}
		dir = filepath.Dir(dir)
	}
}
