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

// transitionCases are the changes of hands in the middle of which an operator may die. Each
// prepares a world that is settled, and then asks for one move.
var transitionCases = map[string]struct {
	prepare, move func(*env)
	want          []string
}{
	"the first promotion": {
		prepare: func(e *env) { e.prepareModel(builder.Stage("production").Gates(builder.GreaterThanGate("f1", "0.5"))) },
		move:    func(e *env) { e.createObject(builder.Promotion("production").Version("1").Build()) },
		want:    []string{"Promoted 1 in place of "},
	},
	"a promotion with comparison and mirror": {
		prepare: func(e *env) { e.preparePromoted() },
		move:    func(e *env) { e.setVersion("production", "2") },
		want:    []string{"Promoted 2 in place of 1", "Promoted 1 in place of "},
	},
	"a rollback": {
		prepare: func(e *env) {
			e.preparePromoted()
			e.setVersion("production", "2")
			e.runRound()
		},
		move: func(e *env) { e.setVersion("production", "1") },
		want: []string{"RolledBack 1 in place of 2", "Promoted 2 in place of 1", "Promoted 1 in place of "},
	},
	"an alias that was moved by hand": {
		prepare: func(e *env) { e.preparePromoted() },
		move:    func(e *env) { e.must(e.user.SetAlias(e.ctx, sentiment, "production", "2")) },
		want:    []string{"DriftReverted 1 in place of 2", "Promoted 1 in place of "},
	},
	"an alias that was deleted by hand": {
		prepare: func(e *env) { e.preparePromoted() },
		move:    func(e *env) { e.must(e.user.DeleteAlias(e.ctx, sentiment, "production")) },
		want:    []string{"DriftReverted 1 in place of ", "Promoted 1 in place of "},
	},
	"a version back to which an alias was moved by hand": {
		prepare: func(e *env) {
			e.preparePromoted()
			e.setVersion("production", "2")
			e.runRound()
		},
		move: func(e *env) { e.must(e.user.SetAlias(e.ctx, sentiment, "production", "1")) },
		want: []string{"DriftReverted 2 in place of 1", "Promoted 2 in place of 1", "Promoted 1 in place of "},
	},
	"an alias that was moved by hand to a candidate that is refused": {
		prepare: func(e *env) {
			e.preparePromoted()
			e.setVersion("production", "3")
			e.runRound()
		},
		move: func(e *env) { e.must(e.user.SetAlias(e.ctx, sentiment, "production", "3")) },
		want: []string{"DriftReverted 1 in place of 3", "Promoted 1 in place of "},
	},
	"a version that takes the place of what another hand put there, as it expects": {
		prepare: func(e *env) { e.preparePromoted() },
		move: func(e *env) {
			e.must(e.user.SetAlias(e.ctx, sentiment, "production", "3"))
			e.setVersionExpecting("2", "3")
		},
		want: []string{"Promoted 2 in place of 3", "Promoted 1 in place of "},
	},
	"a version that was there before the operator, as it expects": {
		prepare: func(e *env) {
			e.prepareModel(builder.Stage("production"))
			e.must(e.user.SetAlias(e.ctx, sentiment, "production", "1"))
		},
		move: func(e *env) {
			e.createObject(builder.Promotion("production").Version("1").ExpectedCurrentVersion("1").Build())
		},
		want: []string{"Promoted 1 in place of "},
	},
	"a stage that follows another one, and acts before that one can tell": {
		prepare: func(e *env) {
			e.createObject(builder.RegisteredModel(sentiment).Stages(builder.Stage("staging"), builder.Stage("production")).Build())
			e.runRound()
			e.registerFromRun(nil)
			e.createObject(builder.Promotion("production").FromStage("staging").Build())
			e.createObject(builder.Promotion("staging").Stage("staging").FromLatest(nil).Build())
			e.runUntilSettled()
		},
		move: func(e *env) { e.registerFromRun(nil) },
		want: []string{"Promoted 2 in place of 1", "Promoted 1 in place of "},
	},
	"a version of which gates are overridden": {
		prepare: (*env).prepareOverrides,
		move:    func(e *env) { e.setVersionOverriding("3", "f1", "beats-f1") },
		want:    []string{"Overridden 3 in place of 1", "Promoted 1 in place of "},
	},
	"a version that has soaked": {
		prepare: (*env).prepareSoak,
		move: func(e *env) {
			e.advanceClock(24 * time.Hour)
			e.createObject(builder.Promotion("production").Version("1").Build())
		},
		want: []string{"Promoted 1 in place of "},
	},
	"a version that is registered from a run, and promoted": {
		prepare: func(e *env) { e.prepareModel(builder.Stage("production").Gates(builder.GreaterThanGate("f1", "0.5"))) },
		move: func(e *env) {
			e.createObject(builder.ModelVersion("april").Run(e.logRun(metricValues{"f1": "0.7"}, "")).Description("Of April").Tag("a", "1").Build())
			e.createObject(builder.Promotion("production").FromModelVersion("april").Build())
		},
		want: []string{"Promoted 4 in place of "},
	},
	"a version whose description and tags are edited, which is no move": {
		prepare: func(e *env) { e.prepareRegistered(v1alpha1.VersionDeletionPolicyRetain) },
		move: func(e *env) {
			e.editModelVersion("april", func(spec *v1alpha1.ModelVersionSpec) {
				spec.Description, spec.Tags = new("Of late April"), map[string]v1alpha1.TagValue{"b": "2", "c": "3"}
			})
		},
	},
	"a version that is adopted, which is no move": {
		prepare: func(e *env) { e.prepareModel(builder.Stage("production")) },
		move:    func(e *env) { e.createObject(builder.ModelVersion("april").AdoptVersion("2").Tag("a", "1").Build()) },
	},
	"a version that is archived with its object, which is no move": {
		prepare: func(e *env) { e.prepareRegistered(v1alpha1.VersionDeletionPolicyArchive) },
		move:    func(e *env) { e.must(e.kube.Delete(e.ctx, e.getModelVersion("april"))) },
	},
	"a version that is deleted with its object, which is no move": {
		prepare: func(e *env) { e.prepareRegistered(v1alpha1.VersionDeletionPolicyDelete) },
		move:    func(e *env) { e.must(e.kube.Delete(e.ctx, e.getModelVersion("april"))) },
	},
	"tags that are edited, which is no move": {
		prepare: func(e *env) {
			e.preparePromoted()
			e.editTags(map[string]v1alpha1.TagValue{"team": "nlp", "domain": "news"})
			e.runRound()
		},
		move: func(e *env) { e.editTags(map[string]v1alpha1.TagValue{"team": "cv", "framework": "sklearn"}) },
		want: []string{"Promoted 1 in place of "},
	},
}

