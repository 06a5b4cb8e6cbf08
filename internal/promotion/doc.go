// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package promotion plans who holds a stage: which version is wanted, whether it
// has to be moved, and what has to be written for it.
//
// # Purpose
//
// Everything about a promotion that can be decided without asking anybody is decided
// here, on values: no context, no client, no clock.
//
// # Usage
//
//	resolution := promotion.Resolve(&spec, stages, model)
//	situation := promotion.Situation{Stage: stage, Stages: stages, Model: model, Candidate: resolution.Version, History: history}
//	if step := promotion.Next(situation); step != promotion.StepNone {
//		// Pin the candidate, ask the gates, and where all passed:
//		for _, action := range promotion.Plan(step, situation) { … }
//	}
//
// # How it works
//
// A promotion looks at three versions of one stage:
//
//   - the candidate, which the spec wants;
//   - the holder, which the alias points to in MLflow;
//   - the recorded holder, which the newest entry of the history shows: the last one
//     that took the stage with every gate passed.
//
// Where all three are the same, there is nothing to do. Where the candidate is not
// the recorded holder, it has to pass its gates and then takes the stage; an alias
// that points to it already, because another hand moved it there, only has to be
// recorded. Where the candidate is the
// recorded holder and the alias points elsewhere, another hand moved it: it is put
// back or reported, as the stage says.
//
// Before anything is evaluated, the candidate is pinned together with the version that it
// is compared with. When all gates have passed, the pin and the entry that the history will
// get are announced in the status, right before MLflow is written to. After a crash, the
// alias tells whether the change of hands was carried out, and nothing else in MLflow has to
// be trusted to find out what was going on.
//
// # Trade-offs
//
// The history lives in the status of an object. Who deletes the object deletes it,
// and the version that holds the stage then has to pass its gates once more before
// it is recorded again.
package promotion
