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

// budgetCases are the events of the published budget by OBJECT: EVENT.
var budgetCases = map[string]struct {
	prepare, event func(*env)
}{
	"ModelPromotion: nothing changed": {
		prepare: func(e *env) { e.preparePromoted() },
		event:   func(e *env) { e.runUntilSettled() },
	},
	"ModelPromotion: first promotion, one metric gate": {
		prepare: func(e *env) { e.prepareModel(builder.Stage("production").Gates(builder.GreaterThanGate("f1", "0.5"))) },
		event:   func(e *env) { e.createObject(builder.Promotion("production").Version("1").Build()) },
	},
	"ModelPromotion: promotion, compared with the current version": {
		prepare: func(e *env) { e.prepareComparison() },
		event:   func(e *env) { e.setVersion("production", "2") },
	},
	"ModelPromotion: promotion, compared with the current version, with a legacy stage": {
		prepare: func(e *env) { e.preparePromoted() },
		event:   func(e *env) { e.setVersion("production", "2") },
	},
	"ModelPromotion: version blocked, each evaluation": {
		prepare: func(e *env) { e.prepareComparison() },
		event:   func(e *env) { e.setVersion("production", "3") },
	},
	"ModelPromotion: rollback, trusted": {
		prepare: func(e *env) {
			e.prepareComparison()
			e.setVersion("production", "2")
			e.runUntilSettled()
		},
		event: func(e *env) { e.setVersion("production", "1") },
	},
	"ModelPromotion: drift reverted": {
		prepare: func(e *env) { e.prepareComparison() },
		event:   func(e *env) { e.must(e.user.SetAlias(e.ctx, sentiment, "production", "2")) },
	},
	"ModelVersion: nothing changed": {
		prepare: func(e *env) { e.prepareRegistered(v1alpha1.VersionDeletionPolicyRetain) },
		event:   func(e *env) { e.runUntilSettled() },
	},
	"ModelVersion: registered from a run": {
		prepare: func(e *env) { e.prepareModel(builder.Stage("production")) },
		event: func(e *env) {
			e.createObject(builder.ModelVersion("april").Run(e.logRun(nil, "")).Tag("a", "1").Build())
		},
	},
	"ModelVersion: registered from a run of MLflow 3": {
		prepare: func(e *env) { e.prepareModel(builder.Stage("production")) },
		event: func(e *env) {
			run, err := e.user.CreateRun(e.ctx, "0", nil)
			e.must(err)
			_, err = e.user.LogModel(e.ctx, run, "model", 0)
			e.must(err)
			e.createObject(builder.ModelVersion("april").Run(run.RunID).Build())
		},
	},
	"ModelVersion: registered from a bucket": {
		prepare: func(e *env) { e.prepareModel(builder.Stage("production")) },
		event:   func(e *env) { e.createObject(builder.ModelVersion("april").URI("s3://bucket/april").Build()) },
	},
	"ModelVersion: existing version adopted": {
		prepare: func(e *env) { e.prepareModel(builder.Stage("production")) },
		event:   func(e *env) { e.createObject(builder.ModelVersion("april").AdoptVersion("2").Build()) },
	},
	"ModelVersion: one tag edited": {
		prepare: func(e *env) { e.prepareRegistered(v1alpha1.VersionDeletionPolicyRetain) },
		event: func(e *env) {
			e.editModelVersion("april", func(spec *v1alpha1.ModelVersionSpec) { spec.Tags["a"] = "2" })
		},
	},
	"ModelVersion: model changed, another version is newer": {
		prepare: func(e *env) {
			e.prepareRegistered(v1alpha1.VersionDeletionPolicyRetain)
			e.registerFromRun(nil)
			e.runUntilSettled()
		},
		event: func(e *env) { e.registerFromRun(nil) },
	},
	"ModelVersion: version deleted by a user": {
		prepare: func(e *env) { e.prepareRegistered(v1alpha1.VersionDeletionPolicyRetain) },
		event:   func(e *env) { e.must(e.user.DeleteVersion(e.ctx, sentiment, "4")) },
	},
	"ModelVersion: object deleted, deletionPolicy Archive": {
		prepare: func(e *env) { e.prepareRegistered(v1alpha1.VersionDeletionPolicyArchive) },
		event:   func(e *env) { e.must(e.kube.Delete(e.ctx, e.getModelVersion("april"))) },
	},
	"ModelVersion: object deleted, deletionPolicy Delete": {
		prepare: func(e *env) { e.prepareRegistered(v1alpha1.VersionDeletionPolicyDelete) },
		event:   func(e *env) { e.must(e.kube.Delete(e.ctx, e.getModelVersion("april"))) },
	},
	"RegisteredModel: nothing changed": {
		prepare: func(e *env) { e.prepareModel(builder.Stage("production")) },
		event:   func(e *env) { e.runUntilSettled() },
	},
	"RegisteredModel: model created": {
		prepare: func(*env) {},
		event: func(e *env) {
			e.createObject(builder.RegisteredModel(sentiment).Tag("team", "nlp").Description("x").Build())
		},
	},
	"RegisteredModel: model adopted": {
		prepare: func(e *env) {
			e.must(e.user.CreateModel(e.ctx, sentiment, nil))
			e.pollRegistry()
		},
		event: func(e *env) { e.createObject(builder.RegisteredModel(sentiment).Build()) },
	},
	"RegisteredModel: nothing changed, with a retention": {
		prepare: func(e *env) { e.prepareRetention(builder.KeepLatest(1)) },
		event:   func(e *env) { e.runUntilSettled() },
	},
	"RegisteredModel: retention, nothing to be done": {
		prepare: func(e *env) { e.prepareRetention(builder.KeepLatest(9)) },
		event:   func(e *env) { e.registerFromRun(metricValues{}) },
	},
	"RegisteredModel: retention, one version archived": {
		prepare: func(e *env) { e.prepareRetention(builder.KeepLatest(3)) },
		event:   func(e *env) { e.registerFromRun(metricValues{}) },
	},
	"RegisteredModel: retention, one version deleted": {
		prepare: func(e *env) { e.prepareRetention(builder.KeepLatest(3).DeleteOthers()) },
		event:   func(e *env) { e.registerFromRun(metricValues{}) },
	},
	"RegisteredModel: object deleted": {
		prepare: func(e *env) { e.prepareModel(builder.Stage("production")) },
		event:   func(e *env) { e.must(e.kube.Delete(e.ctx, e.getModel())) },
	},
	"RegisteredModel: object deleted, with deletionPolicy Delete": {
		prepare: func(e *env) {
			e.createObject(builder.RegisteredModel(sentiment).DeletionPolicy(v1alpha1.DeletionPolicyDelete).Build())
			e.runUntilSettled()
		},
		event: func(e *env) { e.must(e.kube.Delete(e.ctx, e.getModel())) },
	},
	"RegisteredModel: one tag edited": {
		prepare: func(e *env) { e.prepareModel(builder.Stage("production")) },
		event: func(e *env) {
			e.editModel(func(spec *v1alpha1.RegisteredModelSpec) { spec.Tags = map[string]v1alpha1.TagValue{"team": "nlp"} })
		},
	},
}

