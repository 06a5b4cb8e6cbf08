// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package condition

import (
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/sanitize"
)

// maxMessageLength keeps a status readable, and far below the 32768 characters that the API
// allows: a message is a sentence or two.
const maxMessageLength = 1024

// summaryTypes are the conditions that summarize the others, in the order that is best to read.
// kstatus uses the first of Reconciling and Stalled that it finds; the order of the two does
// not matter, since they are never both present.
var summaryTypes = []string{v1alpha1.ConditionReady, v1alpha1.ConditionReconciling, v1alpha1.ConditionStalled}

// Set collects the conditions of one reconcile.
type Set struct {
	generation int64
	previous   []metav1.Condition
	current    []metav1.Condition
}

// New returns an empty set for a generation of the spec. The set copies transition times from
// the previous conditions.
func New(generation int64, previous []metav1.Condition) *Set {
	return &Set{generation: generation, previous: previous}
}

// MarkTrue sets a condition to True.
func (s *Set) MarkTrue(conditionType, reason, message string) {
	s.setCondition(conditionType, metav1.ConditionTrue, reason, message)
}

// MarkFalse sets a condition to False.
func (s *Set) MarkFalse(conditionType, reason, message string) {
	s.setCondition(conditionType, metav1.ConditionFalse, reason, message)
}

// MarkUnknown sets a condition to Unknown.
func (s *Set) MarkUnknown(conditionType, reason, message string) {
	s.setCondition(conditionType, metav1.ConditionUnknown, reason, message)
}

// List returns the conditions in their fixed order.
func (s *Set) List() []metav1.Condition {
	list := slices.Clone(s.current)
	slices.SortStableFunc(list, func(a, b metav1.Condition) int { return sortRank(a.Type) - sortRank(b.Type) })
	return list
}

func (s *Set) setCondition(conditionType string, status metav1.ConditionStatus, reason, message string) {
	condition := metav1.Condition{
		Type:               conditionType,
		Status:             status,
		ObservedGeneration: s.generation,
		LastTransitionTime: metav1.Now(),
		Reason:             reason,
		Message:            sanitize.TruncateRunes(strings.ToValidUTF8(message, ""), maxMessageLength),
	}
	previous := meta.FindStatusCondition(s.previous, conditionType)
	if previous != nil && previous.Status == status {
		condition.LastTransitionTime = previous.LastTransitionTime
	}
	if i := slices.IndexFunc(s.current, func(c metav1.Condition) bool { return c.Type == conditionType }); i >= 0 {
		s.current[i] = condition
		return
	}
	s.current = append(s.current, condition)
}

func sortRank(conditionType string) int {
	if i := slices.Index(summaryTypes, conditionType); i >= 0 {
		return i
	}
	return len(summaryTypes)
}
