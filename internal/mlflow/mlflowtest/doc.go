// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package mlflowtest is an MLflow server in memory: tracking and registry, as far
// as the operator and the people around it use them.
//
// # Purpose
//
// Tests need a registry that answers in microseconds, remembers what it was asked
// and fails on command, yet answers as a real server does, including where a real
// server is odd. test/contract runs one suite against this package and against
// real servers, so that it cannot drift from them unnoticed.
//
// # Usage
//
//	s := mlflowtest.Start(mlflowtest.Options{})
//	defer s.Close()
//
//	people := s.User() // somebody else with a client of their own
//	err := people.CreateModel(ctx, "sentiment", nil)
//
//	s.Fail(mlflowtest.Endpoint("POST registered-models/alias"), mlflowtest.DropResponse().Times(1))
//	// … run what is tested against s.URL …
//	s.Writes() // what the tested client wrote, in order
//
// Calls by a User are neither recorded nor failed: they are the world, not what is
// tested. OnWrite alone sees them too.
//
// # How it works
//
// ServeHTTP is a short chain: parse, host check, credentials, fault, workspace,
// route. A handler reads and changes the state of one workspace under one lock and
// returns a wire value, which is encoded after the lock is released. What differs
// between MLflow versions is in the dialect and nowhere else. Faults come before
// the handler or between the handler and its answer, so that "applied, but the
// answer was lost" is a case of its own. Ids are counted, not random: a test that
// fails, fails the same way again.
//
// # Trade-offs
//
// Filters cover the grammar that was measured, not all of SQL. Permissions are one
// level per account, not one per object, but for models that are hidden. Databases, artifacts, traces and webhooks
// are absent. Go's HTTP transport repeats a GET by itself when a reused connection
// dies before the first byte of the answer: a dropped GET may show up twice.
package mlflowtest
