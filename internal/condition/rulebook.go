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

// Status is the part of a status that the rulebook speaks of.
type Status struct {
	Generation         int64
	ObservedGeneration int64
	Conditions         []metav1.Condition
}

// FindViolations holds a status against the rulebook and says, rule by rule, what is
// wrong with it. Kinds are the types that the object's kind may have beside Ready,
// Reconciling and Stalled; all of them must be there. Every test of a controller
// calls it on every status that the controller wrote.
func FindViolations(status Status, kinds ...string) []string {
	var wrong []string
	for _, rule := range []func(Status, []string) []string{
		checkGenerations, checkTypes, checkSummary, checkTexts,
	} {
		wrong = append(wrong, rule(status, kinds)...)
	}
	return wrong
}

// checkGenerations: kstatus and Argo CD read the generation of the status, kubectl
// that of the condition.
func checkGenerations(status Status, _ []string) []string {
	var wrong []string
	if status.ObservedGeneration > status.Generation {
		wrong = append(wrong, "status.observedGeneration is ahead of the generation")
	}
	for _, c := range status.Conditions {
		if c.ObservedGeneration != status.ObservedGeneration {
			wrong = append(wrong, fmt.Sprintf("%s speaks of generation %d, the status of %d",
				c.Type, c.ObservedGeneration, status.ObservedGeneration))
		}
	}
	return wrong
}

// checkTypes: every condition of the kind is always there, once, and no other.
func checkTypes(status Status, kinds []string) []string {
	var wrong []string
	seen := map[string]int{}
	for _, c := range status.Conditions {
		seen[c.Type]++
		if !slices.Contains(summaryTypes, c.Type) && !slices.Contains(kinds, c.Type) {
			wrong = append(wrong, c.Type+" is no condition of this kind")
		}
	}
	for _, kind := range append([]string{v1alpha1.ConditionReady}, kinds...) {
		if seen[kind] != 1 {
			wrong = append(wrong, fmt.Sprintf("%s is there %d times", kind, seen[kind]))
		}
	}
	return wrong
}

// checkSummary: Reconciling and Stalled are there only when True and never both;
// beside them Ready is not True, and an object that is not Ready says which it is.
func checkSummary(status Status, _ []string) []string {
	ready := meta.FindStatusCondition(status.Conditions, v1alpha1.ConditionReady)
	reconciling := meta.FindStatusCondition(status.Conditions, v1alpha1.ConditionReconciling)
	stalled := meta.FindStatusCondition(status.Conditions, v1alpha1.ConditionStalled)
	var wrong []string
	for _, c := range []*metav1.Condition{reconciling, stalled} {
		if c != nil && c.Status != metav1.ConditionTrue {
			wrong = append(wrong, c.Type+" is there without being True")
		}
	}
	if reconciling != nil && stalled != nil {
		wrong = append(wrong, "Reconciling and Stalled are both there")
	}
	if ready == nil {
		return wrong
	}
	trouble := reconciling != nil || stalled != nil
	if ready.Status == metav1.ConditionTrue && trouble {
		wrong = append(wrong, "Ready is True beside Reconciling or Stalled")
	}
	if ready.Status == metav1.ConditionFalse && !trouble {
		wrong = append(wrong, "Ready is False and neither Reconciling nor Stalled")
	}
	return wrong
}

// checkTexts: a reason is a word that a script can compare, a message a sentence
// that a person can read.
func checkTexts(status Status, _ []string) []string {
	var wrong []string
	for _, c := range status.Conditions {
		if !reasonPattern.MatchString(c.Reason) {
			wrong = append(wrong, fmt.Sprintf("%s has the reason %q", c.Type, c.Reason))
		}
		if c.Message == "" || len([]rune(c.Message)) > maxMessage {
			wrong = append(wrong, fmt.Sprintf("%s has a message of %d bytes", c.Type, len(c.Message)))
		}
		if c.LastTransitionTime.IsZero() {
			wrong = append(wrong, c.Type+" has no transition time")
		}
	}
	return wrong
}
