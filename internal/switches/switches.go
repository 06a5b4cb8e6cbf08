// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package switches holds what the environment of the operator turns off, in the words in
// which conditions, events and logs tell of it.
package switches

// The variables of the environment. Each is true where it is not set.
const (
	// ModelRegistry lets the operator write to MLflow.
	ModelRegistry = "NEURONEWS_MODEL_REGISTRY_ENABLED"
	// PerformanceGates lets gates on metrics and comparisons keep versions out.
	PerformanceGates = "NEURONEWS_PERFORMANCE_GATES_ENABLED"
)

// Switches are what is turned off. The zero Switches are those of an operator that does
// all it is for.
type Switches struct {
	// ReadOnly: every model is as if its management were Observe.
	ReadOnly bool
	// GatesOff: gates on metrics and comparisons are evaluated and reported, and keep no
	// version out.
	GatesOff bool
}

// WhyReadOnly says why nothing is written to MLflow; empty where it may be.
func (s Switches) WhyReadOnly() string {
	return isFalse(s.ReadOnly, ModelRegistry)
}

// WhyNotEnforced says why gates on metrics and comparisons keep nobody out; empty where
// they do.
func (s Switches) WhyNotEnforced() string {
	return isFalse(s.GatesOff, PerformanceGates)
}

func isFalse(off bool, variable string) string {
	if !off {
		return ""
	}
	return variable + " is false"
}
