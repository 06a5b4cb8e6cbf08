// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package gate

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
)

// TestMetricSources asks for an accuracy of more than 0.92.
func TestMetricSources(t *testing.T) {
	const fails = "Failed GateFailed: "
	tests := map[string]struct {
		world func(fixture)
		gate  func(*v1alpha1.MetricGate)
		want  string
	}{
		"the logged model goes before the run": {
			world: func(w fixture) {
				w.addLoggedModelVersion("4", modelID, newPoint("accuracy", "0.95"))
				w.addRun(runA, newPoint("accuracy", "0.5"))
			},
			want: "Passed: accuracy 0.95 is greater than 0.92 (gate accuracy, logged model m-385c12ab)",
		},
		"the run, where the logged model does not carry it": {
			world: func(w fixture) {
				w.addLoggedModelVersion("4", modelID, newPoint("loss", "0.1"))
				w.addRun(runA, newPoint("accuracy", "0.95"))
			},
			want: "Passed: accuracy 0.95 is greater than 0.92 (gate accuracy, run 3f2a91c0)",
		},
		"source Run passes the logged model by": {
			world: func(w fixture) {
				w.addLoggedModelVersion("4", modelID, newPoint("accuracy", "0.95"))
				w.addRun(runA, newPoint("accuracy", "0.5"))
			},
			gate: func(g *v1alpha1.MetricGate) { g.Source = "Run" },
			want: fails + "accuracy 0.5 is not greater than 0.92 (gate accuracy, run 3f2a91c0)",
		},
		"source LoggedModel passes the run by": {
			world: func(w fixture) {
				w.addLoggedModelVersion("4", modelID)
				w.addRun(runA, newPoint("accuracy", "0.95"))
			},
			gate: func(g *v1alpha1.MetricGate) { g.Source = "LoggedModel" },
			want: fails + "logged model m-385c12ab has no metric accuracy (gate accuracy)",
		},
		"source LoggedModel without one, even while waiting": {
			world: func(w fixture) { w.addRunVersion("4", runA, newPoint("accuracy", "0.95")) },
			gate:  func(g *v1alpha1.MetricGate) { g.Source = "LoggedModel"; g.OnMissing = "Wait" },
			want:  fails + "version 4 was not registered from a logged model (gate accuracy)",
		},
		"an unknown source": {
			world: func(w fixture) { w.addRunVersion("4", runA, newPoint("accuracy", "0.95")) },
			gate:  func(g *v1alpha1.MetricGate) { g.Source = "Oracle" },
			want:  fails + "there is no source Oracle of metrics (gate accuracy)",
		},
		"a metric that was never logged": {
			world: func(w fixture) { w.addRunVersion("4", runA, newPoint("loss", "0.95")) },
			want:  fails + "run 3f2a91c0 has no metric accuracy (gate accuracy)",
		},
		"a metric that may still come": {
			world: func(w fixture) { w.addRunVersion("4", runA) },
			gate:  func(g *v1alpha1.MetricGate) { g.OnMissing = "Wait" },
			want:  "Pending WaitingForMetric: run 3f2a91c0 has no metric accuracy yet (gate accuracy)",
		},
		"waiting is for what was not logged, not for NaN": {
			world: func(w fixture) { w.addRunVersion("4", runA, newPoint("accuracy", "NaN")) },
			gate:  func(g *v1alpha1.MetricGate) { g.OnMissing = "Wait" },
			want:  fails + "accuracy is NaN in run 3f2a91c0, not a finite number (gate accuracy)",
		},
		"nor for a deleted run": {
			world: func(w fixture) { w.addRunVersion("4", runA, newPoint("accuracy", "0.95")).LifecycleStage = "deleted" },
			gate:  func(g *v1alpha1.MetricGate) { g.OnMissing = "Wait" },
			want:  fails + "run 3f2a91c0 was deleted (gate accuracy)",
		},
		"a run that is gone": {
			world: func(w fixture) { w.addRunVersion("4", runA); delete(w, RunKey(runA)) },
			want:  fails + "run 3f2a91c0 does not exist (gate accuracy)",
		},
		"a run that can't be read": {
			world: func(w fixture) { w.addRunVersion("4", runA); w[RunKey(runA)] = unreadableValue("MLflow answered\n500") },
			want:  "Error GateError: run 3f2a91c0 could not be read: MLflow answered 500 (gate accuracy)",
		},
		"a logged model that is gone": {
			world: func(w fixture) { w.addLoggedModelVersion("4", modelID); delete(w, LoggedModelKey(modelID)) },
			want:  fails + "logged model m-385c12ab does not exist (gate accuracy)",
		},
		"a logged model that can't be read": {
			world: func(w fixture) {
				w.addLoggedModelVersion("4", modelID)
				w[LoggedModelKey(modelID)] = unreadableValue("timeout")
			},
			want: "Error GateError: logged model m-385c12ab could not be read: timeout (gate accuracy)",
		},
		"a logged model whose training was deleted": {
			world: func(w fixture) {
				w.addLoggedModelVersion("4", modelID, newPoint("accuracy", "0.95"))
				w.addRun(runA).LifecycleStage = "deleted"
			},
			want: fails + "run 3f2a91c0 was deleted (gate accuracy)",
		},
		"a logged model whose evaluation was deleted": {
			world: func(w fixture) {
				evaluated := newPoint("accuracy", "0.95")
				evaluated.RunID = runB
				w.addLoggedModelVersion("4", modelID, evaluated)
				w.addRun(runB).LifecycleStage = "deleted"
			},
			want: fails + "run b0b0b0b0 was deleted (gate accuracy)",
		},
		"a logged model whose training can't be read": {
			world: func(w fixture) {
				w.addLoggedModelVersion("4", modelID, newPoint("accuracy", "0.95"))
				w[RunKey(runA)] = unreadableValue("timeout")
			},
			want: "Error GateError: run 3f2a91c0 could not be read: timeout (gate accuracy)",
		},
		"a logged model that no run trained": {
			world: func(w fixture) {
				made := newPoint("accuracy", "0.95")
				made.RunID = ""
				w.addLoggedModelVersion("4", modelID, made).SourceRunID = ""
				w.addVersion("4").RunID = ""
			},
			want: "Passed: accuracy 0.95 is greater than 0.92 (gate accuracy, logged model m-385c12ab)",
		},
		"no run at all": {
			world: func(w fixture) { w.addVersion("4").Source = "s3://bucket/model" },
			gate:  func(g *v1alpha1.MetricGate) { g.OnMissing = "Wait" },
			want:  fails + "version 4 names no run (gate accuracy)",
		},
		"no run, but the logged model may still carry it": {
			world: func(w fixture) { w.addLoggedModelVersion("4", modelID).SourceRunID = ""; w.addVersion("4").RunID = "" },
			gate:  func(g *v1alpha1.MetricGate) { g.OnMissing = "Wait" },
			want:  "Pending WaitingForMetric: logged model m-385c12ab has no metric accuracy yet (gate accuracy)",
		},
		"the version itself is gone": {
			world: func(fixture) {},
			want:  fails + "version 4 of model sentiment does not exist (gate accuracy)",
		},
		"the asked dataset": {
			world: func(w fixture) {
				w.addLoggedModelVersion("4", modelID, newPointFor("accuracy", "0.5", "train"), newPointFor("accuracy", "0.95", "val"))
			},
			gate: func(g *v1alpha1.MetricGate) { g.Dataset = "val" },
			want: "Passed: accuracy 0.95 is greater than 0.92 (gate accuracy, logged model m-385c12ab)",
		},
		"another dataset than the asked": {
			world: func(w fixture) { w.addLoggedModelVersion("4", modelID, newPointFor("accuracy", "0.95", "train")) },
			gate:  func(g *v1alpha1.MetricGate) { g.Dataset = "val"; g.OnMissing = "Wait" },
			want:  "Pending WaitingForMetric: logged model m-385c12ab has no metric accuracy for dataset val yet (gate accuracy)",
		},
		"a logged model without the metric may still get it for the dataset": {
			world: func(w fixture) { w.addLoggedModelVersion("4", modelID) },
			gate:  func(g *v1alpha1.MetricGate) { g.Dataset = "val"; g.OnMissing = "Wait" },
			want:  "Pending WaitingForMetric: logged model m-385c12ab has no metric accuracy for dataset val yet (gate accuracy)",
		},
		"a dataset is never the run's": {
			world: func(w fixture) { w.addRunVersion("4", runA, newPoint("accuracy", "0.95")) },
			gate:  func(g *v1alpha1.MetricGate) { g.Dataset = "val" },
			want: fails + "only metrics of logged models carry a dataset, and version 4 was not registered from one " +
				"(gate accuracy)",
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			w := fixture{}
			tt.world(w)
			gate := newAccuracyGate("GreaterThan", "0.92")
			if tt.gate != nil {
				tt.gate(gate.Metric)
			}
			got := formatLastGate(w.evaluate(t, newRequest(gate)))
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
			w := fixture{}
			w.addRunVersion("4", runA, newPoint("accuracy", "0.99"))
			w.addVersion("4").Tags = tt.tags
			gate := newAccuracyGate("GreaterThan", "0.92")
			gate.Metric.Source = "VersionTag"
			gate.Metric.OnMissing = "Wait"
			got := formatLastGate(w.evaluate(t, newRequest(gate)))
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}
