// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package gate

import (
	"fmt"
	"math/big"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
)

func TestComparisonReport(t *testing.T) {
	tests := map[string]struct {
		candidate, current []entities.Metric
		want               []MetricChange
	}{
		"sorted, exact, and only what both have": {
			candidate: []entities.Metric{newPoint("loss", "0.2"), newPoint("f1", "0.85"), newPoint("new", "1")},
			current:   []entities.Metric{newPoint("f1", "0.80"), newPoint("loss", "0.3"), newPoint("old", "1")},
			want: []MetricChange{
				{Metric: "f1", Current: "0.8", Candidate: "0.85", AbsoluteChange: "0.05", RelativeChange: "0.0625"},
				{Metric: "loss", Current: "0.3", Candidate: "0.2", AbsoluteChange: "-0.1", RelativeChange: "-0.333333"},
			},
		},
		"no share of zero": {
			candidate: []entities.Metric{newPoint("f1", "0.5")},
			current:   []entities.Metric{newPoint("f1", "0.0")},
			want:      []MetricChange{{Metric: "f1", Current: "0", Candidate: "0.5", AbsoluteChange: "0.5"}},
		},
		"a share of what is negative": {
			candidate: []entities.Metric{newPoint("f1", "-1")},
			current:   []entities.Metric{newPoint("f1", "-2")},
			want: []MetricChange{
				{Metric: "f1", Current: "-2", Candidate: "-1", AbsoluteChange: "1", RelativeChange: "0.5"},
			},
		},
		"what is no number is left out": {
			candidate: []entities.Metric{newPoint("a", "NaN"), newPoint("b", "1.7976931348623157e+308"), newPoint("c\n", "1")},
			current:   []entities.Metric{newPoint("a", "1"), newPoint("b", "1"), newPoint("c\n", "1")},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			w := fixture{}
			w.addRunVersion("4", runA, tt.candidate...)
			w.addRunVersion("3", runB, tt.current...)
			if diff := cmp.Diff(tt.want, w.evaluate(t, newRequest()).Comparison); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestComparisonReportLimit(t *testing.T) {
	var many []entities.Metric
	for i := range 100 {
		many = append(many, newPoint(fmt.Sprintf("m%03d", i), "1"))
	}
	w := fixture{}
	w.addRunVersion("4", runA, many...)
	w.addRunVersion("3", runB, many...)
	got := w.evaluate(t, newRequest()).Comparison
	if len(got) != 64 || got[63].Metric != "m063" {
		t.Errorf("%d metrics", len(got))
	}
}

// TestComparisonReportNeverBlocks: the gates decide, not the report.
func TestComparisonReportNeverBlocks(t *testing.T) {
	w := fixture{}
	w.addRunVersion("4", runA, newPoint("f1", "0.9"))
	w.addRunVersion("3", runB, newPoint("f1", "0.8"))
	w[RunKey(runB)] = unreadableValue("timeout")
	result := w.evaluate(t, newRequest())
	if !result.HasPassed() || result.Comparison != nil {
		t.Errorf("passed: %t, comparison: %v", result.HasPassed(), result.Comparison)
	}
}

func TestComparisonReportVerifiesZeros(t *testing.T) {
	zero := newPoint("loss", "0.0")
	w := fixture{}
	w.addLoggedModelVersion("4", modelID, zero)
	w.addRunVersion("3", runB, newPoint("loss", "0.5"))
	w[HistoryKey(runA, "loss")] = []entities.Metric{zero}
	if got := w.evaluate(t, newRequest()).Comparison; got != nil {
		t.Errorf("reported unsure: %v", got)
	}
	gate := newAccuracyGate("LessThan", "0.5")
	gate.Metric.Key = "loss"
	want := []MetricChange{
		{Metric: "loss", Current: "0.5", Candidate: "0", AbsoluteChange: "-0.5", RelativeChange: "-1"},
	}
	if diff := cmp.Diff(want, w.evaluate(t, newRequest(gate)).Comparison); diff != "" {
		t.Error(diff)
	}
}

func TestFormatDecimal(t *testing.T) {
	tests := map[string]string{
		"0.10":              "0.1",
		"-3.0":              "-3",
		"1e-05":             "0.00001",
		"1e+16":             "10000000000000000",
		"123456789.125":     "123456789.125",
		"1e-100":            "1e-100",
		"1.5e+300":          "1.5e+300",
		"0":                 "0",
		"0.30000000000004":  "0.30000000000004",
		"12345678901234567": "12345678901234567",
	}
	for text, want := range tests {
		number, _ := new(big.Rat).SetString(text)
		if got := formatDecimal(number); got != want {
			t.Errorf("decimal(%s) = %s, want %s", text, got, want)
		}
	}
}
