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

func TestReport(t *testing.T) {
	tests := map[string]struct {
		candidate, current []entities.Metric
		want               []MetricChange
	}{
		"sorted, exact, and only what both have": {
			candidate: []entities.Metric{point("loss", "0.2"), point("f1", "0.85"), point("new", "1")},
			current:   []entities.Metric{point("f1", "0.80"), point("loss", "0.3"), point("old", "1")},
			want: []MetricChange{
				{Metric: "f1", Current: "0.8", Candidate: "0.85", AbsoluteChange: "0.05", RelativeChange: "0.0625"},
				{Metric: "loss", Current: "0.3", Candidate: "0.2", AbsoluteChange: "-0.1", RelativeChange: "-0.333333"},
			},
		},
		"no share of zero": {
			candidate: []entities.Metric{point("f1", "0.5")},
			current:   []entities.Metric{point("f1", "0.0")},
			want:      []MetricChange{{Metric: "f1", Current: "0", Candidate: "0.5", AbsoluteChange: "0.5"}},
		},
		"a share of what is negative": {
			candidate: []entities.Metric{point("f1", "-1")},
			current:   []entities.Metric{point("f1", "-2")},
			want: []MetricChange{
				{Metric: "f1", Current: "-2", Candidate: "-1", AbsoluteChange: "1", RelativeChange: "0.5"},
			},
		},
		"what is no number is left out": {
			candidate: []entities.Metric{point("a", "NaN"), point("b", "1.7976931348623157e+308"), point("c\n", "1")},
			current:   []entities.Metric{point("a", "1"), point("b", "1"), point("c\n", "1")},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			w := world{}
			w.fromRun("4", runA, tt.candidate...)
			w.fromRun("3", runB, tt.current...)
			if diff := cmp.Diff(tt.want, w.ask(t, move()).Comparison); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestReportIsBounded(t *testing.T) {
	var many []entities.Metric
	for i := range 100 {
		many = append(many, point(fmt.Sprintf("m%03d", i), "1"))
	}
	w := world{}
	w.fromRun("4", runA, many...)
	w.fromRun("3", runB, many...)
	got := w.ask(t, move()).Comparison
	if len(got) != 64 || got[63].Metric != "m063" {
		t.Errorf("%d metrics", len(got))
	}
}

// TestReportBlocksNobody: the gates decide, not the report.
func TestReportBlocksNobody(t *testing.T) {
	w := world{}
	w.fromRun("4", runA, point("f1", "0.9"))
	w.fromRun("3", runB, point("f1", "0.8"))
	w[RunRef(runB)] = broken("timeout")
	j := w.ask(t, move())
	if !j.Passed() || j.Comparison != nil {
		t.Errorf("passed: %t, comparison: %v", j.Passed(), j.Comparison)
	}
}

func TestZeroOfALoggedModelIsReportedOnceItIsSure(t *testing.T) {
	zero := point("loss", "0.0")
	w := world{}
	w.fromModel("4", model, zero)
	w.fromRun("3", runB, point("loss", "0.5"))
	w[HistoryRef(runA, "loss")] = []entities.Metric{zero}
	if got := w.ask(t, move()).Comparison; got != nil {
		t.Errorf("reported unsure: %v", got)
	}
	gate := accuracy("LessThan", "0.5")
	gate.Metric.Key = "loss"
	want := []MetricChange{
		{Metric: "loss", Current: "0.5", Candidate: "0", AbsoluteChange: "-0.5", RelativeChange: "-1"},
	}
	if diff := cmp.Diff(want, w.ask(t, move(gate)).Comparison); diff != "" {
		t.Error(diff)
	}
}

func TestDecimal(t *testing.T) {
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
		if got := decimal(number); got != want {
			t.Errorf("decimal(%s) = %s, want %s", text, got, want)
		}
	}
}
