// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package simulation

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/mlflowtest"
	"github.com/neuronews/mlflow-registry-operator/test/builder"
)

// transitionCases are the changes during which the operator is killed. Each case prepares an env that is
// settled, makes one change, and has the history of production that must follow.
var transitionCases = map[string]struct {
	prepare, change func(*env)
	want            []string
}{
	"the first promotion": {
		prepare: func(e *env) { e.prepareModel(builder.Stage("production").Gates(builder.GreaterThanGate("f1", "0.5"))) },
		change:  func(e *env) { e.createObject(builder.Promotion("production").Version("1").Build()) },
		want:    []string{"Promoted 1 in place of "},
	},
	"a promotion with comparison and legacy stage": {
		prepare: func(e *env) { e.preparePromoted() },
		change:  func(e *env) { e.setVersion("production", "2") },
		want:    []string{"Promoted 2 in place of 1", "Promoted 1 in place of "},
	},
	"a rollback": {
		prepare: func(e *env) {
			e.preparePromoted()
			e.setVersion("production", "2")
			e.runRound()
		},
		change: func(e *env) { e.setVersion("production", "1") },
		want:   []string{"RolledBack 1 in place of 2", "Promoted 2 in place of 1", "Promoted 1 in place of "},
	},
	"an alias that a user set": {
		prepare: func(e *env) { e.preparePromoted() },
		change:  func(e *env) { e.must(e.user.SetAlias(e.ctx, sentiment, "production", "2")) },
		want:    []string{"DriftReverted 1 in place of 2", "Promoted 1 in place of "},
	},
	"an alias that a user deleted": {
		prepare: func(e *env) { e.preparePromoted() },
		change:  func(e *env) { e.must(e.user.DeleteAlias(e.ctx, sentiment, "production")) },
		want:    []string{"DriftReverted 1 in place of ", "Promoted 1 in place of "},
	},
	"an alias that a user set back to the previous version": {
		prepare: func(e *env) {
			e.preparePromoted()
			e.setVersion("production", "2")
			e.runRound()
		},
		change: func(e *env) { e.must(e.user.SetAlias(e.ctx, sentiment, "production", "1")) },
		want:   []string{"DriftReverted 2 in place of 1", "Promoted 2 in place of 1", "Promoted 1 in place of "},
	},
	"an alias that a user set to a candidate that is blocked": {
		prepare: func(e *env) {
			e.preparePromoted()
			e.setVersion("production", "3")
			e.runRound()
		},
		change: func(e *env) { e.must(e.user.SetAlias(e.ctx, sentiment, "production", "3")) },
		want:   []string{"DriftReverted 1 in place of 3", "Promoted 1 in place of "},
	},
	"a promotion that expects the version that a user set": {
		prepare: func(e *env) { e.preparePromoted() },
		change: func(e *env) {
			e.must(e.user.SetAlias(e.ctx, sentiment, "production", "3"))
			e.setVersionExpecting("2", "3")
		},
		want: []string{"Promoted 2 in place of 3", "Promoted 1 in place of "},
	},
	"a promotion that expects the version that was current before the operator": {
		prepare: func(e *env) {
			e.prepareModel(builder.Stage("production"))
			e.must(e.user.SetAlias(e.ctx, sentiment, "production", "1"))
		},
		change: func(e *env) {
			e.createObject(builder.Promotion("production").Version("1").ExpectedCurrentVersion("1").Build())
		},
		want: []string{"Promoted 1 in place of "},
	},
	"a stage that follows another one, and is reconciled before that one is recorded": {
		prepare: func(e *env) {
			e.createObject(builder.RegisteredModel(sentiment).Stages(builder.Stage("staging"), builder.Stage("production")).Build())
			e.runRound()
			e.registerFromRun(nil)
			e.createObject(builder.Promotion("production").FromStage("staging").Build())
			e.createObject(builder.Promotion("staging").Stage("staging").FromLatest(nil).Build())
			e.runUntilSettled()
		},
		change: func(e *env) { e.registerFromRun(nil) },
		want:   []string{"Promoted 2 in place of 1", "Promoted 1 in place of "},
	},
	"a version with overridden gates": {
		prepare: (*env).prepareOverrides,
		change:  func(e *env) { e.setVersionOverriding("3", "f1", "beats-f1") },
		want:    []string{"Overridden 3 in place of 1", "Promoted 1 in place of "},
	},
	"a version that has soaked": {
		prepare: (*env).prepareSoak,
		change: func(e *env) {
			e.advanceClock(24 * time.Hour)
			e.createObject(builder.Promotion("production").Version("1").Build())
		},
		want: []string{"Promoted 1 in place of "},
	},
	"a version that is registered from a run and promoted": {
		prepare: func(e *env) { e.prepareModel(builder.Stage("production").Gates(builder.GreaterThanGate("f1", "0.5"))) },
		change: func(e *env) {
			e.createObject(builder.ModelVersion("april").Run(e.logRun(metricValues{"f1": "0.7"}, "")).Description("Of April").Tag("a", "1").Build())
			e.createObject(builder.Promotion("production").FromModelVersion("april").Build())
		},
		want: []string{"Promoted 4 in place of "},
	},
	"a version whose description and tags are edited": {
		prepare: func(e *env) { e.prepareRegistered(v1alpha1.VersionDeletionPolicyRetain) },
		change: func(e *env) {
			e.editModelVersion("april", func(spec *v1alpha1.ModelVersionSpec) {
				spec.Description, spec.Tags = new("Of late April"), map[string]v1alpha1.TagValue{"b": "2", "c": "3"}
			})
		},
	},
	"a version that is adopted": {
		prepare: func(e *env) { e.prepareModel(builder.Stage("production")) },
		change:  func(e *env) { e.createObject(builder.ModelVersion("april").AdoptVersion("2").Tag("a", "1").Build()) },
	},
	"a version that is archived with its object": {
		prepare: func(e *env) { e.prepareRegistered(v1alpha1.VersionDeletionPolicyArchive) },
		change:  func(e *env) { e.must(e.kube.Delete(e.ctx, e.getModelVersion("april"))) },
	},
	"a version that is deleted with its object": {
		prepare: func(e *env) { e.prepareRegistered(v1alpha1.VersionDeletionPolicyDelete) },
		change:  func(e *env) { e.must(e.kube.Delete(e.ctx, e.getModelVersion("april"))) },
	},
	"tags that are edited": {
		prepare: func(e *env) {
			e.preparePromoted()
			e.editTags(map[string]v1alpha1.TagValue{"team": "nlp", "domain": "news"})
			e.runRound()
		},
		change: func(e *env) { e.editTags(map[string]v1alpha1.TagValue{"team": "cv", "framework": "sklearn"}) },
		want:   []string{"Promoted 1 in place of "},
	},
}

