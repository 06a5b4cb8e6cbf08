// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package env is the environment of the user stories in test/integration: a real API server,
// the operator's controllers, and an MLflow in memory with a user who writes to it too.
//
// # Purpose
//
// A story is one spec. It does what a user does with kubectl and with MLflow, and asserts the
// complete list of conditions that the user then reads. Every status that the operator
// writes during the story must obey the rulebook of package condition.
//
// # Usage
//
// A package of stories has one feature as its subject. Its suite_test.go calls RunStories, and a
// story begins with one of the functions that return an Env:
//
//	e := env.NewPromoted(ctx, env.NewGatedModel(), env.Metrics{"accuracy": "0.91"})
//	e.SetVersion(ctx, env.ToProduction, "2")
//	env.WaitForConditions(ctx, e.PromotionObject(env.ToProduction), env.Expectation{Version: "2"}.PromotedConditions()...)
//
// A helper or a message that stories of several packages use is here. One that serves a single
// package is in that package, in fixtures_test.go or beside the story.
//
// # How it works
//
// All stories of a package share one control plane and one operator. Each has a namespace and an
// MLflow server of its own, so that it can fail requests and count calls. Nothing sleeps: the
// registry is polled once an hour unless a story calls PollNow, and a story that depends on the time
// restarts the operator with a fake clock.
//
// # Trade-offs
//
// Each of the nine packages links a binary and starts a control plane. With the race detector that costs
// about 8 s and 5 s of CPU time per package, some two minutes in all. In return two packages run at
// the same time, stories that restart the operator disturb only their own package, and a
// change to one feature is tested in seconds. On two cores the stories take less time than
// they took in one package.
package env
