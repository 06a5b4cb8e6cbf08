// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package gate

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
)

var _ = addFullGate("metric", "sha256:a174c4fbd870357007106287a4ac0cdb88fdc4c484229ca83dfdfccecc4fe159", func() v1alpha1.Gate {
	return v1alpha1.Gate{Name: "gate", Metric: &v1alpha1.MetricGate{
		Key: "f1", Operator: v1alpha1.Equal, Threshold: "0.85", Tolerance: "0.02", Source: v1alpha1.MetricSourceLoggedModel,
		Dataset: "val", Provenance: v1alpha1.ProvenanceClaimed, OnMissing: v1alpha1.OnMissingWait,
	}}
})

func newAccuracyGate(operator v1alpha1.MetricOperator, threshold v1alpha1.Decimal) v1alpha1.Gate {
	return v1alpha1.Gate{Name: "accuracy", Metric: &v1alpha1.MetricGate{
		Key: "accuracy", Operator: operator, Threshold: threshold,
	}}
}

func TestThresholds(t *testing.T) {
	tests := map[string]struct {
		value string
		gate  v1alpha1.Gate
		want  string
	}{
		"a greater value passes": {
			"0.931", newAccuracyGate("GreaterThan", "0.92"),
			"Passed: accuracy 0.931 is greater than 0.92 (gate accuracy, run 3f2a91c0)",
		},
		"a smaller value does not": {
			"0.912", newAccuracyGate("GreaterThan", "0.92"),
			"Failed GateFailed: accuracy 0.912 is not greater than 0.92 (gate accuracy, run 3f2a91c0)",
		},
		"the threshold itself is not greater": {
			"0.92", newAccuracyGate("GreaterThan", "0.920"),
			"Failed GateFailed: accuracy 0.92 is not greater than 0.92 (gate accuracy, run 3f2a91c0)",
		},
		"the threshold itself is at least": {
			"0.92", newAccuracyGate("GreaterThanOrEqual", "0.92"),
			"Passed: accuracy 0.92 is at least 0.92 (gate accuracy, run 3f2a91c0)",
		},
		"the threshold itself is not less": {
			"-3", newAccuracyGate("LessThan", "-3"),
			"Failed GateFailed: accuracy -3 is not less than -3 (gate accuracy, run 3f2a91c0)",
		},
		"the threshold itself is at most": {
			"-3.0", newAccuracyGate("LessThanOrEqual", "-3"),
			"Passed: accuracy -3 is at most -3 (gate accuracy, run 3f2a91c0)",
		},
		"digits that a float would lose count": {
			"0.1", newAccuracyGate("GreaterThan", "0.100000000000000001"),
			"Failed GateFailed: accuracy 0.1 is not greater than 0.100000000000000001 (gate accuracy, run 3f2a91c0)",
		},
		"the default tolerance is inclusive": {
			"0.919", newAccuracyGate("Equal", "0.92"),
			"Passed: accuracy 0.919 is equal to 0.92 within 0.001 (gate accuracy, run 3f2a91c0)",
		},
		"outside the default tolerance": {
			"0.92100000000000000001", newAccuracyGate("Equal", "0.92"),
			"Failed GateFailed: accuracy 0.92100000000000000001 is not equal to 0.92 within 0.001 (gate accuracy, run 3f2a91c0)",
		},
		"an infinity passes no gate": {
			"1.7976931348623157e+308", newAccuracyGate("GreaterThan", "0.92"),
			"Failed GateFailed: accuracy is Infinity in run 3f2a91c0, not a finite number (gate accuracy)",
		},
		"nor does a negative one": {
			"-1.7976931348623157e+308", newAccuracyGate("LessThan", "0.92"),
			"Failed GateFailed: accuracy is -Infinity in run 3f2a91c0, not a finite number (gate accuracy)",
		},
		"nor does NaN": {
			"NaN", newAccuracyGate("LessThan", "0.92"),
			"Failed GateFailed: accuracy is NaN in run 3f2a91c0, not a finite number (gate accuracy)",
		},
		"an operator from elsewhere": {
			"0.93", newAccuracyGate("About", "0.92"),
			"Failed GateFailed: unknown metric operator About (gate accuracy)",
		},
		"a threshold longer than the API allows": {
			"0.93", newAccuracyGate("GreaterThan", "0.0000000000000000000000000000000000001"),
			`Failed GateFailed: threshold "0.0000000000000000000000000000000000001" is not a decimal number (gate accuracy)`,
		},
		"a threshold from elsewhere": {
			"0.93", newAccuracyGate("GreaterThan", "high"),
			`Failed GateFailed: threshold "high" is not a decimal number (gate accuracy)`,
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			f := fixture{}
			f.addRunVersion("4", runA, newPoint("accuracy", tt.value))
			got := formatLastGate(f.evaluate(t, newRequest(tt.gate)))
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestEqualTolerance(t *testing.T) {
	gate := newAccuracyGate("Equal", "0.92")
	gate.Metric.Tolerance = "0.02"
	f := fixture{}
	f.addRunVersion("4", runA, newPoint("accuracy", "0.9"))
	got := f.evaluate(t, newRequest(gate)).Gates[2]
	want := Answer{
		Name: "accuracy", Type: "Metric", Result: "Passed", Origin: "Stage",
		Observed: "0.9", Expected: "equal to 0.92 within 0.02",
		Message: "accuracy 0.9 is equal to 0.92 within 0.02 (gate accuracy, run 3f2a91c0)",
	}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(Answer{})); diff != "" {
		t.Error(diff)
	}
}
