// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package promotion

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/gate"
)

var noon = time.Date(2026, 5, 3, 12, 0, 0, 0, time.UTC)

// hourTime is some hours after noon, or before it.
func hourTime(n int) time.Time { return noon.Add(time.Duration(n) * time.Hour) }

func hourMetaTime(n int) *metav1.Time { return new(metav1.NewTime(hourTime(n))) }

// promotedAt is an entry of a version that took the stage from another, which had held it since.
func promotedAt(n int, version, from string, since *metav1.Time) v1alpha1.PromotionRecord {
	r := newRecord(version)
	r.Time, r.Reason = metav1.NewTime(hourTime(n)), v1alpha1.PromotionReasonPromoted
	r.PreviousVersion, r.PreviousVersionSince = v1alpha1.Version(from), since
	return r
}

func revertedAt(n int, version, from string) v1alpha1.PromotionRecord {
	r := promotedAt(n, version, from, nil)
	r.Reason = v1alpha1.PromotionReasonDriftReverted
	return r
}

// TestListTenures asks for version 1.
func TestListTenures(t *testing.T) {
	another := promotedAt(0, "1", "", nil)
	another.VersionCreationTimestamp++
	for name, test := range map[string]struct {
		history []v1alpha1.PromotionRecord
		current v1alpha1.Version
		since   *metav1.Time
		gone    bool
		want    []gate.Tenure
	}{
		"no history": {current: "1", since: hourMetaTime(0)},
		"it took the stage and holds it": {
			history: []v1alpha1.PromotionRecord{promotedAt(0, "1", "", nil)}, current: "1", since: hourMetaTime(0), want: []gate.Tenure{{Since: hourTime(0)}},
		},
		"it took the stage, and the alias points elsewhere now": {
			history: []v1alpha1.PromotionRecord{promotedAt(0, "1", "", nil)}, current: "1", since: hourMetaTime(0), gone: true,
		},
		"the promotion has not seen yet that the alias is back": {
			history: []v1alpha1.PromotionRecord{promotedAt(0, "1", "", nil)}, current: "5", want: []gate.Tenure{{}},
		},
		"the promotion is suspended": {
			history: []v1alpha1.PromotionRecord{promotedAt(0, "1", "", nil)}, current: "1", want: []gate.Tenure{{}},
		},
		"another artifact with its number took the stage": {
			history: []v1alpha1.PromotionRecord{another}, current: "1", since: hourMetaTime(0),
		},
		"it was replaced: that stay is over": {
			history: []v1alpha1.PromotionRecord{promotedAt(5, "2", "1", hourMetaTime(0)), promotedAt(0, "1", "", nil)}, current: "2", since: hourMetaTime(5), gone: true,
			want: []gate.Tenure{{Since: hourTime(0), Until: hourTime(5)}},
		},
		"it was replaced, and another hand put it back": {
			history: []v1alpha1.PromotionRecord{promotedAt(5, "2", "1", hourMetaTime(0)), promotedAt(0, "1", "", nil)}, current: "1",
			want: []gate.Tenure{{Since: hourTime(0), Until: hourTime(5)}},
		},
		"it was replaced after another hand had moved the alias": {
			history: []v1alpha1.PromotionRecord{promotedAt(5, "2", "4", nil), promotedAt(0, "1", "", nil)}, current: "2", since: hourMetaTime(5), gone: true,
		},
		"it was replaced by a version that another hand had put there": {
			history: []v1alpha1.PromotionRecord{promotedAt(5, "2", "1", nil), promotedAt(0, "1", "", nil)}, current: "2", since: hourMetaTime(5), gone: true,
		},
		"another hand moved the alias, and it was put back": {
			history: []v1alpha1.PromotionRecord{revertedAt(5, "1", "4"), promotedAt(0, "1", "", nil)}, current: "1", since: hourMetaTime(5),
			want: []gate.Tenure{{Since: hourTime(5)}},
		},
		"it was put back, and replaced later": {
			history: []v1alpha1.PromotionRecord{promotedAt(9, "2", "1", hourMetaTime(5)), revertedAt(5, "1", "4"), promotedAt(0, "1", "", nil)},
			current: "2", since: hourMetaTime(9), gone: true, want: []gate.Tenure{{Since: hourTime(5), Until: hourTime(9)}},
		},
		"it returned": {
			history: []v1alpha1.PromotionRecord{promotedAt(9, "1", "2", hourMetaTime(5)), promotedAt(5, "2", "1", hourMetaTime(0)), promotedAt(0, "1", "", nil)},
			current: "1", since: hourMetaTime(9), want: []gate.Tenure{{Since: hourTime(9)}, {Since: hourTime(0), Until: hourTime(5)}},
		},
		"its entry fell out of the history": {
			history: []v1alpha1.PromotionRecord{promotedAt(9, "3", "2", hourMetaTime(5)), promotedAt(5, "2", "1", hourMetaTime(0))},
			current: "3", since: hourMetaTime(9), gone: true,
		},
	} {
		t.Run(name, func(t *testing.T) {
			status := &v1alpha1.ModelPromotionStatus{History: test.history, CurrentVersion: test.current, CurrentVersionSince: test.since}
			if diff := cmp.Diff(test.want, ListTenures(status, newCandidate("1"), !test.gone)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestCurrentVersionSince looks at the stage a quarter of a second after noon.
func TestCurrentVersionSince(t *testing.T) {
	second := new(metav1.NewTime(noon.Add(time.Second)))
	for name, test := range map[string]struct {
		situation State
		before    v1alpha1.ModelPromotionStatus
		took      bool
		want      *metav1.Time
	}{
		"nothing is recorded":            {situation: newState("1", "1")},
		"the record is of another model": {situation: newState("1", "1", "1").withChange(recreateModel)},
		"another hand's choice holds it": {
			situation: newState("2", "1", "1"), before: v1alpha1.ModelPromotionStatus{CurrentVersion: "1", CurrentVersionSince: hourMetaTime(-5)},
		},
		"it took the stage now, to the next second": {situation: newState("1", "1", "1"), took: true, want: second},
		"it was put back now, before anybody saw it gone": {
			situation: newState("1", "1", "1"), took: true, want: second,
			before: v1alpha1.ModelPromotionStatus{CurrentVersion: "1", CurrentVersionSince: hourMetaTime(-5)},
		},
		"it holds the stage as before": {
			situation: newState("1", "1", "1"), want: hourMetaTime(-5),
			before: v1alpha1.ModelPromotionStatus{CurrentVersion: "1", CurrentVersionSince: hourMetaTime(-5)},
		},
		"another hand put it back": {
			situation: newState("1", "1", "1"), want: second, before: v1alpha1.ModelPromotionStatus{CurrentVersion: "2"},
		},
		"nobody looked for some time": {
			situation: newState("1", "1", "1"), want: second, before: v1alpha1.ModelPromotionStatus{CurrentVersion: "1"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			got := CurrentVersionSince(&test.before, test.situation, test.took, noon.Add(time.Second/4))
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestPreviousVersionSince lets version 2 take the stage.
func TestPreviousVersionSince(t *testing.T) {
	for name, test := range map[string]struct {
		situation State
		current   v1alpha1.Version
		want      *metav1.Time
	}{
		"from the holder": {newState("1", "2", "1"), "1", hourMetaTime(-5)},
		"from nobody":     {newState("", "2"), "", nil},
		"from what was there before the operator":        {newState("1", "2"), "1", nil},
		"from an intruder":                               {newState("3", "2", "1"), "1", nil},
		"from the holder, whom another hand put there":   {newState("1", "2", "1"), "3", nil},
		"that another hand has put there":                {newState("2", "2", "1"), "1", nil},
		"from the holder in another model with its name": {newState("1", "2", "1").withChange(recreateModel), "1", nil},
	} {
		t.Run(name, func(t *testing.T) {
			status := &v1alpha1.ModelPromotionStatus{History: test.situation.History, CurrentVersion: test.current, CurrentVersionSince: hourMetaTime(-5)}
			if diff := cmp.Diff(test.want, PreviousVersionSince(status, test.situation)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