// TestCrashConvergence kills the operator at each request to MLflow and at each write of a status,
// before and after it was carried out. The result must be the one without a crash.
func TestCrashConvergence(t *testing.T) {
	for name, story := range transitionCases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			undisturbed, _ := runCrash(t, story.prepare, story.change, func(*env) {})
			if diff := cmp.Diff(story.want, undisturbed.describeHistory()); diff != "" {
				t.Fatalf("without a crash (-want +got):\n%s", diff)
			}
			for _, c := range crashPoints {
				for n, crashed := 1, true; crashed; n++ {
					var got state
					got, crashed = runCrash(t, story.prepare, story.change, func(e *env) { c.inject(e, n) })
					if diff := cmp.Diff(undisturbed, got); diff != "" {
						t.Errorf("killed %s %d (-undisturbed +killed):\n%s", c.name, n, diff)
					}
				}
			}
		})
	}
}

// TestCrashAndEditKeepHistory kills the operator while it reverts drift, and edits the spec before
// it runs again. The history must have each alias that the operator set, once, in order.
func TestCrashAndEditKeepHistory(t *testing.T) {
	for _, c := range crashPoints {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			for n, crashed := 1, true; crashed; n++ {
				crashed = runCrashAndEdit(t, c, n)
			}
		})
	}
}

