// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package integration tells the stories of the operator's users: a real API server,
// the operator's controllers, and an MLflow in memory that somebody else writes to as
// well.
//
// A story is one spec. It says what a person applied and did in MLflow, and asserts the
// whole list of conditions that the person then reads. Every status that the operator
// writes on the way is held against the rulebook of package condition.
//
// Nothing sleeps: polls happen once an hour unless a story asks for one.
package env
