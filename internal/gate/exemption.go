// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package gate

import (
	"fmt"
	"slices"
	"unicode/utf8"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
)

// Override is what a person wants to have overridden.
type Override struct {
	// Version is the version that it is for, and Gates are the names of the gates.
	Version string
	Gates   []string
	Reason  string
	// IgnoredReason says why it does not count, whatever the version; empty where it may.
	IgnoredReason string
}

// exempt sets the exemption of gates that did not pass: those that a person overrides, and
// those that the operator does not enforce. A gate that could not be asked is not exempt:
// its result is unknown.
func (result *Result) exempt(request Request) {
	if request.Override != nil {
		result.OverrideIgnoredReason = overrideIgnoredReason(request, result.Gates)
		if result.OverrideIgnoredReason == "" {
			result.applyOverride(*request.Override)
		}
	}
	if request.NotEnforcedReason == "" {
		return
	}
	for i := range result.Gates {
		if v := &result.Gates[i]; isPerformanceGate(v.Type) {
			v.exempt(v1alpha1.ExemptionFeatureFlag, "not enforced: "+request.NotEnforcedReason)
		}
	}
}

func (result *Result) applyOverride(o Override) {
	for i := range result.Gates {
		if v := &result.Gates[i]; slices.Contains(o.Gates, v.Name) && v.canBeOverridden() {
			v.exempt(v1alpha1.ExemptionOverride, "overridden: "+o.Reason)
		}
	}
}

// overrideIgnoredReason says why an override does not count; empty where it does. One that names a gate
// that is none was written for other gates than these.
func overrideIgnoredReason(request Request, gateResults []GateResult) string {
	o := request.Override
	switch {
	case o.Version != request.Candidate:
		return fmt.Sprintf("the override is for %s and does not count", describeVersion(o.Version))
	case o.IgnoredReason != "":
		return "the override does not count: " + o.IgnoredReason
	}
	for _, name := range slices.Sorted(slices.Values(o.Gates)) {
		if !slices.ContainsFunc(gateResults, func(v GateResult) bool { return v.Name == name }) {
			return "the override does not count: it names " + name + ", which is no gate of this promotion"
		}
	}
	return ""
}

// canBeOverridden: a version that does not exist can't take a stage, and one that goes
// backward would hold two.
func (v *GateResult) canBeOverridden() bool {
	return v.Type != v1alpha1.GateTypeBuiltIn || v.Name != builtInVersionReady && v.Name != builtInNotBackward
}

func isPerformanceGate(kind v1alpha1.GateType) bool {
	return kind == v1alpha1.GateTypeMetric || kind == v1alpha1.GateTypeComparison
}

// exempt keeps what the gate saw and said, and its result. The first exemption counts.
func (v *GateResult) exempt(by v1alpha1.GateExemption, why string) {
	if v.Exemption != "" || !canBeExempt(v.Result) {
		return
	}
	tail := "; " + cleanText(why, maxMessageLength/2)
	v.Reason, v.Exemption = "", by
	v.Message = cleanText(v.Message, maxMessageLength-utf8.RuneCountInString(tail)) + tail
}

func canBeExempt(result v1alpha1.GateResult) bool {
	return result == v1alpha1.GateFailed || result == v1alpha1.GatePending
}

// Exempt are the names of the gates that did not pass and are exempt for this reason, in
// their order.
func (result Result) Exempt(by v1alpha1.GateExemption) []string {
	var names []string
	for _, v := range result.Gates {
		if v.Exemption == by {
			names = append(names, v.Name)
		}
	}
	return names
}
