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

// maxMessage keeps a status readable and far from the 32768 that the API allows: a
// message is a sentence or two.
const maxMessage = 1024

// summaryTypes are the conditions that sum up the others, in the order in which a person
// wants to read them. kstatus takes the first of Reconciling and Stalled that it
// finds, which does not matter as they are never both there.
var summaryTypes = []string{v1alpha1.ConditionReady, v1alpha1.ConditionReconciling, v1alpha1.ConditionStalled}

// Set collects the conditions of one pass.
type Set struct {
	generation int64
	previous   []metav1.Condition
	current    []metav1.Condition
}

// New starts a set for a generation of the spec. The conditions that were there
// before tell since when a status has been what it is.
func New(generation int64, before []metav1.Condition) *Set {
	return &Set{generation: generation, previous: before}
}

// MarkTrue sets a condition that holds.
func (s *Set) MarkTrue(kind, reason, message string) {
	s.setCondition(kind, metav1.ConditionTrue, reason, message)
}

// MarkFalse sets a condition that does not hold.
func (s *Set) MarkFalse(kind, reason, message string) {
	s.setCondition(kind, metav1.ConditionFalse, reason, message)
}

// MarkUnknown sets a condition of which nothing is known yet.
func (s *Set) MarkUnknown(kind, reason, message string) {
	s.setCondition(kind, metav1.ConditionUnknown, reason, message)
}

// List is the conditions, in their fixed order.
func (s *Set) List() []metav1.Condition {
	list := slices.Clone(s.current)
	slices.SortStableFunc(list, func(a, b metav1.Condition) int { return sortRank(a.Type) - sortRank(b.Type) })
	return list
}

func (s *Set) setCondition(kind string, status metav1.ConditionStatus, reason, message string) {
	condition := metav1.Condition{
		Type:               kind,
		Status:             status,
		ObservedGeneration: s.generation,
		LastTransitionTime: metav1.Now(),
		Reason:             reason,
		Message:            sanitize.TruncateRunes(strings.ToValidUTF8(message, ""), maxMessage),
	}
	before := meta.FindStatusCondition(s.previous, kind)
	if before != nil && before.Status == status {
		condition.LastTransitionTime = before.LastTransitionTime
	}
	if i := slices.IndexFunc(s.current, func(c metav1.Condition) bool { return c.Type == kind }); i >= 0 {
		s.current[i] = condition
		return
	}
	s.current = append(s.current, condition)
}

func sortRank(kind string) int {
	if i := slices.Index(summaryTypes, kind); i >= 0 {
		return i
	}
	return len(summaryTypes)
}