// TestCrashConvergence kills the operator at each request to MLflow
// and at each write of a status, before and after it was carried out.
func TestCrashConvergence(t *testing.T) {
	for name, story := range transitionCases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			undisturbed, _ := runCrash(t, story.prepare, story.move, func(*env) {})
			if diff := cmp.Diff(story.want, undisturbed.describeHistory()); diff != "" {
				t.Fatalf("without a crash (-want +got):\n%s", diff)
			}
			for _, c := range crashPoints {
				for n, struck := 1, true; struck; n++ {
					var got state
					got, struck = runCrash(t, story.prepare, story.move, func(e *env) { c.inject(e, n) })
					if diff := cmp.Diff(undisturbed, got); diff != "" {
						t.Errorf("killed %s %d (-undisturbed +killed):\n%s", c.name, n, diff)
					}
				}
			}
		})
	}
}

// TestCrashAndEditKeepHistory lets a person edit the spec after the operator
// was killed in the middle of putting an alias back. Whatever it has done by then, the
// history tells each move that the operator made, once, in order.
func TestCrashAndEditKeepHistory(t *testing.T) {
	for _, c := range crashPoints {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			for n, struck := 1, true; struck; n++ {
				struck = runCrashAndEdit(t, c, n)
			}
		})
	}
}

