// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Command demo shows the operator at work on this machine.
//
// # Purpose
//
// In two minutes, a newcomer sees what the operator does, with real parts only: an API server,
// an MLflow server, trained models, and the binary of the operator with its shipped rights.
//
// # Usage
//
//	make demo          # runs all steps, and cleans up
//	KEEP=1 make demo   # keeps everything running until Ctrl-C
//
// # How it works
//
// The environment is a local control plane, an MLflow server with a SQLite database, and the
// manager as a process. The steps run in order. Each one does what a user would do, prints the
// command for it, waits for the expected state of the cluster, and prints what the user would
// see. A step whose wait times out ends the demo with an error and exit code 1.
//
// # Trade-offs
//
// The commands are printed but not run: the demo calls the API server itself and so needs no
// kubectl. The API server renders the tables, and the printer of kubectl formats them.
package main
