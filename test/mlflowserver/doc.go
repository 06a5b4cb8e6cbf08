// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package mlflowserver runs a real MLflow server for tests, the demo and benchmarks.
//
// # Purpose
//
// What the operator believes about MLflow is worth what a real server says. This
// package makes one as easy to have as the one in memory.
//
// # Usage
//
//	server, err := mlflowserver.Start(ctx, mlflowserver.Options{Version: "3.17.2"})
//	if err != nil {
//		return err // also when it is not installed: there is no skipping
//	}
//	defer server.Stop()
//
// # How it works
//
// `make mlflow` installs each version in a virtual environment of its own,
// .venv/mlflow-VERSION beside PROJECT; MLFLOW_VENV_DIR names another place for
// them. The server gets a free port of the loopback address, a SQLite database in a
// directory of its own, and its own process group, which Stop ends as a whole:
// MLflow is a parent of workers. Background jobs are off, they would keep both
// cores of a small machine busy for seconds after the start.
//
// # Trade-offs
//
// The free port is found and then let go, so that another process could take it
// first; the start then fails with the log. SQLite serialises writers, and is what a
// server gets that names no BackendStoreURI; the driver of another database has to be on
// PYTHONPATH.
package mlflowserver
