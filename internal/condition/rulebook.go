// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package condition

import (
	"fmt"
	"regexp"
	"slices"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
)

var reasonPattern = regexp.MustCompile(`^[A-Z][A-Za-z]{2,63}$`)

// Status is the part of a status that the rules apply to.
type Status struct {
	Generation         int64
	ObservedGeneration int64
	Conditions         []metav1.Condition
}

// FindViolations checks a status against the rules and returns a message for each violation.
// The types are those that the object's kind must have besides Ready; Reconciling and
// Stalled are optional, and no other type is allowed. The tests of each controller call it
// for every status that the controller wrote.
func FindViolations(status Status, types ...string) []string {
	var violations []string
	for _, rule := range []func(Status, []string) []string{
		checkGenerations, checkTypes, checkSummary, checkTexts,
	} {
		violations = append(violations, rule(status, types)...)
	}
	return violations
}

// checkGenerations compares the generations, since kstatus and Argo CD read the one of the
// status, and kubectl wait the one of the condition.
func checkGenerations(status Status, _ []string) []string {
	var violations []string
	if status.ObservedGeneration > status.Generation {
		violations = append(violations, "status.observedGeneration is ahead of the generation")
	}
	for _, c := range status.Conditions {
		if c.ObservedGeneration != status.ObservedGeneration {
			violations = append(violations, fmt.Sprintf("%s has observedGeneration %d, and the status has %d",
				c.Type, c.ObservedGeneration, status.ObservedGeneration))
		}
	}
	return violations
}

// checkTypes checks that every condition of the kind is present once, and no other.
func checkTypes(status Status, types []string) []string {
	var violations []string
	seen := map[string]int{}
	for _, c := range status.Conditions {
		seen[c.Type]++
		if !slices.Contains(summaryTypes, c.Type) && !slices.Contains(types, c.Type) {
			violations = append(violations, c.Type+" is not a condition of this kind")
		}
	}
	for _, conditionType := range append([]string{v1alpha1.ConditionReady}, types...) {
		if seen[conditionType] != 1 {
			violations = append(violations, fmt.Sprintf("%s is present %d times", conditionType, seen[conditionType]))
		}
	}
	return violations
}

// checkSummary checks that Reconciling and Stalled are present only if they are True, and never
// both; that Ready is not True together with one of them; and that an object that is not
// Ready has one of them.
func checkSummary(status Status, _ []string) []string {
	ready := meta.FindStatusCondition(status.Conditions, v1alpha1.ConditionReady)
	reconciling := meta.FindStatusCondition(status.Conditions, v1alpha1.ConditionReconciling)
	stalled := meta.FindStatusCondition(status.Conditions, v1alpha1.ConditionStalled)
	var violations []string
	for _, c := range []*metav1.Condition{reconciling, stalled} {
		if c != nil && c.Status != metav1.ConditionTrue {
			violations = append(violations, c.Type+" is present, but not True")
		}
	}
	if reconciling != nil && stalled != nil {
		violations = append(violations, "Reconciling and Stalled are both present")
	}
	if ready == nil {
		return violations
	}
	inProgressOrStalled := reconciling != nil || stalled != nil
	if ready.Status == metav1.ConditionTrue && inProgressOrStalled {
		violations = append(violations, "Ready is True together with Reconciling or Stalled")
	}
	if ready.Status == metav1.ConditionFalse && !inProgressOrStalled {
		violations = append(violations, "Ready is False without Reconciling or Stalled")
	}
	return violations
}

// checkTexts checks that a reason is a word that a script can compare, and that a message is
// not empty and not too long for a person to read.
func checkTexts(status Status, _ []string) []string {
	var violations []string
	for _, c := range status.Conditions {
		if !reasonPattern.MatchString(c.Reason) {
			violations = append(violations, fmt.Sprintf("%s has the reason %q", c.Type, c.Reason))
		}
		if c.Message == "" || len([]rune(c.Message)) > maxMessageLength {
			violations = append(violations, fmt.Sprintf("%s has a message of %d bytes", c.Type, len(c.Message)))
		}
		if c.LastTransitionTime.IsZero() {
			violations = append(violations, c.Type+" has no transition time")
		}
	}
	return violations
}
