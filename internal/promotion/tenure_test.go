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

// promotedAt is a record of a version that replaced another one, which had held the stage since then.
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

// TestListTenures lists the tenures of version 1.
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
		"it was promoted and holds the stage": {
			history: []v1alpha1.PromotionRecord{promotedAt(0, "1", "", nil)},
			current: "1", since: hourMetaTime(0), want: []gate.Tenure{{Since: hourTime(0)}},
		},
		"it was promoted, and the alias points elsewhere now": {
			history: []v1alpha1.PromotionRecord{promotedAt(0, "1", "", nil)}, current: "1", since: hourMetaTime(0), gone: true,
		},
		"the promotion has not observed yet that the alias is back": {
			history: []v1alpha1.PromotionRecord{promotedAt(0, "1", "", nil)}, current: "5", want: []gate.Tenure{{}},
		},
		"the promotion is suspended": {
			history: []v1alpha1.PromotionRecord{promotedAt(0, "1", "", nil)}, current: "1", want: []gate.Tenure{{}},
		},
		"another artifact with its number was promoted": {
			history: []v1alpha1.PromotionRecord{another}, current: "1", since: hourMetaTime(0),
		},
		"it was replaced: that tenure has ended": {
			history: []v1alpha1.PromotionRecord{promotedAt(5, "2", "1", hourMetaTime(0)), promotedAt(0, "1", "", nil)},
			current: "2", since: hourMetaTime(5), gone: true,
			want: []gate.Tenure{{Since: hourTime(0), Until: hourTime(5)}},
		},
		"it was replaced, and the alias was set to it externally": {
			history: []v1alpha1.PromotionRecord{promotedAt(5, "2", "1", hourMetaTime(0)), promotedAt(0, "1", "", nil)}, current: "1",
			want: []gate.Tenure{{Since: hourTime(0), Until: hourTime(5)}},
		},
		"it was replaced after an external change of the alias": {
			history: []v1alpha1.PromotionRecord{promotedAt(5, "2", "4", nil), promotedAt(0, "1", "", nil)},
			current: "2", since: hourMetaTime(5), gone: true,
		},
		"it was replaced by a version that was set externally": {
			history: []v1alpha1.PromotionRecord{promotedAt(5, "2", "1", nil), promotedAt(0, "1", "", nil)},
			current: "2", since: hourMetaTime(5), gone: true,
		},
		"the alias was changed externally, and reverted": {
			history: []v1alpha1.PromotionRecord{revertedAt(5, "1", "4"), promotedAt(0, "1", "", nil)}, current: "1", since: hourMetaTime(5),
			want: []gate.Tenure{{Since: hourTime(5)}},
		},
		"drift was reverted, and it was replaced later": {
			history: []v1alpha1.PromotionRecord{promotedAt(9, "2", "1", hourMetaTime(5)), revertedAt(5, "1", "4"), promotedAt(0, "1", "", nil)},
			current: "2", since: hourMetaTime(9), gone: true, want: []gate.Tenure{{Since: hourTime(5), Until: hourTime(9)}},
		},
		"it returned": {
			history: []v1alpha1.PromotionRecord{
				promotedAt(9, "1", "2", hourMetaTime(5)), promotedAt(5, "2", "1", hourMetaTime(0)), promotedAt(0, "1", "", nil),
			},
			current: "1", since: hourMetaTime(9), want: []gate.Tenure{{Since: hourTime(9)}, {Since: hourTime(0), Until: hourTime(5)}},
		},
		"its record was dropped from the history": {
			history: []v1alpha1.PromotionRecord{promotedAt(9, "3", "2", hourMetaTime(5)), promotedAt(5, "2", "1", hourMetaTime(0))},
			current: "3", since: hourMetaTime(9), gone: true,
		},
	} {
		t.Run(name, func(t *testing.T) {
			status := &v1alpha1.ModelPromotionStatus{History: test.history, CurrentVersion: test.current, CurrentVersionSince: test.since}
			if diff := cmp.Diff(test.want, listTenures(status, newCandidate("1"), !test.gone)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestCurrentVersionSince observes the stage a quarter of a second after noon.
func TestCurrentVersionSince(t *testing.T) {
	second := new(metav1.NewTime(noon.Add(time.Second)))
	for name, test := range map[string]struct {
		state    State
		before   v1alpha1.ModelPromotionStatus
		promoted bool
		want     *metav1.Time
	}{
		"the history is empty":           {state: newState("1", "1")},
		"the record is of another model": {state: newState("1", "1", "1").withChange(recreateModel)},
		"a version that was set externally holds the stage": {
			state: newState("2", "1", "1"), before: v1alpha1.ModelPromotionStatus{CurrentVersion: "1", CurrentVersionSince: hourMetaTime(-5)},
		},
		"it was promoted now, rounded up to the next second": {state: newState("1", "1", "1"), promoted: true, want: second},
		"drift was reverted now, before a status showed it": {
			state: newState("1", "1", "1"), promoted: true, want: second,
			before: v1alpha1.ModelPromotionStatus{CurrentVersion: "1", CurrentVersionSince: hourMetaTime(-5)},
		},
		"it holds the stage as before": {
			state: newState("1", "1", "1"), want: hourMetaTime(-5),
			before: v1alpha1.ModelPromotionStatus{CurrentVersion: "1", CurrentVersionSince: hourMetaTime(-5)},
		},
		"the alias was set to it externally": {
			state: newState("1", "1", "1"), want: second, before: v1alpha1.ModelPromotionStatus{CurrentVersion: "2"},
		},
		"the stage was not observed for some time": {
			state: newState("1", "1", "1"), want: second, before: v1alpha1.ModelPromotionStatus{CurrentVersion: "1"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			got := CurrentVersionSince(&test.before, test.state, test.promoted, noon.Add(time.Second/4))
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestPreviousVersionSince promotes version 2.
func TestPreviousVersionSince(t *testing.T) {
	for name, test := range map[string]struct {
		state   State
		current v1alpha1.Version
		want    *metav1.Time
	}{
		"the last promoted version":                           {newState("1", "2", "1"), "1", hourMetaTime(-5)},
		"no version":                                          {newState("", "2"), "", nil},
		"a version that is older than the history":            {newState("1", "2"), "1", nil},
		"a version that was set externally":                   {newState("3", "2", "1"), "1", nil},
		"the last promoted version, which was set externally": {newState("1", "2", "1"), "3", nil},
		"the candidate, which was set externally":             {newState("2", "2", "1"), "1", nil},
		"a version of the model before it was created again":  {newState("1", "2", "1").withChange(recreateModel), "1", nil},
	} {
		t.Run(name, func(t *testing.T) {
			s := test.state
			s.Object.Status.CurrentVersion, s.Object.Status.CurrentVersionSince = test.current, hourMetaTime(-5)
			if diff := cmp.Diff(test.want, previousVersionSince(s)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
