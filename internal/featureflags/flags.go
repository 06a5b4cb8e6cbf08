// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package switches holds the feature flags of the operator, in the words in which
// conditions, events and logs report them.
package featureflags

// The flags of the command line.
const (
	// ReadOnlyFlag stops the operator from writing to MLflow.
	ReadOnlyFlag = "read-only"
	// PerformanceGatesFlag lets gates on metrics and comparisons block versions.
	PerformanceGatesFlag = "enforce-performance-gates"
)

// The variables of the environment that stand for a flag that is not given.
const (
	// ModelRegistryVariable is false for --read-only.
	ModelRegistryVariable = "NEURONEWS_MODEL_REGISTRY_ENABLED"
	// PerformanceGatesVariable is the value of --enforce-performance-gates.
	PerformanceGatesVariable = "NEURONEWS_PERFORMANCE_GATES_ENABLED"
)

// Flags are the feature flags. The zero Switches are those of an operator that does
// all it is for.
type Flags struct {
	// ReadOnly: every model is as if its managementPolicy were Observe.
	ReadOnly bool
	// PerformanceGatesDisabled: gates on metrics and comparisons are evaluated and reported, and keep no
	// version out.
	PerformanceGatesDisabled bool
}

// ReadOnlyReason says why nothing is written to MLflow; empty where it may be.
func (s Flags) ReadOnlyReason() string {
	if !s.ReadOnly {
		return ""
	}
	return "--" + ReadOnlyFlag + " is true"
}

// PerformanceGatesDisabledReason says why gates on metrics and comparisons keep nobody out; empty where
// they do.
func (s Flags) PerformanceGatesDisabledReason() string {
	if !s.PerformanceGatesDisabled {
		return ""
	}
	return "--" + PerformanceGatesFlag + " is false"
}
