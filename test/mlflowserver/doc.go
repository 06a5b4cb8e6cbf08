// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package mlflowserver runs a real MLflow server for tests, the demo and benchmarks.
//
// # Purpose
//
// What the operator assumes about MLflow must be true of a real server. This package makes
// one as easy to use as the server in memory.
//
// # Usage
//
//	server, err := mlflowserver.Start(ctx, mlflowserver.Options{Version: "3.17.2"})
//	if err != nil {
//		return err // also if it is not installed: a test fails, and is never skipped
//	}
//	defer server.Stop()
//
// # How it works
//
// `make mlflow` installs each version in a separate virtual environment,
// .venv/mlflow-VERSION beside go.mod; MLFLOW_VENV_DIR names another directory for them. The
// server gets a free port of the loopback address, a SQLite database in its own directory,
// and its own process group, which Stop ends as a whole, since MLflow starts worker
// processes. Background jobs are off: they would keep both cores of a small machine busy
// for seconds after the start.
//
// # Trade-offs
//
// Another process could take the free port before the server does; then the start fails, and
// the error contains the log. Without a BackendStoreURI the database is SQLite, which
// serializes writes. The driver of another database must be on PYTHONPATH.
package mlflowserver