func runCrashAndEdit(t *testing.T, c crashPoint, n int) (crashed bool) {
	t.Helper()
	e := newEnv(context.WithoutCancel(t.Context()), t)
	defer e.close()
	var written []string
	e.mlflow.OnWrite(func(write mlflowtest.Write) {
		if write.Endpoint == "registered-models/alias" && !write.ByUser {
			written = append(written, write.Args.String("version"))
		}
	})
	e.preparePromoted()
	started := e.operatorCount
	c.inject(e, n)
	e.must(e.user.SetAlias(e.ctx, sentiment, "production", "3"))
	e.runRound()
	e.setVersion("production", "2")
	e.runUntilSettled()
	var recorded []string
	for _, record := range slices.Backward(e.getPromotion("production").Status.History) {
		recorded = append(recorded, string(record.Version))
	}
	if diff := cmp.Diff(written, recorded); diff != "" {
		t.Errorf("killed %s %d (-written +recorded):\n%s", c.name, n, diff)
	}
	if current := e.mlflow.Model(sentiment).Aliases["production"]; current != "2" {
		t.Errorf("killed %s %d: the current version is %s, want 2", c.name, n, current)
	}
	return e.operatorCount > started
}

// runCrash makes a change after it injected a crash, and reports whether the operator crashed.
func runCrash(t *testing.T, prepare, change, inject func(*env)) (end state, crashed bool) {
	t.Helper()
	e := newEnv(context.WithoutCancel(t.Context()), t)
	defer e.close()
	prepare(e)
	started := e.operatorCount
	inject(e)
	change(e)
	e.runUntilSettled()
	end = e.snapshotState()
	// A killed operator may miss a count, but no transition is counted twice.
	counted, recorded := e.recordedMetrics.countTransitions(), e.countHistoryEntries()
	if counted > recorded || counted < recorded && e.operatorCount == started {
		t.Errorf("the metrics count %d transitions, and the histories have %d", counted, recorded)
	}
	return end, e.operatorCount > started
}

// countHistoryEntries counts the history entries of all promotions.
func (e *env) countHistoryEntries() int {
	var entries int
	for _, name := range e.promotions {
		entries += len(e.getPromotion(name).Status.History)
	}
	return entries
}

// TestExternalChangeAfterCrash lets a user set the alias after the operator wrote its write-ahead record,
// when a gate does not pass any more. The operator must not record that as its promotion.
func TestExternalChangeAfterCrash(t *testing.T) {
	changeExternally := func(e *env) {
		e.must(e.user.DeleteRun(e.ctx, e.mlflow.Version(sentiment, "2").RunID))
		e.must(e.user.SetAlias(e.ctx, sentiment, "production", "2"))
	}
	for name, story := range map[string]func(*env){
		"after the write-ahead record": func(e *env) {
			e.onWriteAhead = func(write func() error) error {
				defer changeExternally(e)
				return write()
			}
			e.setVersion("production", "2")
			e.runRound()
		},
		"after MLflow rejected the alias": func(e *env) {
			e.mlflow.InjectFault(mlflowtest.CallsTo("POST registered-models/alias"), mlflowtest.Forbidden().Times(1))
			e.setVersion("production", "2")
			e.runRound()
			changeExternally(e)
		},
		"after a crash before the evidence was written": func(e *env) {
			e.mlflow.InjectFault(killOnCall(e, mlflowtest.CallsTo("model-versions/set-tag")), mlflowtest.DropConnection().Times(1))
			e.setVersion("production", "2")
			e.runRound()
			changeExternally(e)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := newEnv(context.WithoutCancel(t.Context()), t)
			defer e.close()
			e.preparePromoted()
			story(e)
			e.runUntilSettled()
			want := []string{"DriftReverted 1 in place of 2", "Promoted 1 in place of "}
			if diff := cmp.Diff(want, e.snapshotState().describeHistory()); diff != "" {
				t.Errorf("history (-want +got):\n%s", diff)
			}
			if current := e.mlflow.Model(sentiment).Aliases["production"]; current != "1" {
				t.Errorf("the current version is %s, want 1", current)
			}
		})
	}
}
