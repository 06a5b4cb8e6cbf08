// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package gate

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
)

func TestComparisonReport(t *testing.T) {
	tests := map[string]struct {
		candidate, current []entities.Metric
		want               []v1alpha1.MetricChange
	}{
		"sorted, exact, and only what both have": {
			candidate: []entities.Metric{newPoint("loss", "0.2"), newPoint("f1", "0.85"), newPoint("new", "1")},
			current:   []entities.Metric{newPoint("f1", "0.80"), newPoint("loss", "0.3"), newPoint("old", "1")},
			want: []v1alpha1.MetricChange{
				{Metric: "f1", Current: "0.8", Candidate: "0.85", AbsoluteChange: "0.05", RelativeChange: "0.0625"},
				{Metric: "loss", Current: "0.3", Candidate: "0.2", AbsoluteChange: "-0.1", RelativeChange: "-0.333333"},
			},
		},
		"no share of zero": {
			candidate: []entities.Metric{newPoint("f1", "0.5")},
			current:   []entities.Metric{newPoint("f1", "0.0")},
			want:      []v1alpha1.MetricChange{{Metric: "f1", Current: "0", Candidate: "0.5", AbsoluteChange: "0.5"}},
		},
		"a share of what is negative": {
			candidate: []entities.Metric{newPoint("f1", "-1")},
			current:   []entities.Metric{newPoint("f1", "-2")},
			want: []v1alpha1.MetricChange{
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
			f := fixture{}
			f.addRunVersion("4", runA, tt.candidate...)
			f.addRunVersion("3", runB, tt.current...)
			if diff := cmp.Diff(tt.want, f.evaluate(t, newRequest()).Comparison); diff != "" {
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
	f := fixture{}
	f.addRunVersion("4", runA, many...)
	f.addRunVersion("3", runB, many...)
	got := f.evaluate(t, newRequest()).Comparison
	if len(got) != 64 || got[63].Metric != "m063" {
		t.Errorf("%d metrics", len(got))
	}
}

// TestComparisonReportNeverBlocks: the gates decide, not the report.
func TestComparisonReportNeverBlocks(t *testing.T) {
	f := fixture{}
	f.addRunVersion("4", runA, newPoint("f1", "0.9"))
	f.addRunVersion("3", runB, newPoint("f1", "0.8"))
	f[runKey(runB)] = unreadableValue("timeout")
	result := f.evaluate(t, newRequest())
	if !result.HasPassed() || result.Comparison != nil {
		t.Errorf("passed: %t, comparison: %v", result.HasPassed(), result.Comparison)
	}
}

func TestComparisonReportVerifiesZeros(t *testing.T) {
	zero := newPoint("loss", "0.0")
	f := fixture{}
	f.addLoggedModelVersion("4", modelID, zero)
	f.addRunVersion("3", runB, newPoint("loss", "0.5"))
	f[historyKey(runA, "loss")] = []entities.Metric{zero}
	if got := f.evaluate(t, newRequest()).Comparison; got != nil {
		t.Errorf("reported unsure: %v", got)
	}
	gate := newAccuracyGate("LessThan", "0.5")
	gate.Metric.Key = "loss"
	want := []v1alpha1.MetricChange{
		{Metric: "loss", Current: "0.5", Candidate: "0", AbsoluteChange: "-0.5", RelativeChange: "-1"},
	}
	if diff := cmp.Diff(want, f.evaluate(t, newRequest(gate)).Comparison); diff != "" {
		t.Error(diff)
	}
}
