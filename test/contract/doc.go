// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package contract tests the behavior of MLflow on which the operator relies.
//
// # Purpose
//
// The operator's tests use an MLflow server in memory. They prove nothing unless that server
// answers as real ones do. So each fact is a test here, and each test runs against both, for
// MLflow 2 and 3.
//
// # Usage
//
//	make mlflow   # the real servers, once
//	go test ./test/contract
//
// A test that needs a server without accounts, workspaces or a path prefix:
//
//	func TestAnAliasMovesInOneCall(t *testing.T) {
//		forEachOpenServer(t, func(e *env) { … })
//	}
//
// # How it works
//
// One server of each kind serves the whole suite; the real ones start together. Each test
// has its own names of models, runs and experiments, so that tests run in parallel. The
// operator's requests go through its client; the writes of other users go through
// mlflowtest.User. If MLflow 2 and 3 differ, the test has both expectations side by side
// with byGeneration.
//
// # Trade-offs
//
// Each real server is one process with its data in SQLite: the suite does not cover other
// databases and several workers. A missing installation fails the suite and never skips
// it.
package contract
