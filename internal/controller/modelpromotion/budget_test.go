// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package modelpromotion_test

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/test/builder"
	"github.com/neuronews/mlflow-registry-operator/test/table"
)

const budgetPage = "../../../docs/call-budget.md"

// budgeted are the rows of the published budget: "object: event".
var budgeted = map[string]struct {
	prepare, event func(*world)
}{
	"ModelPromotion: nothing changed": {
		prepare: func(w *world) { w.prepareHeld() },
		event:   func(w *world) { w.settle() },
	},
	"ModelPromotion: first promotion, one metric gate": {
		prepare: func(w *world) { w.prepare(builder.Stage("production").Gates(builder.GreaterThan("f1", "0.5"))) },
		event:   func(w *world) { w.apply(builder.Promotion("production").Version("1").Build()) },
	},
	"ModelPromotion: promotion, compared with the holder": {
		prepare: func(w *world) { w.prepareCompared() },
		event:   func(w *world) { w.want("production", "2") },
	},
	"ModelPromotion: promotion, compared with the holder, mirrored": {
		prepare: func(w *world) { w.prepareHeld() },
		event:   func(w *world) { w.want("production", "2") },
	},
	"ModelPromotion: version refused, each look": {
		prepare: func(w *world) { w.prepareCompared() },
		event:   func(w *world) { w.want("production", "3") },
	},
	"ModelPromotion: rollback, trusted": {
		prepare: func(w *world) {
			w.prepareCompared()
			w.want("production", "2")
			w.settle()
		},
		event: func(w *world) { w.want("production", "1") },
	},
	"ModelPromotion: alias moved by hand, put back": {
		prepare: func(w *world) { w.prepareCompared() },
		event:   func(w *world) { w.must(w.user.SetAlias(w.ctx, sentiment, "production", "2")) },
	},
	"ModelVersion: nothing changed": {
		prepare: func(w *world) { w.prepareRegistered(v1alpha1.VersionRetain) },
		event:   func(w *world) { w.settle() },
	},
	"ModelVersion: registered from a run": {
		prepare: func(w *world) { w.prepare(builder.Stage("production")) },
		event:   func(w *world) { w.apply(builder.ModelVersion("april").Run(w.run(nil, "")).Tag("a", "1").Build()) },
	},
	"ModelVersion: registered from a run of MLflow 3": {
		prepare: func(w *world) { w.prepare(builder.Stage("production")) },
		event: func(w *world) {
			run, err := w.user.CreateRun(w.ctx, "0", nil)
			w.must(err)
			_, err = w.user.LogModel(w.ctx, run, "model", 0)
			w.must(err)
			w.apply(builder.ModelVersion("april").Run(run.RunID).Build())
		},
	},
	"ModelVersion: registered from a bucket": {
		prepare: func(w *world) { w.prepare(builder.Stage("production")) },
		event:   func(w *world) { w.apply(builder.ModelVersion("april").URI("s3://bucket/april").Build()) },
	},
	"ModelVersion: existing version adopted": {
		prepare: func(w *world) { w.prepare(builder.Stage("production")) },
		event:   func(w *world) { w.apply(builder.ModelVersion("april").Adopts("2").Build()) },
	},
	"ModelVersion: one tag edited": {
		prepare: func(w *world) { w.prepareRegistered(v1alpha1.VersionRetain) },
		event: func(w *world) {
			w.editRegistration("april", func(spec *v1alpha1.ModelVersionSpec) { spec.Tags["a"] = "2" })
		},
	},
	"ModelVersion: model changed, another version is newer": {
		prepare: func(w *world) {
			w.prepareRegistered(v1alpha1.VersionRetain)
			w.train(nil)
			w.settle()
		},
		event: func(w *world) { w.train(nil) },
	},
	"ModelVersion: version deleted by hand": {
		prepare: func(w *world) { w.prepareRegistered(v1alpha1.VersionRetain) },
		event:   func(w *world) { w.must(w.user.DeleteVersion(w.ctx, sentiment, "4")) },
	},
	"ModelVersion: object deleted, deletionPolicy Archive": {
		prepare: func(w *world) { w.prepareRegistered(v1alpha1.VersionArchive) },
		event:   func(w *world) { w.must(w.kube.Delete(w.ctx, w.registration("april"))) },
	},
	"ModelVersion: object deleted, deletionPolicy Delete": {
		prepare: func(w *world) { w.prepareRegistered(v1alpha1.VersionDelete) },
		event:   func(w *world) { w.must(w.kube.Delete(w.ctx, w.registration("april"))) },
	},
	"RegisteredModel: nothing changed": {
		prepare: func(w *world) { w.prepare(builder.Stage("production")) },
		event:   func(w *world) { w.settle() },
	},
	"RegisteredModel: model created": {
		prepare: func(*world) {},
		event: func(w *world) {
			w.apply(builder.RegisteredModel(sentiment).Tag("team", "nlp").Description("x").Build())
		},
	},
	"RegisteredModel: model adopted": {
		prepare: func(w *world) {
			w.must(w.user.CreateModel(w.ctx, sentiment, nil))
			w.poll()
		},
		event: func(w *world) { w.apply(builder.RegisteredModel(sentiment).Build()) },
	},
	"RegisteredModel: nothing changed, with a retention": {
		prepare: func(w *world) { w.prepareRetained(builder.Newest(1)) },
		event:   func(w *world) { w.settle() },
	},
	"RegisteredModel: retention, nothing to be done": {
		prepare: func(w *world) { w.prepareRetained(builder.Newest(9)) },
		event:   func(w *world) { w.train(metrics{}) },
	},
	"RegisteredModel: retention, one version archived": {
		prepare: func(w *world) { w.prepareRetained(builder.Newest(3)) },
		event:   func(w *world) { w.train(metrics{}) },
	},
	"RegisteredModel: retention, one version deleted": {
		prepare: func(w *world) { w.prepareRetained(builder.Newest(3).Delete()) },
		event:   func(w *world) { w.train(metrics{}) },
	},
	"RegisteredModel: object deleted": {
		prepare: func(w *world) { w.prepare(builder.Stage("production")) },
		event:   func(w *world) { w.must(w.kube.Delete(w.ctx, w.model())) },
	},
	"RegisteredModel: object deleted, with deletionPolicy Delete": {
		prepare: func(w *world) {
			w.apply(builder.RegisteredModel(sentiment).Deletion(v1alpha1.DeletionDelete).Build())
			w.settle()
		},
		event: func(w *world) { w.must(w.kube.Delete(w.ctx, w.model())) },
	},
	"RegisteredModel: one tag edited": {
		prepare: func(w *world) { w.prepare(builder.Stage("production")) },
		event: func(w *world) {
			w.editModel(func(spec *v1alpha1.RegisteredModelSpec) { spec.Tags = map[string]v1alpha1.TagValue{"team": "nlp"} })
		},
	},
}

