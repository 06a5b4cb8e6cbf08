// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package featureflags holds the features of the operator that can be turned off, and the reasons
// that conditions, events and logs give for it.
package featureflags

// The flags of the command line.
const (
	// ReadOnlyFlag stops the operator from writing to MLflow.
	ReadOnlyFlag = "read-only"
	// PerformanceGatesFlag lets gates on metrics and comparisons block versions.
	PerformanceGatesFlag = "enforce-performance-gates"
)

// The environment variables that replace a flag that is not given.
const (
	// ModelRegistryVariable is false for --read-only.
	ModelRegistryVariable = "NEURONEWS_MODEL_REGISTRY_ENABLED"
	// PerformanceGatesVariable is the value of --enforce-performance-gates.
	PerformanceGatesVariable = "NEURONEWS_PERFORMANCE_GATES_ENABLED"
)

// Flags are the feature flags. The zero value enables every feature.
type Flags struct {
	// ReadOnly treats every model as if its managementPolicy were Observe.
	ReadOnly bool
	// PerformanceGatesDisabled evaluates and reports gates on metrics and comparisons, and
	// exempts them.
	PerformanceGatesDisabled bool
}

// ReadOnlyReason returns why nothing is written to MLflow, or an empty string if writes are
// enabled.
func (s Flags) ReadOnlyReason() string {
	if !s.ReadOnly {
		return ""
	}
	return "--" + ReadOnlyFlag + " is true"
}

// PerformanceGatesDisabledReason returns why gates on metrics and comparisons block no version,
// or an empty string if they do.
func (s Flags) PerformanceGatesDisabledReason() string {
	if !s.PerformanceGatesDisabled {
		return ""
	}
	return "--" + PerformanceGatesFlag + " is false"
}
