// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package api tests the rules of the API on a real API server, each with the message that users see.
//
// # Purpose
//
// There are no webhooks: a rule of the API is a schema or a CEL expression, and its message is all
// the help that a user gets. Therefore the tests break every rule once, and compare the message.
//
// # Usage
//
// Add a new field to the full objects of full_test.go: structure_test.go then tests the rules that
// it reads from the schema (type, enum, pattern, bounds, required). Add a new CEL rule, with its
// message, to the table of its kind.
//
// # How it works
//
// A case is a valid object, one mutation, and the message of the server. Objects are sent as dry runs
// with strict validation, so that cases cannot affect each other. Tests that walk the schemas
// make sure that the full objects have every field, and that every CEL rule has a case.
//
// # Trade-offs
//
// The messages of structural rules are Kubernetes' own, and may change with its version.
package api
