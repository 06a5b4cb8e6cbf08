// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package promotion

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
)

var noon = time.Date(2026, 5, 3, 12, 0, 0, 0, time.UTC)

// hour is some hours after noon, or before it.
func hour(n int) time.Time { return noon.Add(time.Duration(n) * time.Hour) }

func at(n int) *metav1.Time { return new(metav1.NewTime(hour(n))) }

// tookAt is an entry of a version that took the stage from another, which had held it since.
func tookAt(n int, version, from string, since *metav1.Time) v1alpha1.PromotionRecord {
	r := record(version)
	r.Time, r.PreviousVersion, r.PreviousSince, r.Cause = metav1.NewTime(hour(n)), v1alpha1.Version(from), since, v1alpha1.CausePromoted
	return r
}

func putBackAt(n int, version, from string) v1alpha1.PromotionRecord {
	r := tookAt(n, version, from, nil)
	r.Cause = v1alpha1.CauseDriftReverted
	return r
}

// TestStaysOf asks for version 1.
func TestStaysOf(t *testing.T) {
	another := tookAt(0, "1", "", nil)
	another.VersionCreationTimestamp++
	for name, test := range map[string]struct {
		history []v1alpha1.PromotionRecord
		current v1alpha1.Version
		since   *metav1.Time
		gone    bool
		want    []Stay
	}{
		"no history": {current: "1", since: at(0)},
		"it took the stage and holds it": {
			history: []v1alpha1.PromotionRecord{tookAt(0, "1", "", nil)}, current: "1", since: at(0), want: []Stay{{Since: hour(0)}},
		},
		"it took the stage, and the alias points elsewhere now": {
			history: []v1alpha1.PromotionRecord{tookAt(0, "1", "", nil)}, current: "1", since: at(0), gone: true,
		},
		"the promotion has not seen yet that the alias is back": {
			history: []v1alpha1.PromotionRecord{tookAt(0, "1", "", nil)}, current: "5", want: []Stay{{}},
		},
		"the promotion is suspended": {
			history: []v1alpha1.PromotionRecord{tookAt(0, "1", "", nil)}, current: "1", want: []Stay{{}},
		},
		"another artifact with its number took the stage": {
			history: []v1alpha1.PromotionRecord{another}, current: "1", since: at(0),
		},
		"it was replaced: that stay is over": {
			history: []v1alpha1.PromotionRecord{tookAt(5, "2", "1", at(0)), tookAt(0, "1", "", nil)}, current: "2", since: at(5), gone: true,
			want: []Stay{{Since: hour(0), Until: hour(5)}},
		},
		"it was replaced, and another hand put it back": {
			history: []v1alpha1.PromotionRecord{tookAt(5, "2", "1", at(0)), tookAt(0, "1", "", nil)}, current: "1",
			want: []Stay{{Since: hour(0), Until: hour(5)}},
		},
		"it was replaced after another hand had moved the alias": {
			history: []v1alpha1.PromotionRecord{tookAt(5, "2", "4", nil), tookAt(0, "1", "", nil)}, current: "2", since: at(5), gone: true,
		},
		"it was replaced by a version that another hand had put there": {
			history: []v1alpha1.PromotionRecord{tookAt(5, "2", "1", nil), tookAt(0, "1", "", nil)}, current: "2", since: at(5), gone: true,
		},
		"another hand moved the alias, and it was put back": {
			history: []v1alpha1.PromotionRecord{putBackAt(5, "1", "4"), tookAt(0, "1", "", nil)}, current: "1", since: at(5),
			want: []Stay{{Since: hour(5)}},
		},
		"it was put back, and replaced later": {
			history: []v1alpha1.PromotionRecord{tookAt(9, "2", "1", at(5)), putBackAt(5, "1", "4"), tookAt(0, "1", "", nil)},
			current: "2", since: at(9), gone: true, want: []Stay{{Since: hour(5), Until: hour(9)}},
		},
		"it returned": {
			history: []v1alpha1.PromotionRecord{tookAt(9, "1", "2", at(5)), tookAt(5, "2", "1", at(0)), tookAt(0, "1", "", nil)},
			current: "1", since: at(9), want: []Stay{{Since: hour(9)}, {Since: hour(0), Until: hour(5)}},
		},
		"its entry fell out of the history": {
			history: []v1alpha1.PromotionRecord{tookAt(9, "3", "2", at(5)), tookAt(5, "2", "1", at(0))},
			current: "3", since: at(9), gone: true,
		},
	} {
		t.Run(name, func(t *testing.T) {
			status := &v1alpha1.ModelPromotionStatus{History: test.history, CurrentVersion: test.current, HeldSince: test.since}
			if diff := cmp.Diff(test.want, StaysOf(status, candidate("1"), !test.gone)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestHeldSince looks at the stage a quarter of a second after noon.
func TestHeldSince(t *testing.T) {
	second := new(metav1.NewTime(noon.Add(time.Second)))
	for name, test := range map[string]struct {
		situation Situation
		before    v1alpha1.ModelPromotionStatus
		took      bool
		want      *metav1.Time
	}{
		"nothing is recorded":            {situation: champion("1", "1")},
		"the record is of another model": {situation: champion("1", "1", "1").with(recreated)},
		"another hand's choice holds it": {
			situation: champion("2", "1", "1"), before: v1alpha1.ModelPromotionStatus{CurrentVersion: "1", HeldSince: at(-5)},
		},
		"it took the stage now, to the next second": {situation: champion("1", "1", "1"), took: true, want: second},
		"it was put back now, before anybody saw it gone": {
			situation: champion("1", "1", "1"), took: true, want: second,
			before: v1alpha1.ModelPromotionStatus{CurrentVersion: "1", HeldSince: at(-5)},
		},
		"it holds the stage as before": {
			situation: champion("1", "1", "1"), want: at(-5),
			before: v1alpha1.ModelPromotionStatus{CurrentVersion: "1", HeldSince: at(-5)},
		},
		"another hand put it back": {
			situation: champion("1", "1", "1"), want: second, before: v1alpha1.ModelPromotionStatus{CurrentVersion: "2"},
		},
		"nobody looked for some time": {
			situation: champion("1", "1", "1"), want: second, before: v1alpha1.ModelPromotionStatus{CurrentVersion: "1"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			got := HeldSince(&test.before, test.situation, test.took, noon.Add(time.Second/4))
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestLoserSince lets version 2 take the stage.
func TestLoserSince(t *testing.T) {
	for name, test := range map[string]struct {
		situation Situation
		current   v1alpha1.Version
		want      *metav1.Time
	}{
		"from the holder": {champion("1", "2", "1"), "1", at(-5)},
		"from nobody":     {champion("", "2"), "", nil},
		"from what was there before the operator":        {champion("1", "2"), "1", nil},
		"from an intruder":                               {champion("3", "2", "1"), "1", nil},
		"from the holder, whom another hand put there":   {champion("1", "2", "1"), "3", nil},
		"that another hand has put there":                {champion("2", "2", "1"), "1", nil},
		"from the holder in another model with its name": {champion("1", "2", "1").with(recreated), "1", nil},
	} {
		t.Run(name, func(t *testing.T) {
			status := &v1alpha1.ModelPromotionStatus{History: test.situation.History, CurrentVersion: test.current, HeldSince: at(-5)}
			if diff := cmp.Diff(test.want, LoserSince(status, test.situation)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
