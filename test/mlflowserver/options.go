// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflowserver

import (
	"cmp"
	"os"
	"slices"
	"strconv"
	"time"
)

// DefaultVersion is the MLflow that is run when none is named.
const DefaultVersion = "3.17.2"

// defaultStartTimeout is for a machine that is busy with other things: on two free cores a
// start takes less than ten seconds.
const defaultStartTimeout = 4 * time.Minute

// Options say which server to run, and how.
type Options struct {
	// Version is that of the virtual environment; empty: DefaultVersion.
	Version string
	// Workers is the number of worker processes; 0: one.
	Workers int
	// Port is a fixed port; 0: a free one.
	Port int
	// PathPrefix is --static-prefix.
	PathPrefix string
	// Args are further arguments, such as --enable-workspaces.
	Args []string
	// Env are further variables, as KEY=value.
	Env []string
	// Dir keeps database, artifacts and log; empty: a temporary one that Stop
	// removes.
	Dir string
	// BackendStoreURI is the database, such as postgresql://user@host/name; empty: SQLite
	// in Dir.
	BackendStoreURI string
	// StartTimeout bounds the start; 0: four minutes.
	StartTimeout time.Duration
}

func (o Options) withDefaults() Options {
	o.Version = cmp.Or(o.Version, DefaultVersion)
	o.Workers = cmp.Or(o.Workers, 1)
	o.StartTimeout = cmp.Or(o.StartTimeout, defaultStartTimeout)
	return o
}

// newArguments are those of the Python interpreter.
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

// newEnvironment puts the virtual environment first, since MLflow calls its web server
// by name.
func (o Options) newEnvironment(venv string) []string {
	return slices.Concat(os.Environ(), []string{
		"PATH=" + venv + "/bin" + string(os.PathListSeparator) + os.Getenv("PATH"),
		"MLFLOW_SERVER_ENABLE_JOB_EXECUTION=false",
		"MLFLOW_DISABLE_TELEMETRY=true",
		"PYTHONUNBUFFERED=1",
	}, o.Env)
}