// prepareCompared is prepareHeld without the mirror.
func (w *world) prepareCompared() {
	w.prepare(builder.Stage("production").
		Gates(builder.GreaterThan("f1", "0.5"), builder.Comparison("f1", v1alpha1.HigherIsBetter)))
	w.apply(builder.Promotion("production").Version("1").Build())
	w.settle()
}

// prepareRetained has a model with three versions and a retention at rest.
func (w *world) prepareRetained(retention *builder.RetentionBuilder) {
	w.must(w.user.CreateModel(w.ctx, sentiment, nil))
	for range 3 {
		w.train(metrics{})
	}
	w.apply(builder.RegisteredModel(sentiment).Retention(retention).Build())
	w.settle()
}

// TestTheCallBudgetIsWhatIsPublished counts what each event costs, polls apart, and holds
// the published page against it.
func TestTheCallBudgetIsWhatIsPublished(t *testing.T) {
	published := publishedBudget(t)
	if diff := cmp.Diff(slices.Sorted(maps.Keys(budgeted)), slices.Sorted(maps.Keys(published))); diff != "" {
		t.Errorf("rows (-measured +published):\n%s", diff)
	}
	for name, row := range budgeted {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t.Context(), t)
			defer w.close()
			row.prepare(w)
			w.mlflow.Reset()
			row.event(w)
			w.round()
			if diff := cmp.Diff(published[name], w.calls()); diff != "" {
				t.Errorf("calls (-published +measured):\n%s", diff)
			}
		})
	}
}

// calls are all requests that were made for an object.
func (w *world) calls() []string {
	var calls []string
	for _, call := range w.mlflow.Calls() {
		if call.Endpoint != "registered-models/search" {
			calls = append(calls, call.String())
		}
	}
	return calls
}

// publishedBudget reads the rows of the page's table: object, event, number, calls.
func publishedBudget(t *testing.T) map[string][]string {
	t.Helper()
	rows := map[string][]string{}
	for _, cells := range table.Rows(t, budgetPage, 4) {
		if !strings.Contains(cells[0], "`") {
			continue
		}
		calls := quoted(cells[3])
		if cells[2] != strconv.Itoa(len(calls)) {
			t.Errorf("%s: %s calls are announced and %d listed", cells[1], cells[2], len(calls))
		}
		rows[quoted(cells[0])[0]+": "+cells[1]] = calls
	}
	return rows
}

// quoted is everything in a cell that stands in backquotes.
func quoted(cell string) []string {
	var words []string
	for i, part := range strings.Split(cell, "`") {
		if i%2 == 1 {
			words = append(words, part)
		}
	}
	return words
}
