// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package condition

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
)

// newValidStatus returns a status without violations.
func newValidStatus() Status {
	condition := func(conditionType string, status metav1.ConditionStatus) metav1.Condition {
		return metav1.Condition{
			Type: conditionType, Status: status, ObservedGeneration: 2, Reason: "Because", Message: "it is so", LastTransitionTime: yesterday,
		}
	}
	return Status{Generation: 2, ObservedGeneration: 2, Conditions: []metav1.Condition{
		condition(v1alpha1.ConditionReady, metav1.ConditionFalse),
		condition(v1alpha1.ConditionStalled, metav1.ConditionTrue),
		condition(synced, metav1.ConditionFalse),
	}}
}

// TestFindViolations: the conditions of a valid status are, by index, Ready, Stalled and Synced.
func TestFindViolations(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*Status)
		want   []string
	}{
		"a valid status":               {change: func(*Status) {}},
		"an older observed generation": {change: func(s *Status) { s.Generation = 3 }},
		"a future observed generation": {func(s *Status) { s.Generation = 1 }, []string{"status.observedGeneration is ahead of the generation"}},
		"a condition of another generation": {
			func(s *Status) { s.Conditions[2].ObservedGeneration = 1 }, []string{"Synced has observedGeneration 1, and the status has 2"},
		},
		"a condition of another kind": {
			func(s *Status) { s.Conditions = append(s.Conditions, withType(s.Conditions[2], "Odd")) },
			[]string{"Odd is not a condition of this kind"},
		},
		"a missing condition": {func(s *Status) { s.Conditions = s.Conditions[:2] }, []string{"Synced is present 0 times"}},
		"a duplicate condition": {
			func(s *Status) { s.Conditions = append(s.Conditions, s.Conditions[2]) }, []string{"Synced is present 2 times"},
		},
		"no summary": {func(s *Status) { s.Conditions = s.Conditions[2:] }, []string{"Ready is present 0 times"}},
		"Stalled without being True": {
			func(s *Status) { s.Conditions[1].Status = metav1.ConditionFalse }, []string{"Stalled is present, but not True"},
		},
		"Reconciling beside Stalled": {
			func(s *Status) {
				s.Conditions = append(s.Conditions, withType(s.Conditions[1], v1alpha1.ConditionReconciling))
			},
			[]string{"Reconciling and Stalled are both present"},
		},
		"Ready beside Stalled": {
			func(s *Status) { s.Conditions[0].Status = metav1.ConditionTrue }, []string{"Ready is True together with Reconciling or Stalled"},
		},
		"not ready, without Reconciling or Stalled": {
			func(s *Status) { s.Conditions = []metav1.Condition{s.Conditions[0], s.Conditions[2]} },
			[]string{"Ready is False without Reconciling or Stalled"},
		},
		"a reason of two words": {
			func(s *Status) { s.Conditions[2].Reason = "No Word" }, []string{`Synced has the reason "No Word"`},
		},
		"no message": {func(s *Status) { s.Conditions[2].Message = "" }, []string{"Synced has a message of 0 bytes"}},
		"a long message": {
			func(s *Status) { s.Conditions[2].Message = strings.Repeat("x", maxMessageLength+1) }, []string{"Synced has a message of 1025 bytes"},
		},
		"no transition time": {
			func(s *Status) { s.Conditions[2].LastTransitionTime = metav1.Time{} }, []string{"Synced has no transition time"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			status := newValidStatus()
			test.change(&status)
			if diff := cmp.Diff(test.want, FindViolations(status, synced), cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func withType(c metav1.Condition, conditionType string) metav1.Condition {
	c.Type = conditionType
	return c
}
