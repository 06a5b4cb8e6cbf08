// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package api tests the rules of the API on a real API server, each with the
// sentence that the user sees.
//
// # Purpose
//
// There are no webhooks: a rule of the API is a schema or a CEL expression, and
// its message is all the help that its user gets. So every rule is broken once,
// and what the server then says is read.
//
// # Usage
//
// A new field belongs into the full objects of full_test.go: the rules that can
// be read from its schema (type, enum, pattern, bounds, required) are then tested
// by structure_test.go. A new CEL rule belongs, with the sentence, into the table
// of its kind.
//
// # How it works
//
// A row is a valid object, one mutation, and what the server must answer. Objects
// are sent as dry runs under strict validation, so that rows can't disturb each
// other. Tests that walk the schemas see to it that nothing was forgotten: no
// field that the full objects lack, and no CEL rule without a row.
//
// # Trade-offs
//
// The sentences of structural rules are Kubernetes' own, and may change with it.
package api
