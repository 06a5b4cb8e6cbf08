// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Command demo shows the operator at work on this machine.
//
// # Purpose
//
// Whoever meets the project should see in two minutes what it does, with nothing but
// real parts: an API server, an MLflow server, trained models, and the operator's
// binary with the rights that it is shipped with.
//
// # Usage
//
//	make demo          # shows all acts, and cleans up
//	KEEP=1 make demo   # leaves everything running until Ctrl-C
//
// # How it works
//
// A world is set up: a local control plane, an MLflow with a SQLite database, and the
// manager as a process. Then the acts are played in order, one a file. Each does what a
// person would do, prints the command for it, waits until the cluster shows what it
// should, and prints what that person would see. An act that waits in vain ends the
// demo with a sentence and exit code 1.
//
// # Trade-offs
//
// The commands are printed and not run: the demo speaks to the API server itself, so that
// it needs no kubectl. The tables are the API server's own.
package main
