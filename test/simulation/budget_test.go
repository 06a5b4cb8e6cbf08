// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package simulation

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/test/builder"
	"github.com/neuronews/mlflow-registry-operator/test/markdown"
)

const budgetPage = "../../docs/operations/api-request-budget.md"

// budgetCases are the rows of the published budget: "object: event".
var budgetCases = map[string]struct {
	prepare, event func(*env)
}{
	"ModelPromotion: nothing changed": {
		prepare: func(w *env) { w.preparePromoted() },
		event:   func(w *env) { w.runUntilSettled() },
	},
	"ModelPromotion: first promotion, one metric gate": {
		prepare: func(w *env) { w.prepareModel(builder.Stage("production").Gates(builder.GreaterThanGate("f1", "0.5"))) },
		event:   func(w *env) { w.createObject(builder.Promotion("production").Version("1").Build()) },
	},
	"ModelPromotion: promotion, compared with the holder": {
		prepare: func(w *env) { w.prepareComparison() },
		event:   func(w *env) { w.setVersion("production", "2") },
	},
	"ModelPromotion: promotion, compared with the holder, mirrored": {
		prepare: func(w *env) { w.preparePromoted() },
		event:   func(w *env) { w.setVersion("production", "2") },
	},
	"ModelPromotion: version refused, each look": {
		prepare: func(w *env) { w.prepareComparison() },
		event:   func(w *env) { w.setVersion("production", "3") },
	},
	"ModelPromotion: rollback, trusted": {
		prepare: func(w *env) {
			w.prepareComparison()
			w.setVersion("production", "2")
			w.runUntilSettled()
		},
		event: func(w *env) { w.setVersion("production", "1") },
	},
	"ModelPromotion: alias moved by hand, put back": {
		prepare: func(w *env) { w.prepareComparison() },
		event:   func(w *env) { w.must(w.user.SetAlias(w.ctx, sentiment, "production", "2")) },
	},
	"ModelVersion: nothing changed": {
		prepare: func(w *env) { w.prepareRegistered(v1alpha1.VersionDeletionPolicyRetain) },
		event:   func(w *env) { w.runUntilSettled() },
	},
	"ModelVersion: registered from a run": {
		prepare: func(w *env) { w.prepareModel(builder.Stage("production")) },
		event: func(w *env) {
			w.createObject(builder.ModelVersion("april").Run(w.logRun(nil, "")).Tag("a", "1").Build())
		},
	},
	"ModelVersion: registered from a run of MLflow 3": {
		prepare: func(w *env) { w.prepareModel(builder.Stage("production")) },
		event: func(w *env) {
			run, err := w.user.CreateRun(w.ctx, "0", nil)
			w.must(err)
			_, err = w.user.LogModel(w.ctx, run, "model", 0)
			w.must(err)
			w.createObject(builder.ModelVersion("april").Run(run.RunID).Build())
		},
	},
	"ModelVersion: registered from a bucket": {
		prepare: func(w *env) { w.prepareModel(builder.Stage("production")) },
		event:   func(w *env) { w.createObject(builder.ModelVersion("april").URI("s3://bucket/april").Build()) },
	},
	"ModelVersion: existing version adopted": {
		prepare: func(w *env) { w.prepareModel(builder.Stage("production")) },
		event:   func(w *env) { w.createObject(builder.ModelVersion("april").AdoptVersion("2").Build()) },
	},
	"ModelVersion: one tag edited": {
		prepare: func(w *env) { w.prepareRegistered(v1alpha1.VersionDeletionPolicyRetain) },
		event: func(w *env) {
			w.editRegistration("april", func(spec *v1alpha1.ModelVersionSpec) { spec.Tags["a"] = "2" })
		},
	},
	"ModelVersion: model changed, another version is newer": {
		prepare: func(w *env) {
			w.prepareRegistered(v1alpha1.VersionDeletionPolicyRetain)
			w.registerFromRun(nil)
			w.runUntilSettled()
		},
		event: func(w *env) { w.registerFromRun(nil) },
	},
	"ModelVersion: version deleted by hand": {
		prepare: func(w *env) { w.prepareRegistered(v1alpha1.VersionDeletionPolicyRetain) },
		event:   func(w *env) { w.must(w.user.DeleteVersion(w.ctx, sentiment, "4")) },
	},
	"ModelVersion: object deleted, deletionPolicy Archive": {
		prepare: func(w *env) { w.prepareRegistered(v1alpha1.VersionDeletionPolicyArchive) },
		event:   func(w *env) { w.must(w.kube.Delete(w.ctx, w.getRegistration("april"))) },
	},
	"ModelVersion: object deleted, deletionPolicy Delete": {
		prepare: func(w *env) { w.prepareRegistered(v1alpha1.VersionDeletionPolicyDelete) },
		event:   func(w *env) { w.must(w.kube.Delete(w.ctx, w.getRegistration("april"))) },
	},
	"RegisteredModel: nothing changed": {
		prepare: func(w *env) { w.prepareModel(builder.Stage("production")) },
		event:   func(w *env) { w.runUntilSettled() },
	},
	"RegisteredModel: model created": {
		prepare: func(*env) {},
		event: func(w *env) {
			w.createObject(builder.RegisteredModel(sentiment).Tag("team", "nlp").Description("x").Build())
		},
	},
	"RegisteredModel: model adopted": {
		prepare: func(w *env) {
			w.must(w.user.CreateModel(w.ctx, sentiment, nil))
			w.pollRegistry()
		},
		event: func(w *env) { w.createObject(builder.RegisteredModel(sentiment).Build()) },
	},
	"RegisteredModel: nothing changed, with a retention": {
		prepare: func(w *env) { w.prepareRetention(builder.KeepLatest(1)) },
		event:   func(w *env) { w.runUntilSettled() },
	},
	"RegisteredModel: retention, nothing to be done": {
		prepare: func(w *env) { w.prepareRetention(builder.KeepLatest(9)) },
		event:   func(w *env) { w.registerFromRun(metricValues{}) },
	},
	"RegisteredModel: retention, one version archived": {
		prepare: func(w *env) { w.prepareRetention(builder.KeepLatest(3)) },
		event:   func(w *env) { w.registerFromRun(metricValues{}) },
	},
	"RegisteredModel: retention, one version deleted": {
		prepare: func(w *env) { w.prepareRetention(builder.KeepLatest(3).DeleteOthers()) },
		event:   func(w *env) { w.registerFromRun(metricValues{}) },
	},
	"RegisteredModel: object deleted": {
		prepare: func(w *env) { w.prepareModel(builder.Stage("production")) },
		event:   func(w *env) { w.must(w.kube.Delete(w.ctx, w.getModel())) },
	},
	"RegisteredModel: object deleted, with deletionPolicy Delete": {
		prepare: func(w *env) {
			w.createObject(builder.RegisteredModel(sentiment).DeletionPolicy(v1alpha1.DeletionPolicyDelete).Build())
			w.runUntilSettled()
		},
		event: func(w *env) { w.must(w.kube.Delete(w.ctx, w.getModel())) },
	},
	"RegisteredModel: one tag edited": {
		prepare: func(w *env) { w.prepareModel(builder.Stage("production")) },
		event: func(w *env) {
			w.editModel(func(spec *v1alpha1.RegisteredModelSpec) { spec.Tags = map[string]v1alpha1.TagValue{"team": "nlp"} })
		},
	},
}