func runCrashAndEdit(t *testing.T, c crashPoint, n int) (struck bool) {
	t.Helper()
	e := newEnv(context.WithoutCancel(t.Context()), t)
	defer e.close()
	var moved []string
	e.mlflow.OnWrite(func(write mlflowtest.Write) {
		if write.Endpoint == "registered-models/alias" && !write.ByUser {
			moved = append(moved, write.Args.String("version"))
		}
	})
	e.preparePromoted()
	started := e.operatorCount
	c.inject(e, n)
	e.must(e.user.SetAlias(e.ctx, sentiment, "production", "3"))
	e.runRound()
	e.setVersion("production", "2")
	e.runUntilSettled()
	var told []string
	for _, record := range slices.Backward(e.getPromotion("production").Status.History) {
		told = append(told, string(record.Version))
	}
	if diff := cmp.Diff(moved, told); diff != "" {
		t.Errorf("killed %s %d (-moved +told):\n%s", c.name, n, diff)
	}
	if holder := e.mlflow.Model(sentiment).Aliases["production"]; holder != "2" {
		t.Errorf("killed %s %d: version %s holds the stage, want 2", c.name, n, holder)
	}
	return e.operatorCount > started
}

// runCrash asks for the move with a crash armed. It tells whether the crash came.
func runCrash(t *testing.T, prepare, move, arm func(*env)) (end state, struck bool) {
	t.Helper()
	e := newEnv(context.WithoutCancel(t.Context()), t)
	defer e.close()
	prepare(e)
	started := e.operatorCount
	arm(e)
	move(e)
	e.runUntilSettled()
	// What the operator did not live to count is lost, and nothing is counted twice.
	end = e.snapshotState()
	if counted, told := e.recordedMetrics.countTransitions(), e.countHistoryEntries(); counted > told || counted < told && e.operatorCount == started {
		t.Errorf("%d changes of hands were counted, and the history tells %d", counted, told)
	}
	return end, e.operatorCount > started
}

// countRecords is how many changes of hands all promotions tell of.
func (e *env) countHistoryEntries() int {
	var told int
	for _, name := range e.promotions {
		told += len(e.getPromotion(name).Status.History)
	}
	return told
}

// TestExternalChangeAfterCrash: what was announced, and then done by somebody
// else without its gates, is not recorded.
func TestExternalChangeAfterCrash(t *testing.T) {
	byHand := func(e *env) {
		e.must(e.user.DeleteRun(e.ctx, e.mlflow.Version(sentiment, "2").RunID))
		e.must(e.user.SetAlias(e.ctx, sentiment, "production", "2"))
	}
	for name, story := range map[string]func(*env){
		"between the announcement and the last look": func(e *env) {
			e.onWriteAhead = func(write func() error) error {
				defer byHand(e)
				return write()
			}
			e.setVersion("production", "2")
			e.runRound()
		},
		"after the alias was refused to the operator": func(e *env) {
			e.mlflow.InjectFault(mlflowtest.CallsTo("POST registered-models/alias"), mlflowtest.Forbidden().Times(1))
			e.setVersion("production", "2")
			e.runRound()
			byHand(e)
		},
		"after a crash before the evidence was written": func(e *env) {
			e.mlflow.InjectFault(killOnCall(e, mlflowtest.CallsTo("model-versions/set-tag")), mlflowtest.DropConnection().Times(1))
			e.setVersion("production", "2")
			e.runRound()
			byHand(e)
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
			if holder := e.mlflow.Model(sentiment).Aliases["production"]; holder != "1" {
				t.Errorf("version %s holds the stage, want 1", holder)
			}
		})
	}
}
