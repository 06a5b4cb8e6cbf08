// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package mlflow is a client of MLflow's REST API: of the model registry, and of
// the runs and logged models that its versions come from.
//
// # Purpose
//
// The operator decides on what a server answers, and writes only what it decided.
// So each answer is either an object or one kind of error: a missing object is not
// a forbidden one, a login page is not an empty list, and an alias that was not set
// never looks like one that was.
//
// # Usage
//
//	client, err := mlflow.New(mlflow.Config{URL: "http://mlflow.mlops.svc:5000"})
//	model, err := client.GetRegisteredModel(ctx, "sentiment")
//	if errors.Is(err, mlflow.ErrNotFound) { … }
//	err = client.SetRegisteredModelAlias(ctx, "sentiment", "champion", "7")
//
// Methods have the names of Python's MlflowClient. The kinds of errors are the Err
// variables; errors.As finds an *Error with MLflow's code and message. Both are made
// for conditions and logs: one line, the same text for the same problem, and no
// credentials even if a server repeats them.
//
// # How it works
//
// A method builds an apiRequest. doWithRetry sends it, and repeats a read after a
// transient error, at most twice. doOnce enforces the limits of concurrency, time and
// size. checkResponse and newTransportError turn an answer, or the lack of one, into an
// *Error. The rows of a list are decoded while they arrive; every other answer is read
// first. Comments say if the code relies on what was measured on real servers, from
// 2.22 to 3.17.
//
// Authentication is a table of modes: see FindAuthMode. A mode wraps the transport,
// so that it may sign each request.
//
// # Trade-offs
//
// A write is sent once. If its answer is lost, it is unknown whether MLflow carried it
// out: the caller must read the object again. The client follows no redirect, not even a
// harmless one. A list method returns a page only after it has read all of it, so that
// an error never looks like a short list; the rows of the page are in memory together,
// its text is not. The client uses HTTP/1.1, because MLflow has no HTTP/2.
package mlflow