// prepareComparison is preparePromoted without the mirror.
func (w *env) prepareComparison() {
	w.prepareModel(builder.Stage("production").
		Gates(builder.GreaterThanGate("f1", "0.5"), builder.ComparisonGate("f1", v1alpha1.HigherIsBetter)))
	w.createObject(builder.Promotion("production").Version("1").Build())
	w.runUntilSettled()
}

// prepareRetention has a model with three versions and a retention at rest.
func (w *env) prepareRetention(retention *builder.RetentionBuilder) {
	w.must(w.user.CreateModel(w.ctx, sentiment, nil))
	for range 3 {
		w.registerFromRun(metricValues{})
	}
	w.createObject(builder.RegisteredModel(sentiment).Retention(retention).Build())
	w.runUntilSettled()
}

// TestCallBudget counts what each event costs, polls apart, and holds
// the published page against it.
func TestCallBudget(t *testing.T) {
	published := readPublishedBudget(t)
	if diff := cmp.Diff(slices.Sorted(maps.Keys(budgetCases)), slices.Sorted(maps.Keys(published))); diff != "" {
		t.Errorf("rows (-measured +published):\n%s", diff)
	}
	for name, row := range budgetCases {
		t.Run(name, func(t *testing.T) {
			w := newEnv(t.Context(), t)
			defer w.close()
			row.prepare(w)
			w.mlflow.ResetCalls()
			row.event(w)
			w.runRound()
			if diff := cmp.Diff(published[name], w.listCalls()); diff != "" {
				t.Errorf("calls (-published +measured):\n%s", diff)
			}
		})
	}
}

// listCalls are all requests that were made for an object.
func (w *env) listCalls() []string {
	var calls []string
	for _, call := range w.mlflow.Calls() {
		if call.Endpoint != "registered-models/search" {
			calls = append(calls, call.String())
		}
	}
	return calls
}

// readPublishedBudget reads the rows of the page's table: object, event, number, calls.
func readPublishedBudget(t *testing.T) map[string][]string {
	t.Helper()
	rows := map[string][]string{}
	for _, cells := range markdown.ReadRows(t, budgetPage, 4) {
		if !strings.Contains(cells[0], "`") {
			continue
		}
		calls := parseBackquoted(cells[3])
		if cells[2] != strconv.Itoa(len(calls)) {
			t.Errorf("%s: %s calls are announced and %d listed", cells[1], cells[2], len(calls))
		}
		rows[parseBackquoted(cells[0])[0]+": "+cells[1]] = calls
	}
	return rows
}

// parseBackquoted is everything in a cell that stands in backquotes.
func parseBackquoted(cell string) []string {
	var words []string
	for i, part := range strings.Split(cell, "`") {
		if i%2 == 1 {
			words = append(words, part)
		}
	}
	return words
}
