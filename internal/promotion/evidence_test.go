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

// TestRecordKeepsTheNewest: a history is bounded, and the oldest entry goes first.
func TestRecordKeepsTheNewest(t *testing.T) {
	var history []v1alpha1.PromotionRecord
	for i := range v1alpha1.HistoryLimit + 5 {
		history = Record(history, record(strconv.Itoa(i+1)))
	}
	if len(history) != v1alpha1.HistoryLimit {
		t.Fatalf("%d entries", len(history))
	}
	if diff := cmp.Diff([]v1alpha1.Version{"25", "6"}, []v1alpha1.Version{history[0].Version, history[19].Version}); diff != "" {
		t.Errorf("newest and oldest (-want +got):\n%s", diff)
	}
}

func TestRecordedSpeaksOfThisModel(t *testing.T) {
	now := champion("1", "1").Model
	other := record("2")
	other.ModelCreationTimestamp++
	for name, test := range map[string]struct {
		history []v1alpha1.PromotionRecord
		want    *v1alpha1.PromotionRecord
	}{
		"no history":                 {},
		"the newest entry":           {history: []v1alpha1.PromotionRecord{record("2"), record("1")}, want: new(record("2"))},
		"one of another incarnation": {history: []v1alpha1.PromotionRecord{other, record("1")}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, Recorded(test.history, now)); diff != "" {
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
		gates     []GateEvidence
		wantGates []GateEvidence
	}{
		"everything fits":                     {gates: gates(2, 10), wantGates: gates(2, 10)},
		"what was observed is left out first": {gates: gates(20, 400), wantGates: gates(20, 0)},
		"then the gates":                      {gates: gates(500, 0)},
	} {
		t.Run(name, func(t *testing.T) {
			want := Evidence{
				Promotion: "news/production", Generation: 3, From: "1", Gates: test.gates,
				Time: time.Date(2026, 5, 3, 12, 0, 0, 0, time.UTC), Digest: "abc",
			}
			value, err := want.TagValue()
			if err != nil || len(value) > maxEvidence {
				t.Fatalf("%d bytes, %v", len(value), err)
			}
			var got Evidence
			if err := json.Unmarshal([]byte(value), &got); err != nil {
				t.Fatal(err)
			}
			want.Gates = test.wantGates
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestGatesEvidenceLeavesTheSentenceOut(t *testing.T) {
	got := GatesEvidence([]v1alpha1.GateStatus{{Name: "f1", Result: "Passed", Observed: "0.9", Expected: "> 0.5", Message: "long"}})
	want := []GateEvidence{{Name: "f1", Result: "Passed", Observed: "0.9", Expected: "> 0.5"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
