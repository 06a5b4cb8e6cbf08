// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package bulk reads single objects of an MLflow server for many goroutines at a time,
// with few requests.
//
// # Purpose
//
// A server spends six milliseconds on one model and half a millisecond on each of a
// hundred that are searched for together; for runs it is eight and one and a half. When a
// thousand promotions are due at once, each still wants its own evidence, read for itself.
//
// # Usage
//
//	reader := bulk.NewReader(client)
//	model, err := reader.RegisteredModel(ctx, "sentiment")
//	version, err := reader.ModelVersion(ctx, "sentiment", "7")
//	run, err := reader.Run(ctx, version.RunID)
//
// Each call means what the client's get means, with the same errors. What it returns may
// be shared: do not change it.
//
// # How it works
//
// An ask that finds nobody asking goes out alone and at once. Those that come while it is
// under way wait and go out together, as one search. After a search they gather for three
// times as long as it took: it costs a server something for each model that it has, found or
// not. So an answer is never older than the ask, an idle server is asked without delay, and
// the worse a server keeps up, the more is joined. Models and versions share their searches.
//
// A search that lacks an object proves nothing: it is read by itself, and so is everything
// where the server can't search, refuses to, or fails: one odd object must not be the
// misfortune of a hundred. Only an error that each of them would meet is answered to all. A
// version is found where it is the newest of its stage and comes with its model. Runs are
// searched for in experiments that a run was found in before, since a search without
// experiments finds nothing and says so to nobody.
//
// An ask that is urgent (lanes.Urgently) goes by itself.
//
// # Trade-offs
//
// One search of a kind is under way at a time, so that a batch waits for the one before
// it. An ask whose context ends leaves at once; the request it is part of ends with the
// last of them.
package batch
