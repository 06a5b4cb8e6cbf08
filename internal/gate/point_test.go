// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package gate

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
)

func TestSelectLatestPoints(t *testing.T) {
	const where = " (gate accuracy, logged model m-385c12ab)"
	tests := map[string]struct {
		points []entities.Metric
		want   string
	}{
		"the highest step, whatever the time": {
			[]entities.Metric{newPointAt("accuracy", "0.95", 7, 1), newPointAt("accuracy", "0.5", 3, 9)},
			"Passed: accuracy 0.95 is greater than 0.92" + where,
		},
		"of one step the latest time": {
			[]entities.Metric{newPointAt("accuracy", "0.5", 7, 2), newPointAt("accuracy", "0.95", 7, 1)},
			"Failed GateFailed: accuracy 0.5 is not greater than 0.92" + where,
		},
		"one value twice is one value": {
			[]entities.Metric{newPointFor("accuracy", "0.95", "a"), newPointFor("accuracy", "0.950", "b")},
			"Passed: accuracy 0.95 is greater than 0.92" + where,
		},
		"two values at once": {
			[]entities.Metric{newPointFor("accuracy", "0.95", "a"), newPointFor("accuracy", "0.96", "b")},
			"Failed GateFailed: accuracy has different values at step 0 in logged model m-385c12ab, " +
				"logged at the same time: name the dataset (gate accuracy)",
		},
		"a number and NaN at once": {
			[]entities.Metric{newPoint("accuracy", "0.95"), newPoint("accuracy", "NaN")},
			"Failed GateFailed: accuracy is NaN in logged model m-385c12ab, not a finite number (gate accuracy)",
		},
		"a NaN that was overtaken": {
			[]entities.Metric{newPointAt("accuracy", "NaN", 1, 1), newPointAt("accuracy", "0.95", 2, 1)},
			"Passed: accuracy 0.95 is greater than 0.92" + where,
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			w := fixture{}
			w.addLoggedModelVersion("4", modelID, tt.points...)
			got := formatLastGate(w.evaluate(t, newRequest(newAccuracyGate("GreaterThan", "0.92"))))
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestAmbiguousDatasetValues(t *testing.T) {
	w := fixture{}
	w.addLoggedModelVersion("4", modelID, newPointFor("accuracy", "0.95", "val"), newPointFor("accuracy", "0.96", "val"))
	gate := newAccuracyGate("GreaterThan", "0.92")
	gate.Metric.Dataset = "val"
	want := "Failed GateFailed: accuracy has different values at step 0 in logged model m-385c12ab, " +
		"logged at the same time for the same dataset: nothing says which one counts (gate accuracy)"
	if diff := cmp.Diff(want, formatLastGate(w.evaluate(t, newRequest(gate)))); diff != "" {
		t.Error(diff)
	}
}

// TestLoggedModelZeros: MLflow answers 0.0 for a NaN there.
func TestLoggedModelZeros(t *testing.T) {
	zero := newPointAt("loss", "0.0", 5, 50)
	orphan := zero
	orphan.RunID = ""
	history := HistoryKey(runA, "loss")
	const doubt = "loss reads 0.0 in logged model m-385c12ab, which can't be told from NaN: "
	tests := map[string]struct {
		point entities.Metric
		world func(fixture)
		want  string
	}{
		"a real zero": {
			zero, func(w fixture) { w[history] = []entities.Metric{newPointAt("loss", "NaN", 4, 40), zero} },
			"Passed: loss 0 is less than 0.5 (gate loss, logged model m-385c12ab)",
		},
		"a NaN": {
			zero, func(w fixture) { w[history] = []entities.Metric{newPointAt("loss", "NaN", 5, 50)} },
			"Failed GateFailed: loss reads 0.0, but was logged as NaN in run 3f2a91c0 (gate loss)",
		},
		"both at once": {
			zero, func(w fixture) { w[history] = []entities.Metric{zero, newPointAt("loss", "NaN", 5, 50)} },
			"Failed GateFailed: loss reads 0.0, but was logged as NaN in run 3f2a91c0 (gate loss)",
		},
		"no such point": {
			zero, func(w fixture) { w[history] = []entities.Metric{newPointAt("loss", "0.0", 5, 49)} },
			"Failed GateFailed: " + doubt + "run 3f2a91c0 has no such point (gate loss)",
		},
		"no run": {
			orphan, func(fixture) {},
			"Failed GateFailed: " + doubt + "it names no run (gate loss)",
		},
		"a deleted run": {
			zero, func(w fixture) { w.addRun(runA).LifecycleStage = "deleted"; w[history] = []entities.Metric{zero} },
			"Failed GateFailed: " + doubt + "run 3f2a91c0 was deleted (gate loss)",
		},
		"a run that is gone": {
			zero, func(w fixture) { delete(w, RunKey(runA)) },
			"Failed GateFailed: " + doubt + "run 3f2a91c0 does not exist (gate loss)",
		},
		"a history that can't be read": {
			zero, func(w fixture) { w[history] = unreadableValue("timeout") },
			"Error GateError: " + doubt + "the history of loss in run 3f2a91c0 could not be read: timeout (gate loss)",
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			w := fixture{}
			w.addLoggedModelVersion("4", modelID, tt.point)
			tt.world(w)
			gate := newAccuracyGate("LessThan", "0.5")
			gate.Name, gate.Metric.Key = "loss", "loss"
			got := formatLastGate(w.evaluate(t, newRequest(gate)))
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestObservedNonFiniteValues: the status shows the lie beside the sentence.
func TestObservedNonFiniteValues(t *testing.T) {
	tests := map[string]struct{ value, want string }{
		"a NaN":              {"NaN", "NaN"},
		"an infinity":        {"-1.7976931348623157e+308", "-Infinity"},
		"a zero that is not": {"0.0", "0.0"},
		"no text at all":     {"", "empty"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			w := fixture{}
			w.addLoggedModelVersion("4", modelID, newPoint("accuracy", tt.value))
			gateResults := w.evaluate(t, newRequest(newAccuracyGate("GreaterThan", "0.92"))).Gates
			if got := gateResults[len(gateResults)-1].Observed; got != tt.want {
				t.Errorf("observed %q, want %q", got, tt.want)
			}
		})
	}
}
