// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package mlflow is a client of MLflow's REST API: of the model registry, and of
// the runs and logged models that its versions come from.
//
// # Purpose
//
// The operator decides by what a server answers, and writes only what it decided.
// So each answer has to be either an object or one kind of failure: gone is not
// forbidden, a login page is not an empty list, and an alias that wasn't set must
// not look as if it was.
//
// # Usage
//
//	client, err := mlflow.New(mlflow.Config{URL: "http://mlflow.mlops.svc:5000"})
//	model, err := client.GetRegisteredModel(ctx, "sentiment")
//	if errors.Is(err, mlflow.ErrNotFound) { … }
//	err = client.SetRegisteredModelAlias(ctx, "sentiment", "champion", "7")
//
// Methods are named as in Python's MlflowClient. The kinds of failure are the Err
// variables; errors.As finds an *Error with what the server said. Both are made for
// conditions and logs: one line, the same as long as the problem is the same, and
// without credentials even where a server repeats them.
//
// # How it works
//
// A method writes a call; ask sends it, and once or twice more if it is a read and
// the failure is a passing one; attempt keeps the limits of number, time and size;
// judge and unanswered make an Error of what came, or didn't. The pages of lists are
// decoded row by row while they come, all else after it was read. What is measured of
// real servers, from 2.22 to 3.17, is noted where the code leans on it.
//
// # Trade-offs
//
// A write is sent once. When its answer is lost nobody knows whether it was done:
// the caller has to look. Redirects are not followed, not even harmless ones.
// A page is given out when all of it was read, so that a failure is never half a list;
// its rows are in memory together, its text is not. HTTP/2 is not spoken, as MLflow
// doesn't.
package mlflow
