// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package gate

import (
	"fmt"
	"slices"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
)

// setExemptions exempts gates that did not pass: those that a person overrides, and those that
// the operator does not enforce. A gate with the result Error is not exempt: whether the
// version would pass it is unknown.
func (r *Result) setExemptions(request Request) {
	if request.Override != nil {
		r.OverrideIgnoredReason = overrideIgnoredReason(request, r.Gates)
		if r.OverrideIgnoredReason == "" {
			r.applyOverride(*request.Override)
		}
	}
	if request.NotEnforcedReason == "" {
		return
	}
	for i := range r.Gates {
		if g := &r.Gates[i]; evaluatorOfType(g.Type).isPerformance {
			g.setExemption(v1alpha1.ExemptionFeatureFlag, "not enforced: "+request.NotEnforcedReason)
		}
	}
}

func (r *Result) applyOverride(override Override) {
	for i := range r.Gates {
		if g := &r.Gates[i]; slices.Contains(override.Gates, g.Name) && g.canBeOverridden() {
			g.setExemption(v1alpha1.ExemptionOverride, "overridden: "+override.Reason)
		}
	}
}

// overrideIgnoredReason says why an override does not count; empty if it counts. An override
// that names an unknown gate was written for other gates than these.
func overrideIgnoredReason(request Request, gates []Answer) string {
	override := request.Override
	switch {
	case override.Version != request.Candidate:
		return fmt.Sprintf("the override is for %s and does not count", describeVersion(override.Version))
	case override.IgnoredReason != "":
		return "the override does not count: " + override.IgnoredReason
	}
	for _, name := range slices.Sorted(slices.Values(override.Gates)) {
		if !slices.ContainsFunc(gates, func(g Answer) bool { return g.Name == name }) {
			return "the override does not count: it names " + name + ", which is not a gate of this promotion"
		}
	}
	return ""
}

func (g *Answer) canBeOverridden() bool {
	return g.Type != v1alpha1.GateTypeBuiltIn || !builtInNamed(g.Name).forbidsOverride
}

// Exempt returns the names of the gates that are exempt for this reason, in their order.
func (r Result) Exempt(exemption v1alpha1.GateExemption) []string {
	var names []string
	for _, g := range r.Gates {
		if g.Exemption == exemption {
			names = append(names, g.Name)
		}
	}
	return names
}
