// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package gate

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
)

func TestWhichPointCounts(t *testing.T) {
	const where = " (gate accuracy, logged model m-385c12ab)"
	tests := map[string]struct {
		points []entities.Metric
		want   string
	}{
		"the highest step, whatever the time": {
			[]entities.Metric{pointAt("accuracy", "0.95", 7, 1), pointAt("accuracy", "0.5", 3, 9)},
			"Passed: accuracy 0.95 is greater than 0.92" + where,
		},
		"of one step the latest time": {
			[]entities.Metric{pointAt("accuracy", "0.5", 7, 2), pointAt("accuracy", "0.95", 7, 1)},
			"Failed GateFailed: accuracy 0.5 is not greater than 0.92" + where,
		},
		"one value twice is one value": {
			[]entities.Metric{pointFor("accuracy", "0.95", "a"), pointFor("accuracy", "0.950", "b")},
			"Passed: accuracy 0.95 is greater than 0.92" + where,
		},
		"two values at once": {
			[]entities.Metric{pointFor("accuracy", "0.95", "a"), pointFor("accuracy", "0.96", "b")},
			"Failed GateFailed: accuracy has different values at step 0 in logged model m-385c12ab, " +
				"logged at the same time: name the dataset (gate accuracy)",
		},
		"a number and NaN at once": {
			[]entities.Metric{point("accuracy", "0.95"), point("accuracy", "NaN")},
			"Failed GateFailed: accuracy is NaN in logged model m-385c12ab, not a finite number (gate accuracy)",
		},
		"a NaN that was overtaken": {
			[]entities.Metric{pointAt("accuracy", "NaN", 1, 1), pointAt("accuracy", "0.95", 2, 1)},
			"Passed: accuracy 0.95 is greater than 0.92" + where,
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			w := world{}
			w.fromModel("4", model, tt.points...)
			got := last(w.ask(t, move(accuracy("GreaterThan", "0.92"))))
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestTwoValuesOfTheAskedDataset(t *testing.T) {
	w := world{}
	w.fromModel("4", model, pointFor("accuracy", "0.95", "val"), pointFor("accuracy", "0.96", "val"))
	gate := accuracy("GreaterThan", "0.92")
	gate.Metric.Dataset = "val"
	want := "Failed GateFailed: accuracy has different values at step 0 in logged model m-385c12ab, " +
		"logged at the same time for the same dataset: nothing says which one counts (gate accuracy)"
	if diff := cmp.Diff(want, last(w.ask(t, move(gate)))); diff != "" {
		t.Error(diff)
	}
}

// TestZerosOfLoggedModels: MLflow answers 0.0 for a NaN there.
func TestZerosOfLoggedModels(t *testing.T) {
	zero := pointAt("loss", "0.0", 5, 50)
	orphan := zero
	orphan.RunID = ""
	history := HistoryRef(runA, "loss")
	const doubt = "loss reads 0.0 in logged model m-385c12ab, which can't be told from NaN: "
	tests := map[string]struct {
		point entities.Metric
		world func(world)
		want  string
	}{
		"a real zero": {
			zero, func(w world) { w[history] = []entities.Metric{pointAt("loss", "NaN", 4, 40), zero} },
			"Passed: loss 0 is less than 0.5 (gate loss, logged model m-385c12ab)",
		},
		"a NaN": {
			zero, func(w world) { w[history] = []entities.Metric{pointAt("loss", "NaN", 5, 50)} },
			"Failed GateFailed: loss reads 0.0, but was logged as NaN in run 3f2a91c0 (gate loss)",
		},
		"both at once": {
			zero, func(w world) { w[history] = []entities.Metric{zero, pointAt("loss", "NaN", 5, 50)} },
			"Failed GateFailed: loss reads 0.0, but was logged as NaN in run 3f2a91c0 (gate loss)",
		},
		"no such point": {
			zero, func(w world) { w[history] = []entities.Metric{pointAt("loss", "0.0", 5, 49)} },
			"Failed GateFailed: " + doubt + "run 3f2a91c0 has no such point (gate loss)",
		},
		"no run": {
			orphan, func(world) {},
			"Failed GateFailed: " + doubt + "it names no run (gate loss)",
		},
		"a deleted run": {
			zero, func(w world) { w.run(runA).LifecycleStage = "deleted"; w[history] = []entities.Metric{zero} },
			"Failed GateFailed: " + doubt + "run 3f2a91c0 was deleted (gate loss)",
		},
		"a run that is gone": {
			zero, func(w world) { delete(w, RunRef(runA)) },
			"Failed GateFailed: " + doubt + "run 3f2a91c0 does not exist (gate loss)",
		},
		"a history that can't be read": {
			zero, func(w world) { w[history] = broken("timeout") },
			"Error GateError: " + doubt + "the history of loss in run 3f2a91c0 could not be read: timeout (gate loss)",
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			w := world{}
			w.fromModel("4", model, tt.point)
			tt.world(w)
			gate := accuracy("LessThan", "0.5")
			gate.Name, gate.Metric.Key = "loss", "loss"
			got := last(w.ask(t, move(gate)))
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestWhatCanNotCountIsObserved: the status shows the lie beside the sentence.
func TestWhatCanNotCountIsObserved(t *testing.T) {
	tests := map[string]struct{ value, want string }{
		"a NaN":              {"NaN", "NaN"},
		"an infinity":        {"-1.7976931348623157e+308", "-Infinity"},
		"a zero that is not": {"0.0", "0.0"},
		"no text at all":     {"", "empty"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			w := world{}
			w.fromModel("4", model, point("accuracy", tt.value))
			verdicts := w.ask(t, move(accuracy("GreaterThan", "0.92"))).Verdicts
			if got := verdicts[len(verdicts)-1].Observed; got != tt.want {
				t.Errorf("observed %q, want %q", got, tt.want)
			}
		})
	}
}
