// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package mlflowtest is an MLflow server in memory: tracking and registry, as far as the
// operator and its users use them.
//
// # Purpose
//
// Tests need a registry that answers in microseconds, records its calls and fails on
// command, yet answers as a real server does, oddities included. test/contract runs one
// suite against this package and against real servers, so that a difference fails a test.
//
// # Usage
//
//	s := mlflowtest.Start(mlflowtest.Options{})
//	defer s.Close()
//
//	user := s.User() // another client
//	err := user.CreateModel(ctx, "sentiment", nil)
//
//	s.InjectFault(mlflowtest.CallsTo("POST registered-models/alias"), mlflowtest.DropResponse().Times(1))
//	// … run the tested client against s.URL …
//	s.Writes() // the writes of the tested client, in order
//
// The server neither records nor fails the calls of a User, because they are not the
// tested client's. Only OnWrite reports them, too.
//
// # How it works
//
// ServeHTTP parses a call, finds its fault, checks host, credentials and workspace, and
// runs the route's handler. A handler reads and changes the state of one workspace under
// one lock and returns a wire value, which is encoded after the lock is released. The
// differences between MLflow versions are in dialect and nowhere else. A fault comes before
// the handler or between the handler and its answer, so that "applied, but the answer was
// lost" is a case of its own. Ids are counted, not random, so that a failing test fails in
// the same way again.
//
// # Trade-offs
//
// Filters cover the grammar that was measured, not all of SQL. An account has one level of
// permission for all objects, except hidden models. There are no databases, artifacts,
// traces and webhooks. Go's HTTP transport repeats a GET by itself if a reused connection
// closes before the first byte of the answer, so a dropped GET may be recorded twice.
package mlflowtest
