// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package condition builds the conditions of a status, and defines the rules that every
// status obeys.
//
// # Purpose
//
// People at a terminal, kstatus (Flux, Helm) and Argo CD read conditions, each with a logic
// of its own. This package makes it hard to write a list that one of them misreads.
//
// # Usage
//
//	set := condition.New(obj.Generation, obj.Status.Conditions)
//	set.MarkTrue(v1alpha1.ConditionReachable, v1alpha1.ReasonConnected, "…")
//	obj.Status.Conditions = set.List()
//
// # How it works
//
// Every reconcile builds a Set from nothing, so that a condition that no longer applies
// disappears. A condition keeps the transition time of the previous list as long as its
// status does not change. The order is fixed: Ready, Reconciling, Stalled, then the others
// in the order in which they were set.
//
// # Trade-offs
//
// A single condition can't be patched: a writer always writes the whole list.
package condition
