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
	// Void says why it does not count, whatever the version; empty where it may.
	Void string
}

// waive lets gates count as passed that did not pass: those that a person overrides, and
// those that the operator does not enforce. What could not be asked stays an Error, since
// nobody knows what is waived with it.
func (j *Judgement) waive(move Move) {
	if move.Override != nil {
		j.OverrideVoid = void(move, j.Verdicts)
		if j.OverrideVoid == "" {
			j.override(*move.Override)
		}
	}
	if move.NotEnforced == "" {
		return
	}
	for i := range j.Verdicts {
		if v := &j.Verdicts[i]; isPerformance(v.Type) {
			v.waive(v1alpha1.WaivedBySwitch, "not enforced: "+move.NotEnforced)
		}
	}
}

func (j *Judgement) override(o Override) {
	for i := range j.Verdicts {
		if v := &j.Verdicts[i]; slices.Contains(o.Gates, v.Name) && v.mayBeOverridden() {
			v.waive(v1alpha1.WaivedByOverride, "overridden: "+o.Reason)
		}
	}
}

// void says why an override does not count; empty where it does. One that names a gate
// that is none was written for other gates than these.
func void(move Move, verdicts []Verdict) string {
	o := move.Override
	switch {
	case o.Version != move.Candidate:
		return fmt.Sprintf("the override is for %s and does not count", versionNoun(o.Version))
	case o.Void != "":
		return "the override does not count: " + o.Void
	}
	for _, name := range slices.Sorted(slices.Values(o.Gates)) {
		if !slices.ContainsFunc(verdicts, func(v Verdict) bool { return v.Name == name }) {
			return "the override does not count: it names " + name + ", which is no gate of this promotion"
		}
	}
	return ""
}

// mayBeOverridden: a version that does not exist can't take a stage, and one that goes
// backward would hold two.
func (v *Verdict) mayBeOverridden() bool {
	return v.Type != v1alpha1.GateTypeBuiltIn || v.Name != nameVersion && v.Name != nameDirection
}

func isPerformance(kind v1alpha1.GateType) bool {
	return kind == v1alpha1.GateTypeMetric || kind == v1alpha1.GateTypeComparison
}

// waive keeps what the gate saw and said.
func (v *Verdict) waive(by v1alpha1.GateWaiver, why string) {
	if v.Result != v1alpha1.GateFailed && v.Result != v1alpha1.GatePending {
		return
	}
	tail := "; " + clean(why, maxMessage/2)
	v.Result, v.Reason, v.Waived = v1alpha1.GatePassed, "", by
	v.Message = clean(v.Message, maxMessage-utf8.RuneCountInString(tail)) + tail
}

// Waived are the names of the gates that count as passed for this reason, in their order.
func (j Judgement) Waived(by v1alpha1.GateWaiver) []string {
	var names []string
	for _, v := range j.Verdicts {
		if v.Waived == by {
			names = append(names, v.Name)
		}
	}
	return names
}
