// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package builder builds objects of the API for tests.
//
// # Purpose
//
// A test should show only the fields that it is about. The rest of an object is noise that
// every test would repeat, each with its own mistakes.
//
// # Usage
//
//	model := builder.RegisteredModel("sentiment").Namespace(ns).Connection("mlflow").
//		Stages(
//			builder.Stage("staging"),
//			builder.Stage("production").Alias("champion").PromotesFrom("staging").
//				Gates(builder.GreaterThanGate("accuracy", "0.85")),
//		).Build()
//
// # How it works
//
// A builder starts from the smallest object that the API server accepts, and each method
// sets the field that its name says. Build returns a copy, so one builder can be the base of
// several objects.
//
// # Trade-offs
//
// There are methods for fields that tests often set. A test sets any other field on the
// object that Build returned.
package builder
