// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package promotion decides which version holds a stage, and what has to be written for it.
//
// # Purpose
//
// Every decision on a promotion that needs no request is made here, on values: no context, no
// client, no clock. The controller reads the values, evaluates the gates, and executes the result.
//
// # Usage
//
//	resolution := promotion.Resolve(&spec, stages, model)
//	state := promotion.State{Object: object, Stage: stage, Stages: stages, Model: model, Candidate: resolution.Version}
//	decision := promotion.Plan(state)
//	switch decision.Step {
//	case promotion.StepNone:        // nothing to do
//	case promotion.StepReportDrift: // report it
//	default:
//		state.Version = … // read the candidate
//		decision = promotion.Plan(state)
//		result := … // evaluate the gates on decision.Request
//		transition, err := promotion.NewTransition(decision, result, now)
//		for _, action := range transition.Actions { … }
//	}
//
// # How it works
//
// A promotion compares three versions of one stage:
//
//   - the candidate, which the spec wants;
//   - the current version, to which the alias points in MLflow;
//   - the last promoted version, which the newest record of the history names: the last one
//     that was promoted with every gate passed.
//
// Plan compares them in this order:
//
//  1. The candidate is not the last promoted version: StepPromote. The candidate has to pass its
//     gates. If the alias already points to it, because of an external change, it only has to be
//     recorded. If the gates reject it and the stage has drifted, the decision's Restore
//     returns the stage to the last promoted version.
//  2. The alias does not point to the candidate: StepRevertDrift or StepReportDrift, as the stage's
//     driftPolicy says.
//  3. MLflow's legacy stage does not match the alias: StepSyncLegacyStage.
//  4. Otherwise StepNone.
//
// Before the gates are evaluated, the candidate is pinned with the version that it is compared
// with. That baseline is the current version, or the last promoted version if the current one
// was set externally. A candidate that has held the stage with every gate passed need not meet
// comparisons, soak times and approvals again, if the stage's rollbackPolicy is Trusted.
//
// After the gates have passed, NewTransition returns everything that has to be written: the
// evidence tag, the alias, the record of the history, and the legacy stage, in this order. The
// record is written to the status before MLflow is written to: the write-ahead record. After a
// crash, the alias and the evidence tag show whether the transition was executed: Resume records
// it then, and the write-ahead record is dropped otherwise.
//
// # Trade-offs
//
// The history is part of an object's status. Deleting the object deletes it, and the version that
// holds the stage has to pass its gates once more before it is recorded again.
//
// Plan is called again after each read. That repeats some work, but no decision waits for a server.
package promotion
