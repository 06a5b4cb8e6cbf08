// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package builder makes the objects of the API for tests.
//
// # Purpose
//
// A test should show the one thing that it is about. The rest of an object is
// noise that every test would repeat, and get wrong in its own way.
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
// A builder starts from the smallest object that the API server takes, each
// method sets what its name says, and Build returns a copy, so that one builder
// may serve as the trunk of several objects.
//
// # Trade-offs
//
// There is a method for what tests say often. A field that one test needs is set
// on the object that Build returned.
package builder