// TestCallBudget lists the requests that each event causes, without polls, and compares them with the
// published page.
func TestCallBudget(t *testing.T) {
	published := readPublishedBudget(t)
	if diff := cmp.Diff(slices.Sorted(maps.Keys(budgetCases)), slices.Sorted(maps.Keys(published))); diff != "" {
		t.Errorf("rows (-measured +published):\n%s", diff)
	}
	for name, row := range budgetCases {
		t.Run(name, func(t *testing.T) {
			e := newEnv(t.Context(), t)
			defer e.close()
			row.prepare(e)
			e.mlflow.ResetCalls()
			row.event(e)
			e.runRound()
			if diff := cmp.Diff(published[name], e.listRequests()); diff != "" {
				t.Errorf("calls (-published +measured):\n%s", diff)
			}
		})
	}
}

// listRequests lists the requests to MLflow without those of polls.
func (e *env) listRequests() []string {
	var calls []string
	for _, call := range e.mlflow.Calls() {
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
			t.Errorf("%s: the page counts %s calls and lists %d", cells[1], cells[2], len(calls))
		}
		rows[parseBackquoted(cells[0])[0]+": "+cells[1]] = calls
	}
	return rows
}

// parseBackquoted returns the words of a cell that are in backquotes.
func parseBackquoted(cell string) []string {
	var words []string
	for i, part := range strings.Split(cell, "`") {
		if i%2 == 1 {
			words = append(words, part)
		}
	}
	return words
}
