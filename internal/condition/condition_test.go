// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package condition

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
)

const synced = v1alpha1.ConditionSynced

// yesterday is when the conditions that were there before last changed.
var yesterday = metav1.NewTime(time.Date(2026, 5, 2, 12, 0, 0, 0, time.UTC))

func TestListIsSorted(t *testing.T) {
	set := New(3, nil)
	for _, kind := range []string{"B", synced, v1alpha1.ConditionStalled, v1alpha1.ConditionReady, "A"} {
		set.MarkTrue(kind, "Because", "it is so")
	}
	set.MarkFalse(synced, "Because", "it is not so")
	var got []string
	for _, c := range set.List() {
		got = append(got, c.Type+"="+string(c.Status))
		if c.ObservedGeneration != 3 {
			t.Errorf("%s speaks of generation %d", c.Type, c.ObservedGeneration)
		}
	}
	if diff := cmp.Diff([]string{"Ready=True", "Stalled=True", "B=True", "Synced=False", "A=True"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestTransitionTime: the time tells since when a status has been what it is, whatever
// the reason and the message said meanwhile.
func TestTransitionTime(t *testing.T) {
	before := []metav1.Condition{{Type: synced, Status: metav1.ConditionTrue, Reason: "Old", Message: "old", LastTransitionTime: yesterday}}
	for name, test := range map[string]struct {
		before   []metav1.Condition
		set      func(s *Set)
		wantKept bool
	}{
		"the same status keeps it":   {before, func(s *Set) { s.MarkTrue(synced, "New", "new") }, true},
		"False is a transition":      {before, func(s *Set) { s.MarkFalse(synced, "Old", "old") }, false},
		"Unknown is a transition":    {before, func(s *Set) { s.MarkUnknown(synced, "Old", "old") }, false},
		"a condition that is new":    {nil, func(s *Set) { s.MarkTrue(synced, "Old", "old") }, false},
		"setting it twice in a pass": {before, func(s *Set) { s.MarkFalse(synced, "Old", "old"); s.MarkTrue(synced, "New", "new") }, true},
	} {
		t.Run(name, func(t *testing.T) {
			set := New(1, test.before)
			test.set(set)
			list := set.List()
			if len(list) != 1 || list[0].LastTransitionTime.IsZero() {
				t.Fatalf("%+v", list)
			}
			if kept := list[0].LastTransitionTime.Equal(&yesterday); kept != test.wantKept {
				t.Errorf("kept: %t, want %t", kept, test.wantKept)
			}
		})
	}
}

func TestMessageIsBounded(t *testing.T) {
	for name, test := range map[string]struct{ message, want string }{
		"as long as may be":      {strings.Repeat("ä", maxMessage), strings.Repeat("ä", maxMessage)},
		"longer":                 {strings.Repeat("ä", maxMessage+1), strings.Repeat("ä", maxMessage-1) + "…"},
		"bytes that are no text": {"a\xffb", "ab"},
	} {
		t.Run(name, func(t *testing.T) {
			set := New(1, nil)
			set.MarkTrue(synced, "Because", test.message)
			if diff := cmp.Diff(test.want, set.List()[0].Message); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// newValidStatus is a status that breaks no rule.
func newValidStatus() Status {
	condition := func(kind string, status metav1.ConditionStatus) metav1.Condition {
		return metav1.Condition{
			Type: kind, Status: status, ObservedGeneration: 2, Reason: "Because", Message: "it is so", LastTransitionTime: yesterday,
		}
	}
	return Status{Generation: 2, ObservedGeneration: 2, Conditions: []metav1.Condition{
		condition(v1alpha1.ConditionReady, metav1.ConditionFalse),
		condition(v1alpha1.ConditionStalled, metav1.ConditionTrue),
		condition(synced, metav1.ConditionFalse),
	}}
}

// TestFindViolations: the indexes are Ready, Stalled, Synced.
func TestFindViolations(t *testing.T) {
	for name, test := range map[string]struct {
		harm func(*Status)
		want []string
	}{
		"nothing is wrong":            {harm: func(*Status) {}},
		"a generation that is behind": {harm: func(s *Status) { s.Generation = 3 }},
		"a generation of the future":  {func(s *Status) { s.Generation = 1 }, []string{"status.observedGeneration is ahead of the generation"}},
		"a condition of another generation": {
			func(s *Status) { s.Conditions[2].ObservedGeneration = 1 }, []string{"Synced speaks of generation 1, the status of 2"},
		},
		"a condition of another kind": {
			func(s *Status) { s.Conditions = append(s.Conditions, withCondition(s.Conditions[2], "Odd")) },
			[]string{"Odd is no condition of this kind"},
		},
		"a condition is missing": {func(s *Status) { s.Conditions = s.Conditions[:2] }, []string{"Synced is there 0 times"}},
		"a condition is there twice": {
			func(s *Status) { s.Conditions = append(s.Conditions, s.Conditions[2]) }, []string{"Synced is there 2 times"},
		},
		"nothing sums up": {func(s *Status) { s.Conditions = s.Conditions[2:] }, []string{"Ready is there 0 times"}},
		"Stalled without being True": {
			func(s *Status) { s.Conditions[1].Status = metav1.ConditionFalse }, []string{"Stalled is there without being True"},
		},
		"both at once": {
			func(s *Status) {
				s.Conditions = append(s.Conditions, withCondition(s.Conditions[1], v1alpha1.ConditionReconciling))
			},
			[]string{"Reconciling and Stalled are both there"},
		},
		"Ready beside Stalled": {
			func(s *Status) { s.Conditions[0].Status = metav1.ConditionTrue }, []string{"Ready is True beside Reconciling or Stalled"},
		},
		"not ready, and nobody says which": {
			func(s *Status) { s.Conditions = []metav1.Condition{s.Conditions[0], s.Conditions[2]} },
			[]string{"Ready is False and neither Reconciling nor Stalled"},
		},
		"a reason of two words": {
			func(s *Status) { s.Conditions[2].Reason = "No Word" }, []string{`Synced has the reason "No Word"`},
		},
		"no message": {func(s *Status) { s.Conditions[2].Message = "" }, []string{"Synced has a message of 0 bytes"}},
		"a long message": {
			func(s *Status) { s.Conditions[2].Message = strings.Repeat("x", maxMessage+1) }, []string{"Synced has a message of 1025 bytes"},
		},
		"no time": {
			func(s *Status) { s.Conditions[2].LastTransitionTime = metav1.Time{} }, []string{"Synced has no transition time"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			status := newValidStatus()
			test.harm(&status)
			if diff := cmp.Diff(test.want, FindViolations(status, synced), cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func withCondition(c metav1.Condition, kind string) metav1.Condition {
	c.Type = kind
	return c
}
