// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package gate

import (
	"math/big"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
)

// TestMetricSources requires an accuracy of more than 0.92.
func TestMetricSources(t *testing.T) {
	const fails = "Failed GateFailed: "
	tests := map[string]struct {
		setup func(fixture)
		gate  func(*v1alpha1.MetricGate)
		want  string
	}{
		"the logged model before the run": {
			setup: func(f fixture) {
				f.addLoggedModelVersion("4", modelID, newPoint("accuracy", "0.95"))
				f.addRun(runA, newPoint("accuracy", "0.5"))
			},
			want: "Passed: accuracy 0.95 is greater than 0.92 (gate accuracy, logged model m-385c12ab)",
		},
		"the run, if the logged model does not have the metric": {
			setup: func(f fixture) {
				f.addLoggedModelVersion("4", modelID, newPoint("loss", "0.1"))
				f.addRun(runA, newPoint("accuracy", "0.95"))
			},
			want: "Passed: accuracy 0.95 is greater than 0.92 (gate accuracy, run 3f2a91c0)",
		},
		"source Run ignores the logged model": {
			setup: func(f fixture) {
				f.addLoggedModelVersion("4", modelID, newPoint("accuracy", "0.95"))
				f.addRun(runA, newPoint("accuracy", "0.5"))
			},
			gate: func(g *v1alpha1.MetricGate) { g.Source = "Run" },
			want: fails + "accuracy 0.5 is not greater than 0.92 (gate accuracy, run 3f2a91c0)",
		},
		"source LoggedModel ignores the run": {
			setup: func(f fixture) {
				f.addLoggedModelVersion("4", modelID)
				f.addRun(runA, newPoint("accuracy", "0.95"))
			},
			gate: func(g *v1alpha1.MetricGate) { g.Source = "LoggedModel" },
			want: fails + "logged model m-385c12ab has no metric accuracy (gate accuracy)",
		},
		"source LoggedModel without one, even while waiting": {
			setup: func(f fixture) { f.addRunVersion("4", runA, newPoint("accuracy", "0.95")) },
			gate:  func(g *v1alpha1.MetricGate) { g.Source = "LoggedModel"; g.OnMissing = "Wait" },
			want:  fails + "version 4 was not registered from a logged model (gate accuracy)",
		},
		"an unknown source": {
			setup: func(f fixture) { f.addRunVersion("4", runA, newPoint("accuracy", "0.95")) },
			gate:  func(g *v1alpha1.MetricGate) { g.Source = "Oracle" },
			want:  fails + "unknown metric source Oracle (gate accuracy)",
		},
		"a metric that was never logged": {
			setup: func(f fixture) { f.addRunVersion("4", runA, newPoint("loss", "0.95")) },
			want:  fails + "run 3f2a91c0 has no metric accuracy (gate accuracy)",
		},
		"a metric that may still come": {
			setup: func(f fixture) { f.addRunVersion("4", runA) },
			gate:  func(g *v1alpha1.MetricGate) { g.OnMissing = "Wait" },
			want:  "Pending WaitingForMetric: run 3f2a91c0 has no metric accuracy yet (gate accuracy)",
		},
		"waiting is for what was not logged, not for NaN": {
			setup: func(f fixture) { f.addRunVersion("4", runA, newPoint("accuracy", "NaN")) },
			gate:  func(g *v1alpha1.MetricGate) { g.OnMissing = "Wait" },
			want:  fails + "accuracy is NaN in run 3f2a91c0, not a finite number (gate accuracy)",
		},
		"nor for a deleted run": {
			setup: func(f fixture) { f.addRunVersion("4", runA, newPoint("accuracy", "0.95")).LifecycleStage = "deleted" },
			gate:  func(g *v1alpha1.MetricGate) { g.OnMissing = "Wait" },
			want:  fails + "run 3f2a91c0 was deleted (gate accuracy)",
		},
		"a run that is gone": {
			setup: func(f fixture) { f.addRunVersion("4", runA); delete(f, runKey(runA)) },
			want:  fails + "run 3f2a91c0 does not exist (gate accuracy)",
		},
		"a run that can't be read": {
			setup: func(f fixture) { f.addRunVersion("4", runA); f[runKey(runA)] = unreadableValue("MLflow answered\n500") },
			want:  "Error GateError: run 3f2a91c0 could not be read: MLflow answered 500 (gate accuracy)",
		},
		"a logged model that is gone": {
			setup: func(f fixture) { f.addLoggedModelVersion("4", modelID); delete(f, loggedModelKey(modelID)) },
			want:  fails + "logged model m-385c12ab does not exist (gate accuracy)",
		},
		"a logged model that can't be read": {
			setup: func(f fixture) {
				f.addLoggedModelVersion("4", modelID)
				f[loggedModelKey(modelID)] = unreadableValue("timeout")
			},
			want: "Error GateError: logged model m-385c12ab could not be read: timeout (gate accuracy)",
		},
		"a logged model whose training was deleted": {
			setup: func(f fixture) {
				f.addLoggedModelVersion("4", modelID, newPoint("accuracy", "0.95"))
				f.addRun(runA).LifecycleStage = "deleted"
			},
			want: fails + "run 3f2a91c0 was deleted (gate accuracy)",
		},
		"a logged model whose evaluation was deleted": {
			setup: func(f fixture) {
				evaluated := newPoint("accuracy", "0.95")
				evaluated.RunID = runB
				f.addLoggedModelVersion("4", modelID, evaluated)
				f.addRun(runB).LifecycleStage = "deleted"
			},
			want: fails + "run b0b0b0b0 was deleted (gate accuracy)",
		},
		"a logged model whose training can't be read": {
			setup: func(f fixture) {
				f.addLoggedModelVersion("4", modelID, newPoint("accuracy", "0.95"))
				f[runKey(runA)] = unreadableValue("timeout")
			},
			want: "Error GateError: run 3f2a91c0 could not be read: timeout (gate accuracy)",
		},
		"a logged model that no run trained": {
			setup: func(f fixture) {
				made := newPoint("accuracy", "0.95")
				made.RunID = ""
				f.addLoggedModelVersion("4", modelID, made).SourceRunID = ""
				f.addVersion("4").RunID = ""
			},
			want: "Passed: accuracy 0.95 is greater than 0.92 (gate accuracy, logged model m-385c12ab)",
		},
		"no run at all": {
			setup: func(f fixture) { f.addVersion("4").Source = "s3://bucket/model" },
			gate:  func(g *v1alpha1.MetricGate) { g.OnMissing = "Wait" },
			want:  fails + "version 4 names no run (gate accuracy)",
		},
		"no run, but the logged model may still carry it": {
			setup: func(f fixture) { f.addLoggedModelVersion("4", modelID).SourceRunID = ""; f.addVersion("4").RunID = "" },
			gate:  func(g *v1alpha1.MetricGate) { g.OnMissing = "Wait" },
			want:  "Pending WaitingForMetric: logged model m-385c12ab has no metric accuracy yet (gate accuracy)",
		},
		"the version itself is gone": {
			setup: func(fixture) {},
			want:  fails + "version 4 of model sentiment does not exist (gate accuracy)",
		},
		"the requested dataset": {
			setup: func(f fixture) {
				f.addLoggedModelVersion("4", modelID, newPointFor("accuracy", "0.5", "train"), newPointFor("accuracy", "0.95", "val"))
			},
			gate: func(g *v1alpha1.MetricGate) { g.Dataset = "val" },
			want: "Passed: accuracy 0.95 is greater than 0.92 (gate accuracy, logged model m-385c12ab)",
		},
		"another dataset than the requested one": {
			setup: func(f fixture) { f.addLoggedModelVersion("4", modelID, newPointFor("accuracy", "0.95", "train")) },
			gate:  func(g *v1alpha1.MetricGate) { g.Dataset = "val"; g.OnMissing = "Wait" },
			want:  "Pending WaitingForMetric: logged model m-385c12ab has no metric accuracy for dataset val yet (gate accuracy)",
		},
		"a logged model without the metric may still get it for the dataset": {
			setup: func(f fixture) { f.addLoggedModelVersion("4", modelID) },
			gate:  func(g *v1alpha1.MetricGate) { g.Dataset = "val"; g.OnMissing = "Wait" },
			want:  "Pending WaitingForMetric: logged model m-385c12ab has no metric accuracy for dataset val yet (gate accuracy)",
		},
		"a dataset is never the run's": {
			setup: func(f fixture) { f.addRunVersion("4", runA, newPoint("accuracy", "0.95")) },
			gate:  func(g *v1alpha1.MetricGate) { g.Dataset = "val" },
			want: fails + "only metrics of logged models carry a dataset, and version 4 was not registered from one " +
				"(gate accuracy)",
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			f := fixture{}
			tt.setup(f)
			gate := newAccuracyGate("GreaterThan", "0.92")
			if tt.gate != nil {
				tt.gate(gate.Metric)
			}
			got := formatLastGate(f.evaluate(t, newRequest(gate)))
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestTagMetrics(t *testing.T) {
	tests := map[string]struct {
		tags map[string]string
		want string
	}{
		"a decimal": {
			map[string]string{"accuracy": "0.95"},
			"Passed: accuracy 0.95 is greater than 0.92 (gate accuracy, tag accuracy of version 4)",
		},
		"an exponent": {
			map[string]string{"accuracy": "95e-2"},
			"Passed: accuracy 0.95 is greater than 0.92 (gate accuracy, tag accuracy of version 4)",
		},
		"no tag": {
			nil,
			"Pending WaitingForMetric: version 4 has no tag accuracy yet (gate accuracy)",
		},
		"hexadecimal": {
			map[string]string{"accuracy": "0x1p4"},
			`Failed GateFailed: tag accuracy of version 4 is "0x1p4", not a finite number (gate accuracy)`,
		},
		"infinity": {
			map[string]string{"accuracy": "Inf"},
			`Failed GateFailed: tag accuracy of version 4 is "Inf", not a finite number (gate accuracy)`,
		},
		"beyond all floats": {
			map[string]string{"accuracy": "1e999"},
			`Failed GateFailed: tag accuracy of version 4 is "1e999", not a finite number (gate accuracy)`,
		},
		"a share of something": {
			map[string]string{"accuracy": "95/100"},
			`Failed GateFailed: tag accuracy of version 4 is "95/100", not a finite number (gate accuracy)`,
		},
		"white space": {
			map[string]string{"accuracy": " 0.95"},
			`Failed GateFailed: tag accuracy of version 4 is " 0.95", not a finite number (gate accuracy)`,
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			f := fixture{}
			f.addRunVersion("4", runA, newPoint("accuracy", "0.99"))
			f.addVersion("4").Tags = tt.tags
			gate := newAccuracyGate("GreaterThan", "0.92")
			gate.Metric.Source = "VersionTag"
			gate.Metric.OnMissing = "Wait"
			got := formatLastGate(f.evaluate(t, newRequest(gate)))
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

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
		"a NaN before a later value": {
			[]entities.Metric{newPointAt("accuracy", "NaN", 1, 1), newPointAt("accuracy", "0.95", 2, 1)},
			"Passed: accuracy 0.95 is greater than 0.92" + where,
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			f := fixture{}
			f.addLoggedModelVersion("4", modelID, tt.points...)
			got := formatLastGate(f.evaluate(t, newRequest(newAccuracyGate("GreaterThan", "0.92"))))
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestAmbiguousDatasetValues(t *testing.T) {
	f := fixture{}
	f.addLoggedModelVersion("4", modelID, newPointFor("accuracy", "0.95", "val"), newPointFor("accuracy", "0.96", "val"))
	gate := newAccuracyGate("GreaterThan", "0.92")
	gate.Metric.Dataset = "val"
	want := "Failed GateFailed: accuracy has different values at step 0 in logged model m-385c12ab, " +
		"logged at the same time for the same dataset: nothing says which one counts (gate accuracy)"
	if diff := cmp.Diff(want, formatLastGate(f.evaluate(t, newRequest(gate)))); diff != "" {
		t.Error(diff)
	}
}

// TestLoggedModelZeros: MLflow returns 0.0 for a NaN of a logged model.
func TestLoggedModelZeros(t *testing.T) {
	zero := newPointAt("loss", "0.0", 5, 50)
	orphan := zero
	orphan.RunID = ""
	history := historyKey(runA, "loss")
	const doubt = "loss reads 0.0 in logged model m-385c12ab, which may stand for NaN: "
	tests := map[string]struct {
		point entities.Metric
		setup func(fixture)
		want  string
	}{
		"a real zero": {
			zero, func(f fixture) { f[history] = []entities.Metric{newPointAt("loss", "NaN", 4, 40), zero} },
			"Passed: loss 0 is less than 0.5 (gate loss, logged model m-385c12ab)",
		},
		"a NaN": {
			zero, func(f fixture) { f[history] = []entities.Metric{newPointAt("loss", "NaN", 5, 50)} },
			"Failed GateFailed: loss reads 0.0, but was logged as NaN in run 3f2a91c0 (gate loss)",
		},
		"both at once": {
			zero, func(f fixture) { f[history] = []entities.Metric{zero, newPointAt("loss", "NaN", 5, 50)} },
			"Failed GateFailed: loss reads 0.0, but was logged as NaN in run 3f2a91c0 (gate loss)",
		},
		"no such point": {
			zero, func(f fixture) { f[history] = []entities.Metric{newPointAt("loss", "0.0", 5, 49)} },
			"Failed GateFailed: " + doubt + "run 3f2a91c0 has no such point (gate loss)",
		},
		"no run": {
			orphan, func(fixture) {},
			"Failed GateFailed: " + doubt + "the point names no run (gate loss)",
		},
		"a deleted run": {
			zero, func(f fixture) { f.addRun(runA).LifecycleStage = "deleted"; f[history] = []entities.Metric{zero} },
			"Failed GateFailed: " + doubt + "run 3f2a91c0 was deleted (gate loss)",
		},
		"a run that is gone": {
			zero, func(f fixture) { delete(f, runKey(runA)) },
			"Failed GateFailed: " + doubt + "run 3f2a91c0 does not exist (gate loss)",
		},
		"a history that can't be read": {
			zero, func(f fixture) { f[history] = unreadableValue("timeout") },
			"Error GateError: " + doubt + "the history of loss in run 3f2a91c0 could not be read: timeout (gate loss)",
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			f := fixture{}
			f.addLoggedModelVersion("4", modelID, tt.point)
			tt.setup(f)
			gate := newAccuracyGate("LessThan", "0.5")
			gate.Name, gate.Metric.Key = "loss", "loss"
			got := formatLastGate(f.evaluate(t, newRequest(gate)))
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestObservedNonFiniteValues: status shows the value that can't count.
func TestObservedNonFiniteValues(t *testing.T) {
	tests := map[string]struct{ value, want string }{
		"a NaN":              {"NaN", "NaN"},
		"an infinity":        {"-1.7976931348623157e+308", "-Infinity"},
		"a zero that is not": {"0.0", "0.0"},
		"no text at all":     {"", "empty"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			f := fixture{}
			f.addLoggedModelVersion("4", modelID, newPoint("accuracy", tt.value))
			gateResults := f.evaluate(t, newRequest(newAccuracyGate("GreaterThan", "0.92"))).Gates
			if got := gateResults[len(gateResults)-1].Observed; got != tt.want {
				t.Errorf("observed %q, want %q", got, tt.want)
			}
		})
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
