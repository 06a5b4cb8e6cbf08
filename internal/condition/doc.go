// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package condition builds the conditions of a status and holds the rulebook that
// every status obeys.
//
// # Purpose
//
// Conditions are read by a person at a terminal, by kstatus (Flux, Helm) and by
// Argo CD, each with a logic of its own. This package makes it hard to write a list
// that one of them misreads.
//
// # Usage
//
//	set := condition.New(obj.Generation, obj.Status.Conditions)
//	set.True(v1alpha1.ConditionReachable, v1alpha1.ReasonConnected, "…")
//	obj.Status.Conditions = set.List()
//
// # How it works
//
// A Set is built from nothing in each pass, so that a condition that no longer
// applies disappears. The time of the last transition is taken from the conditions
// that were there, as long as the status did not change. The order is fixed: Ready,
// Reconciling, Stalled, then the others as they were set.
//
// # Trade-offs
//
// A condition can't be patched alone: who writes one writes all.
package condition
