// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package switches holds what the environment of the operator turns off, in the words in
// which conditions, events and logs tell of it.
package featureflags

// The variables of the environment. Each is true where it is not set.
const (
	// ModelRegistryVariable lets the operator write to MLflow.
	ModelRegistryVariable = "NEURONEWS_MODEL_REGISTRY_ENABLED"
	// PerformanceGatesVariable lets gates on metrics and comparisons keep versions out.
	PerformanceGatesVariable = "NEURONEWS_PERFORMANCE_GATES_ENABLED"
)

// Flags are what is turned off. The zero Switches are those of an operator that does
// all it is for.
type Flags struct {
	// ReadOnly: every model is as if its management were Observe.
	ReadOnly bool
	// PerformanceGatesDisabled: gates on metrics and comparisons are evaluated and reported, and keep no
	// version out.
	PerformanceGatesDisabled bool
}

// ReadOnlyReason says why nothing is written to MLflow; empty where it may be.
func (s Flags) ReadOnlyReason() string {
	return disabledReason(s.ReadOnly, ModelRegistryVariable)
}

// PerformanceGatesDisabledReason says why gates on metrics and comparisons keep nobody out; empty where
// they do.
func (s Flags) PerformanceGatesDisabledReason() string {
	return disabledReason(s.PerformanceGatesDisabled, PerformanceGatesVariable)
}

func disabledReason(off bool, variable string) string {
	if !off {
		return ""
	}
	return variable + " is false"
}
