// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package promotion

import (
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
)

// TestPrependRecord shows that the history is bounded, and drops the oldest record.
func TestPrependRecord(t *testing.T) {
	var history []v1alpha1.PromotionRecord
	for i := range v1alpha1.HistoryLimit + 5 {
		history = prependRecord(history, newRecord(strconv.Itoa(i+1)))
	}
	if len(history) != v1alpha1.HistoryLimit {
		t.Fatalf("%d records", len(history))
	}
	if diff := cmp.Diff([]v1alpha1.Version{"25", "6"}, []v1alpha1.Version{history[0].Version, history[19].Version}); diff != "" {
		t.Errorf("newest and oldest (-want +got):\n%s", diff)
	}
}

func TestLastRecord(t *testing.T) {
	now := newState("1", "1").Model
	other := newRecord("2")
	other.ModelCreationTimestamp++
	for name, test := range map[string]struct {
		history []v1alpha1.PromotionRecord
		want    *v1alpha1.PromotionRecord
	}{
		"no history":        {},
		"the newest record": {history: []v1alpha1.PromotionRecord{newRecord("2"), newRecord("1")}, want: new(newRecord("2"))},
		"a record of the model before it was created again": {history: []v1alpha1.PromotionRecord{other, newRecord("1")}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, LastRecord(test.history, now)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestIsSameTransition(t *testing.T) {
	pending := newRecord("2")
	for name, test := range map[string]struct {
		change func(*v1alpha1.PromotionRecord)
		want   bool
	}{
		"at another time":        {func(r *v1alpha1.PromotionRecord) { r.Time.Time = r.Time.Add(time.Hour) }, true},
		"on other evidence":      {func(r *v1alpha1.PromotionRecord) { r.Evidence = "sha256:other" }, false},
		"in place of another":    {func(r *v1alpha1.PromotionRecord) { r.PreviousVersion = "7" }, false},
		"for another reason":     {func(r *v1alpha1.PromotionRecord) { r.Reason = v1alpha1.PromotionReasonDriftReverted }, false},
		"for a later generation": {func(r *v1alpha1.PromotionRecord) { r.Generation++ }, false},
		"after another tenure":   {func(r *v1alpha1.PromotionRecord) { r.PreviousVersionSince = hourMetaTime(0) }, false},
		"with another override":  {func(r *v1alpha1.PromotionRecord) { r.Override = &v1alpha1.OverrideRecord{Reason: "x"} }, false},
		"approved by others":     {func(r *v1alpha1.PromotionRecord) { r.Approvers = []v1alpha1.UserName{"alice"} }, false},
		"of another artifact":    {func(r *v1alpha1.PromotionRecord) { r.VersionCreationTimestamp++ }, false},
		"with nothing different": {func(*v1alpha1.PromotionRecord) {}, true},
	} {
		t.Run(name, func(t *testing.T) {
			other := pending
			test.change(&other)
			if got := isSameTransition(&pending, &other); got != test.want {
				t.Errorf("%t, want %t", got, test.want)
			}
		})
	}
	if isSameTransition(nil, &pending) {
		t.Error("no record is the same transition as a record")
	}
}

// TestRepeatedReverts shows that a script that keeps moving the alias away does not erase the history.
func TestRepeatedReverts(t *testing.T) {
	promoted, first, second, other := newRecord("1"), newRecord("1"), newRecord("1"), newRecord("2")
	promoted.Reason, other.Reason = v1alpha1.PromotionReasonPromoted, v1alpha1.PromotionReasonDriftReverted
	first.Reason, first.PreviousVersion = v1alpha1.PromotionReasonDriftReverted, "3"
	second.Reason, second.PreviousVersion = v1alpha1.PromotionReasonDriftReverted, "4"
	for name, test := range map[string]struct {
		before, want []v1alpha1.PromotionRecord
	}{
		"the first revert":                      {[]v1alpha1.PromotionRecord{promoted}, []v1alpha1.PromotionRecord{second, promoted}},
		"a second revert to one version":        {[]v1alpha1.PromotionRecord{first, promoted}, []v1alpha1.PromotionRecord{second, promoted}},
		"a revert after one to another version": {[]v1alpha1.PromotionRecord{other}, []v1alpha1.PromotionRecord{second, other}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, prependRecord(test.before, second)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestPreviousVersion(t *testing.T) {
	promoted, reverted := newRecord("2"), newRecord("2")
	promoted.Reason, promoted.PreviousVersion = v1alpha1.PromotionReasonPromoted, "1"
	reverted.Reason, reverted.PreviousVersion = v1alpha1.PromotionReasonDriftReverted, "3"
	for name, test := range map[string]struct {
		history []v1alpha1.PromotionRecord
		want    v1alpha1.Version
	}{
		"no history":                        {},
		"a promotion":                       {[]v1alpha1.PromotionRecord{promoted}, "1"},
		"a version that was set externally": {[]v1alpha1.PromotionRecord{reverted, promoted}, "1"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := PreviousVersion(test.history); got != test.want {
				t.Errorf("version %q, want %q", got, test.want)
			}
		})
	}
}
