// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package simulation runs the whole operator in memory: its reconcilers, its registry cache
// and its MLflow client, against a fake Kubernetes API and a fake MLflow.
//
// # Purpose
//
// The tests answer questions that no story with a real API server can answer, because
// they need thousands of runs or an exact order of events:
//
//   - Does the operator reach the same state if it is killed before or after any request
//     to MLflow and any write of a status? (crash_test.go)
//   - How many requests to MLflow does each event cost? (budget_test.go holds the published
//     page to the answer)
//   - Is each write to MLflow allowed at the moment at which it is made, whatever users,
//     servers and crashes do? (simulation_test.go draws random actions, invariants_test.go
//     checks each write, and reference_model_test.go says what each gate must answer)
//   - What do soak times, overrides, feature flags and metrics make of a sequence of
//     events? (soak_test.go, override_test.go, feature_flags_test.go, metrics_test.go)
//
// # Usage
//
//	go test ./test/simulation
//	go test ./test/simulation -run TestSimulation -rapid.checks 5000 -timeout 60m
//
// TestSimulation runs 40 random sequences of actions unless -rapid.checks says otherwise. A
// failure prints the shortest sequence that rapid found, with every request and write in order.
//
// # How it works
//
// An env is one MLflow, one Kubernetes API and one operator. Nothing runs by itself: a test
// polls the registry and calls each reconciler, so that the order of events is always
// the same. A killed operator loses all that it had in memory, as a process does. Clocks are
// fakes that only a test advances.
//
// # Trade-offs
//
// The fake Kubernetes API has no admission, no defaults and no watches: test/integration has
// them. Only exported identifiers of the operator are used: a refactoring of a controller
// changes no file here.
package simulation
