// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package condition

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
)

const synced = v1alpha1.ConditionSynced

// yesterday is the transition time of the previous conditions.
var yesterday = metav1.NewTime(time.Date(2026, 5, 2, 12, 0, 0, 0, time.UTC))

func TestListIsSorted(t *testing.T) {
	set := New(3, nil)
	for _, conditionType := range []string{"B", synced, v1alpha1.ConditionStalled, v1alpha1.ConditionReady, "A"} {
		set.MarkTrue(conditionType, "Because", "it is so")
	}
	set.MarkFalse(synced, "Because", "it is not so")
	var got []string
	for _, c := range set.List() {
		got = append(got, c.Type+"="+string(c.Status))
		if c.ObservedGeneration != 3 {
			t.Errorf("%s has observedGeneration %d", c.Type, c.ObservedGeneration)
		}
	}
	if diff := cmp.Diff([]string{"Ready=True", "Stalled=True", "B=True", "Synced=False", "A=True"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestTransitionTime: the transition time changes with the status only, not with the reason or the
// message.
func TestTransitionTime(t *testing.T) {
	before := []metav1.Condition{{Type: synced, Status: metav1.ConditionTrue, Reason: "Old", Message: "old", LastTransitionTime: yesterday}}
	for name, test := range map[string]struct {
		before   []metav1.Condition
		set      func(s *Set)
		wantKept bool
	}{
		"the same status keeps it": {before, func(s *Set) { s.MarkTrue(synced, "New", "new") }, true},
		"False is a transition":    {before, func(s *Set) { s.MarkFalse(synced, "Old", "old") }, false},
		"Unknown is a transition":  {before, func(s *Set) { s.MarkUnknown(synced, "Old", "old") }, false},
		"a new condition":          {nil, func(s *Set) { s.MarkTrue(synced, "Old", "old") }, false},
		"setting it twice":         {before, func(s *Set) { s.MarkFalse(synced, "Old", "old"); s.MarkTrue(synced, "New", "new") }, true},
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
		"the maximum length": {strings.Repeat("ä", maxMessageLength), strings.Repeat("ä", maxMessageLength)},
		"one character more": {strings.Repeat("ä", maxMessageLength+1), strings.Repeat("ä", maxMessageLength-1) + "…"},
		"invalid UTF-8":      {"a\xffb", "ab"},
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
