// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package contract is the suite of facts about MLflow that the operator leans on.
//
// # Purpose
//
// The operator is tested against an MLflow in memory. That proves nothing unless
// the one in memory answers as real ones do: so each fact is a test here, and each
// test runs against both, in two generations of MLflow.
//
// # Usage
//
//	make mlflow   # the real servers, once
//	go test ./test/contract
//
// A test that needs only an open server says so by everywhere:
//
//	func TestAnAliasMovesInOneCall(t *testing.T) {
//		everywhere(t, func(w *world) { … })
//	}
//
// # How it works
//
// One server of each kind serves the whole suite; the real ones start together.
// Each test has models, runs and experiments of its own names, so that tests
// neither see nor wait for each other. What the operator would ask goes through its
// own client; what people do behind its back goes through mlflowtest.User. Where
// the generations differ, the test names both expectations side by side with per.
//
// # Trade-offs
//
// The real servers keep their data in SQLite, and one process each: what other
// databases and several workers change is not covered. A missing installation
// fails the suite, it does not skip it.
package contract
