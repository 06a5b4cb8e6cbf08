// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package promotion

import (
	"encoding/json"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
)

// TestPrependRecord: a history is bounded, and the oldest entry goes first.
func TestPrependRecord(t *testing.T) {
	var history []v1alpha1.PromotionRecord
	for i := range v1alpha1.HistoryLimit + 5 {
		history = PrependRecord(history, newRecord(strconv.Itoa(i+1)))
	}
	if len(history) != v1alpha1.HistoryLimit {
		t.Fatalf("%d entries", len(history))
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
		"no history":                 {},
		"the newest entry":           {history: []v1alpha1.PromotionRecord{newRecord("2"), newRecord("1")}, want: new(newRecord("2"))},
		"one of another incarnation": {history: []v1alpha1.PromotionRecord{other, newRecord("1")}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, LastRecord(test.history, now)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestTagValue(t *testing.T) {
	gates := func(n, observed int) []GateEvidence {
		all := make([]GateEvidence, n)
		for i := range all {
			all[i] = GateEvidence{Name: "gate", Result: "Passed", Observed: strings.Repeat("x", observed)}
		}
		return all
	}
	for name, test := range map[string]struct {
		gates         []GateEvidence
		approvers     []v1alpha1.UserName
		wantGates     []GateEvidence
		wantApprovers []v1alpha1.UserName
	}{
		"everything fits": {
			gates: gates(2, 10), wantGates: gates(2, 10),
			approvers: newUsers(2, "alice"), wantApprovers: newUsers(2, "alice"),
		},
		"what was observed is left out first": {
			gates: gates(20, 400), wantGates: gates(20, 0),
			approvers: newUsers(2, "alice"), wantApprovers: newUsers(2, "alice"),
		},
		"then the gates": {gates: gates(500, 0), approvers: newUsers(2, "alice"), wantApprovers: newUsers(2, "alice")},
		"then all but two approvers, whatever they are called": {
			gates: gates(2, 10), approvers: newUsers(v1alpha1.ApproversLimit, strings.Repeat("\x01", 256)),
			wantApprovers: newUsers(2, strings.Repeat("\x01", 256)),
		},
	} {
		t.Run(name, func(t *testing.T) {
			want := Evidence{
				Promotion: "news/production", Generation: 3, PreviousVersion: "1", Gates: test.gates, Approvers: test.approvers,
				Time: time.Date(2026, 5, 3, 12, 0, 0, 0, time.UTC), Digest: "abc",
			}
			value, err := want.TagValue()
			if err != nil || len(value) > maxEvidenceBytes {
				t.Fatalf("%d bytes, %v", len(value), err)
			}
			var got Evidence
			if err := json.Unmarshal([]byte(value), &got); err != nil {
				t.Fatal(err)
			}
			want.Gates, want.Approvers = test.wantGates, test.wantApprovers
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestTagValueKeepsOverride: however long it is, who waived what for which reason is
// never left out, and whoever else approved is as long as there is room.
func TestTagValueKeepsOverride(t *testing.T) {
	for name, test := range map[string]struct {
		approvers, want []v1alpha1.UserName
	}{
		"nobody was asked":           {},
		"two approvers fit":          {newUsers(v1alpha1.ApproversLimit, strings.Repeat("a", 256)), newUsers(2, strings.Repeat("a", 256))},
		"unless they are a mouthful": {newUsers(v1alpha1.ApproversLimit, strings.Repeat("\x01", 256)), nil},
	} {
		t.Run(name, func(t *testing.T) {
			want := newLongestOverride()
			want.Gates, want.Approvers = make([]GateEvidence, 68), test.approvers
			value, err := want.TagValue()
			if err != nil || value == "" || len(value) > maxEvidenceBytes {
				t.Fatalf("%d bytes, %v", len(value), err)
			}
			var got Evidence
			if err := json.Unmarshal([]byte(value), &got); err != nil {
				t.Fatal(err)
			}
			want.Gates, want.Approvers = nil, test.want
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func newLongestOverride() Evidence {
	e := Evidence{
		Promotion: strings.Repeat("n", 63) + "/" + strings.Repeat("p", 253), Generation: 1 << 60, PreviousVersion: "1234567890",
		Override:    &OverrideEvidence{Reason: strings.Repeat("<", 256)},
		NotEnforced: true, Time: time.Date(2026, 5, 3, 12, 0, 0, 0, time.UTC), Digest: strings.Repeat("a", 64),
	}
	for range 32 {
		e.Override.Gates = append(e.Override.Gates, strings.Repeat("g", 63))
	}
	return e
}

// TestTagValueIsNeverEmpty: what fits by no means is an error.
func TestTagValueIsNeverEmpty(t *testing.T) {
	e := newLongestOverride()
	e.Override.Reason = strings.Repeat("<", maxEvidenceBytes)
	if value, err := e.TagValue(); err == nil || value != "" {
		t.Errorf("%d bytes, %v", len(value), err)
	}
}

func newUsers(n int, name string) []v1alpha1.UserName {
	var all []v1alpha1.UserName
	for range n {
		all = append(all, v1alpha1.UserName(name))
	}
	return all
}

func TestNewGateEvidence(t *testing.T) {
	got := NewGateEvidence([]v1alpha1.GateStatus{{
		Name: "f1", Result: "Failed", Exemption: "Override", Observed: "0.9", Expected: "> 0.5", Message: "long",
	}})
	want := []GateEvidence{{Name: "f1", Result: "Failed", Exemption: "Override", Observed: "0.9", Expected: "> 0.5"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestHasAliasMoved(t *testing.T) {
	underway := newRecord("2")
	for name, test := range map[string]struct {
		situation State
		want      bool
	}{
		"the alias points there":    {newState("2", "2"), true},
		"the alias is where it was": {newState("1", "2"), false},
		"the alias is gone":         {newState("", "2"), false},
		"another incarnation's":     {newState("2", "2").withChange(recreateModel), false},
	} {
		t.Run(name, func(t *testing.T) {
			if got := HasAliasMoved(&underway, test.situation.Model, "champion"); got != test.want {
				t.Errorf("%t, want %t", got, test.want)
			}
		})
	}
}

func TestIsSameTransition(t *testing.T) {
	announced := newRecord("2")
	for name, test := range map[string]struct {
		change func(*v1alpha1.PromotionRecord)
		want   bool
	}{
		"at another time":        {func(r *v1alpha1.PromotionRecord) { r.Time.Time = r.Time.Add(time.Hour) }, true},
		"on other evidence":      {func(r *v1alpha1.PromotionRecord) { r.Evidence = "sha256:other" }, false},
		"in place of another":    {func(r *v1alpha1.PromotionRecord) { r.PreviousVersion = "7" }, false},
		"for another cause":      {func(r *v1alpha1.PromotionRecord) { r.Reason = v1alpha1.PromotionReasonDriftReverted }, false},
		"for a later edit":       {func(r *v1alpha1.PromotionRecord) { r.Generation++ }, false},
		"after another stay":     {func(r *v1alpha1.PromotionRecord) { r.PreviousVersionSince = hourMetaTime(0) }, false},
		"with another override":  {func(r *v1alpha1.PromotionRecord) { r.Override = &v1alpha1.OverrideRecord{Reason: "x"} }, false},
		"approved by others":     {func(r *v1alpha1.PromotionRecord) { r.Approvers = []v1alpha1.UserName{"alice"} }, false},
		"of another artifact":    {func(r *v1alpha1.PromotionRecord) { r.VersionCreationTimestamp++ }, false},
		"with nothing different": {func(*v1alpha1.PromotionRecord) {}, true},
	} {
		t.Run(name, func(t *testing.T) {
			other := announced
			test.change(&other)
			if got := IsSameTransition(&announced, &other); got != test.want {
				t.Errorf("%t, want %t", got, test.want)
			}
		})
	}
	if IsSameTransition(nil, &announced) {
		t.Error("nothing is the same move as something")
	}
}

func TestIsEvidenceFor(t *testing.T) {
	entry := newRecord("2")
	entry.Evidence, entry.PreviousVersion, entry.Generation = DigestPrefix+"abc", "1", 3
	entry.Time.Time = time.Date(2026, 5, 3, 12, 0, 0, 0, time.UTC)
	written := Evidence{Promotion: "news/it", Generation: 3, PreviousVersion: "1", Time: entry.Time.Time, Digest: "abc"}
	for name, test := range map[string]struct {
		change func(*Evidence)
		want   bool
	}{
		"of this change":     {func(*Evidence) {}, true},
		"of an earlier one":  {func(e *Evidence) { e.Time = e.Time.Add(-time.Hour) }, false},
		"of other evidence":  {func(e *Evidence) { e.Digest = "def" }, false},
		"for another edit":   {func(e *Evidence) { e.Generation = 2 }, false},
		"in another's place": {func(e *Evidence) { e.PreviousVersion = "5" }, false},
	} {
		t.Run(name, func(t *testing.T) {
			tag := written
			test.change(&tag)
			value, err := tag.TagValue()
			if err != nil {
				t.Fatal(err)
			}
			if got := IsEvidenceFor(value, &entry); got != test.want {
				t.Errorf("%t, want %t", got, test.want)
			}
		})
	}
	for _, value := range []string{"", "{}", "by hand"} {
		if IsEvidenceFor(value, &entry) {
			t.Errorf("%q evidences it", value)
		}
	}
}
