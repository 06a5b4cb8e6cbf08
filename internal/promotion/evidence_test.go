// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package promotion

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/gate"
)

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
		"then all but two approvers, whatever their names": {
			gates: gates(2, 10), approvers: newUsers(v1alpha1.ApproversLimit, strings.Repeat("\x01", 256)),
			wantApprovers: newUsers(2, strings.Repeat("\x01", 256)),
		},
	} {
		t.Run(name, func(t *testing.T) {
			want := Evidence{
				Promotion: "news/production", Generation: 3, PreviousVersion: "1", Gates: test.gates, Approvers: test.approvers,
				Time: time.Date(2026, 5, 3, 12, 0, 0, 0, time.UTC), Digest: "abc",
			}
			value, err := want.tagValue()
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

// TestTagValueKeepsOverride shows that the longest override is never left out, and that approvers are
// kept as long as there is room.
func TestTagValueKeepsOverride(t *testing.T) {
	for name, test := range map[string]struct {
		approvers, want []v1alpha1.UserName
	}{
		"no approver": {},
		"two approvers fit": {
			newUsers(v1alpha1.ApproversLimit, strings.Repeat("a", 256)), newUsers(2, strings.Repeat("a", 256)),
		},
		"unless their names have to be escaped": {newUsers(v1alpha1.ApproversLimit, strings.Repeat("\x01", 256)), nil},
	} {
		t.Run(name, func(t *testing.T) {
			want := newLongestOverride()
			want.Gates, want.Approvers = make([]GateEvidence, 68), test.approvers
			value, err := want.tagValue()
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

// TestTagValueIsNeverEmpty shows that evidence that does not fit is an error.
func TestTagValueIsNeverEmpty(t *testing.T) {
	e := newLongestOverride()
	e.Override.Reason = strings.Repeat("<", maxEvidenceBytes)
	if value, err := e.tagValue(); err == nil || value != "" {
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
	got := newGateEvidence(gate.Result{Gates: []gate.Answer{{
		Name: "f1", Result: "Failed", Exemption: "Override", Observed: "0.9", Expected: "> 0.5", Message: "long",
	}}})
	want := []GateEvidence{{Name: "f1", Result: "Failed", Exemption: "Override", Observed: "0.9", Expected: "> 0.5"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestIsEvidenceFor(t *testing.T) {
	record := newRecord("2")
	record.Evidence, record.PreviousVersion, record.Generation = digestPrefix+"abc", "1", 3
	record.Time.Time = time.Date(2026, 5, 3, 12, 0, 0, 0, time.UTC)
	written := Evidence{Promotion: "news/it", Generation: 3, PreviousVersion: "1", Time: record.Time.Time, Digest: "abc"}
	for name, test := range map[string]struct {
		change func(*Evidence)
		want   bool
	}{
		"of this transition":          {func(*Evidence) {}, true},
		"of an earlier one":           {func(e *Evidence) { e.Time = e.Time.Add(-time.Hour) }, false},
		"of other evidence":           {func(e *Evidence) { e.Digest = "def" }, false},
		"for another generation":      {func(e *Evidence) { e.Generation = 2 }, false},
		"in place of another version": {func(e *Evidence) { e.PreviousVersion = "5" }, false},
	} {
		t.Run(name, func(t *testing.T) {
			tag := written
			test.change(&tag)
			value, err := tag.tagValue()
			if err != nil {
				t.Fatal(err)
			}
			if got := isEvidenceFor(value, &record); got != test.want {
				t.Errorf("%t, want %t", got, test.want)
			}
		})
	}
	for _, value := range []string{"", "{}", "by hand"} {
		if isEvidenceFor(value, &record) {
			t.Errorf("%q is evidence for it", value)
		}
	}
}
