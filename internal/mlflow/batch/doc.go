// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package batch reads single objects of an MLflow server for many goroutines, with few
// requests.
//
// # Purpose
//
// A get of a model takes a server six milliseconds, a search for a hundred models half a
// millisecond per model; for a run the times are eight and one and a half. If a thousand
// promotions are due at once, each still needs its own evidence, read for that promotion.
//
// # Usage
//
//	reader := batch.NewReader(client)
//	model, err := reader.RegisteredModel(ctx, "sentiment")
//	version, err := reader.ModelVersion(ctx, "sentiment", "7")
//	run, err := reader.Run(ctx, version.RunID)
//
// Each method returns what the client's get returns, with the same errors. Goroutines may share
// a returned value: do not change it.
//
// # How it works
//
// A request that finds no other in flight is sent alone and at once. The requests that arrive
// until its answer wait, and are sent together as one search. After a search the batcher waits
// for further requests, for three times as long as the search took, because a search costs the
// server time for each model that it has, found or not. So an answer is never older than its
// request, an idle server answers without delay, and a busy server gets larger batches. Models
// and versions share their searches.
//
// An object that a search lacks may still exist: the reader gets it alone. It also gets each
// object alone if the server can't search, rejects the search or fails, so that one odd object
// does not fail the other ninety-nine. Only an error that every request would meet is returned
// to all. A search finds a version if it is the newest of its legacy stage, because it comes
// with its model. A search of runs covers the experiments in which earlier gets found runs,
// because a search without experiments finds nothing and is no error.
//
// A request with high priority (limiter.WithHighPriority) is sent alone.
//
// # Trade-offs
//
// There is one search of a kind at a time, so that a batch waits for the one before. A
// goroutine whose context ends returns at once; its search ends if no goroutine waits for it
// any more.
package batch
