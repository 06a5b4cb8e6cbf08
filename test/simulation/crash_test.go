// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package simulation

import (
	"context"
	"fmt"
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
		prepare: func(w *env) { w.prepareModel(builder.Stage("production").Gates(builder.GreaterThanGate("f1", "0.5"))) },
		move:    func(w *env) { w.createObject(builder.Promotion("production").Version("1").Build()) },
		want:    []string{"Promoted 1 in place of "},
	},
	"a promotion with comparison and mirror": {
		prepare: func(w *env) { w.preparePromoted() },
		move:    func(w *env) { w.setVersion("production", "2") },
		want:    []string{"Promoted 2 in place of 1", "Promoted 1 in place of "},
	},
	"a rollback": {
		prepare: func(w *env) {
			w.preparePromoted()
			w.setVersion("production", "2")
			w.runRound()
		},
		move: func(w *env) { w.setVersion("production", "1") },
		want: []string{"RolledBack 1 in place of 2", "Promoted 2 in place of 1", "Promoted 1 in place of "},
	},
	"an alias that was moved by hand": {
		prepare: func(w *env) { w.preparePromoted() },
		move:    func(w *env) { w.must(w.user.SetAlias(w.ctx, sentiment, "production", "2")) },
		want:    []string{"DriftReverted 1 in place of 2", "Promoted 1 in place of "},
	},
	"an alias that was deleted by hand": {
		prepare: func(w *env) { w.preparePromoted() },
		move:    func(w *env) { w.must(w.user.DeleteAlias(w.ctx, sentiment, "production")) },
		want:    []string{"DriftReverted 1 in place of ", "Promoted 1 in place of "},
	},
	"a version back to which an alias was moved by hand": {
		prepare: func(w *env) {
			w.preparePromoted()
			w.setVersion("production", "2")
			w.runRound()
		},
		move: func(w *env) { w.must(w.user.SetAlias(w.ctx, sentiment, "production", "1")) },
		want: []string{"DriftReverted 2 in place of 1", "Promoted 2 in place of 1", "Promoted 1 in place of "},
	},
	"an alias that was moved by hand to a candidate that is refused": {
		prepare: func(w *env) {
			w.preparePromoted()
			w.setVersion("production", "3")
			w.runRound()
		},
		move: func(w *env) { w.must(w.user.SetAlias(w.ctx, sentiment, "production", "3")) },
		want: []string{"DriftReverted 1 in place of 3", "Promoted 1 in place of "},
	},
	"a version that takes the place of what another hand put there, as it expects": {
		prepare: func(w *env) { w.preparePromoted() },
		move: func(w *env) {
			w.must(w.user.SetAlias(w.ctx, sentiment, "production", "3"))
			w.setVersionExpecting("2", "3")
		},
		want: []string{"Promoted 2 in place of 3", "Promoted 1 in place of "},
	},
	"a version that was there before the operator, as it expects": {
		prepare: func(w *env) {
			w.prepareModel(builder.Stage("production"))
			w.must(w.user.SetAlias(w.ctx, sentiment, "production", "1"))
		},
		move: func(w *env) {
			w.createObject(builder.Promotion("production").Version("1").ExpectedCurrentVersion("1").Build())
		},
		want: []string{"Promoted 1 in place of "},
	},
	"a stage that follows another one, and acts before that one can tell": {
		prepare: func(w *env) {
			w.createObject(builder.RegisteredModel(sentiment).Stages(builder.Stage("staging"), builder.Stage("production")).Build())
			w.runRound()
			w.registerFromRun(nil)
			w.createObject(builder.Promotion("production").FromStage("staging").Build())
			w.createObject(builder.Promotion("staging").Stage("staging").FromLatest(nil).Build())
			w.runUntilSettled()
		},
		move: func(w *env) { w.registerFromRun(nil) },
		want: []string{"Promoted 2 in place of 1", "Promoted 1 in place of "},
	},
	"a version of which gates are overridden": {
		prepare: (*env).prepareOverrides,
		move:    func(w *env) { w.setVersionOverriding("3", "f1", "beats-f1") },
		want:    []string{"Overridden 3 in place of 1", "Promoted 1 in place of "},
	},
	"a version that has soaked": {
		prepare: (*env).prepareSoak,
		move: func(w *env) {
			w.advanceClock(24 * time.Hour)
			w.createObject(builder.Promotion("production").Version("1").Build())
		},
		want: []string{"Promoted 1 in place of "},
	},
	"a version that is registered from a run, and promoted": {
		prepare: func(w *env) { w.prepareModel(builder.Stage("production").Gates(builder.GreaterThanGate("f1", "0.5"))) },
		move: func(w *env) {
			w.createObject(builder.ModelVersion("april").Run(w.logRun(metricValues{"f1": "0.7"}, "")).Description("Of April").Tag("a", "1").Build())
			w.createObject(builder.Promotion("production").FromModelVersion("april").Build())
		},
		want: []string{"Promoted 4 in place of "},
	},
	"a version whose description and tags are edited, which is no move": {
		prepare: func(w *env) { w.prepareRegistered(v1alpha1.VersionDeletionPolicyRetain) },
		move: func(w *env) {
			w.editRegistration("april", func(spec *v1alpha1.ModelVersionSpec) {
				spec.Description, spec.Tags = new("Of late April"), map[string]v1alpha1.TagValue{"b": "2", "c": "3"}
			})
		},
	},
	"a version that is adopted, which is no move": {
		prepare: func(w *env) { w.prepareModel(builder.Stage("production")) },
		move:    func(w *env) { w.createObject(builder.ModelVersion("april").AdoptVersion("2").Tag("a", "1").Build()) },
	},
	"a version that is archived with its object, which is no move": {
		prepare: func(w *env) { w.prepareRegistered(v1alpha1.VersionDeletionPolicyArchive) },
		move:    func(w *env) { w.must(w.kube.Delete(w.ctx, w.getRegistration("april"))) },
	},
	"a version that is deleted with its object, which is no move": {
		prepare: func(w *env) { w.prepareRegistered(v1alpha1.VersionDeletionPolicyDelete) },
		move:    func(w *env) { w.must(w.kube.Delete(w.ctx, w.getRegistration("april"))) },
	},
	"tags that are edited, which is no move": {
		prepare: func(w *env) {
			w.preparePromoted()
			w.editTags(map[string]v1alpha1.TagValue{"team": "nlp", "domain": "news"})
			w.runRound()
		},
		move: func(w *env) { w.editTags(map[string]v1alpha1.TagValue{"team": "cv", "framework": "sklearn"}) },
		want: []string{"Promoted 1 in place of "},
	},
}

func (w *env) editTags(tags map[string]v1alpha1.TagValue) {
	w.editModel(func(spec *v1alpha1.RegisteredModelSpec) { spec.Tags = tags })
}

// prepareModel makes a model with one stage and the versions 1 (good), 2 (better), 3 (bad).
func (w *env) prepareModel(stage *builder.StageBuilder) {
	w.createObject(builder.RegisteredModel(sentiment).Stages(stage).Build())
	w.runRound()
	for _, f1 := range []string{"0.8", "0.9", "0.1"} {
		w.registerFromRun(metricValues{"f1": f1})
	}
	w.runRound()
}

// prepareRegistered registers version 4. What is to be done with it at its end is done only
// where there is a connection to do it through.
func (w *env) prepareRegistered(policy v1alpha1.VersionDeletionPolicy) {
	w.createObject(builder.Connection(connectionKey.Name).Build())
	w.prepareModel(builder.Stage("production"))
	w.createObject(builder.ModelVersion("april").Run(w.logRun(nil, "")).Description("Of April").Tag("a", "1").Tag("b", "1").DeletionPolicy(policy).Build())
	w.runUntilSettled()
}

// preparePromoted lets version 1 hold the stage.
func (w *env) preparePromoted() {
	w.prepareModel(builder.Stage("production").MLflowStage("Production").
		Gates(builder.GreaterThanGate("f1", "0.5"), builder.ComparisonGate("f1", v1alpha1.HigherIsBetter)))
	w.createObject(builder.Promotion("production").Version("1").Build())
	w.runRound()
}

func (w *env) setVersion(promotion string, version v1alpha1.Version) {
	w.editPromotion(promotion, func(spec *v1alpha1.ModelPromotionSpec) {
		spec.Version, spec.VersionFrom = version, nil
	})
}

func (w *env) setVersionExpecting(version, expected v1alpha1.Version) {
	w.editPromotion("production", func(spec *v1alpha1.ModelPromotionSpec) {
		spec.Version, spec.ExpectedCurrentVersion = version, expected
	})
}

// crashPoint is a moment at which the operator dies.
type crashPoint struct {
	name string
	// arm waits for the n-th such moment.
	arm func(w *env, n int)
}

var crashPoints = []crashPoint{
	{"before request", func(w *env, n int) {
		w.mlflow.InjectFault(killWhen(w, mlflowtest.NthCall(n, mlflowtest.AnyCall())), mlflowtest.DropConnection())
	}},
	{"after request", func(w *env, n int) {
		w.mlflow.InjectFault(mlflowtest.NthCall(n, mlflowtest.AnyCall()), mlflowtest.RunAfter(func(mlflowtest.Call) { w.killOperator() }))
	}},
	{"before status write", func(w *env, n int) {
		w.onStatusWrite = replaceWrite(w.statusWrites+n, func(func() error) error { w.killOperator(); return errOperatorKilled })
	}},
	{"after status write", func(w *env, n int) {
		w.onStatusWrite = replaceWrite(w.statusWrites+n, func(write func() error) error {
			w.must(write())
			w.killOperator()
			return errOperatorKilled
		})
	}},
}

func killWhen(w *env, match func(mlflowtest.Call) bool) func(mlflowtest.Call) bool {
	return func(c mlflowtest.Call) bool {
		if !match(c) {
			return false
		}
		w.killOperator()
		return true
	}
}

func replaceWrite(n int, instead func(write func() error) error) func(int, func() error) error {
	return func(at int, write func() error) error {
		if at == n {
			return instead(write)
		}
		return write()
	}
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
					got, struck = runCrash(t, story.prepare, story.move, func(w *env) { c.arm(w, n) })
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
	w := newEnv(context.WithoutCancel(t.Context()), t)
	defer w.close()
	var moved []string
	w.mlflow.OnWrite(func(write mlflowtest.Write) {
		if write.Endpoint == "registered-models/alias" && !write.ByUser {
			moved = append(moved, write.Args.String("version"))
		}
	})
	w.preparePromoted()
	started := w.operatorCount
	c.arm(w, n)
	w.must(w.user.SetAlias(w.ctx, sentiment, "production", "3"))
	w.runRound()
	w.setVersion("production", "2")
	w.runUntilSettled()
	var told []string
	for _, record := range slices.Backward(w.getPromotion("production").Status.History) {
		told = append(told, string(record.Version))
	}
	if diff := cmp.Diff(moved, told); diff != "" {
		t.Errorf("killed %s %d (-moved +told):\n%s", c.name, n, diff)
	}
	if holder := w.mlflow.Model(sentiment).Aliases["production"]; holder != "2" {
		t.Errorf("killed %s %d: version %s holds the stage, want 2", c.name, n, holder)
	}
	return w.operatorCount > started
}

// runCrash asks for the move with a crash armed. It tells whether the crash came.
func runCrash(t *testing.T, prepare, move, arm func(*env)) (end state, struck bool) {
	t.Helper()
	w := newEnv(context.WithoutCancel(t.Context()), t)
	defer w.close()
	prepare(w)
	started := w.operatorCount
	arm(w)
	move(w)
	w.runUntilSettled()
	// What the operator did not live to count is lost, and nothing is counted twice.
	end = w.snapshotState()
	if counted, told := w.recordedMetrics.countTransitions(), w.countRecords(); counted > told || counted < told && w.operatorCount == started {
		t.Errorf("%d changes of hands were counted, and the history tells %d", counted, told)
	}
	return end, w.operatorCount > started
}

// countRecords is how many changes of hands all promotions tell of.
func (w *env) countRecords() int {
	var told int
	for _, name := range w.promotions {
		told += len(w.getPromotion(name).Status.History)
	}
	return told
}

// describeHistory is the history in words.
func (s state) describeHistory() []string {
	var words []string
	for _, record := range s.Statuses["production"].History {
		words = append(words, fmt.Sprintf("%s %s in place of %s", record.Reason, record.Version, record.PreviousVersion))
	}
	return words
}

// TestExternalChangeAfterCrash: what was announced, and then done by somebody
// else without its gates, is not recorded.
func TestExternalChangeAfterCrash(t *testing.T) {
	byHand := func(w *env) {
		w.must(w.user.DeleteRun(w.ctx, w.mlflow.Version(sentiment, "2").RunID))
		w.must(w.user.SetAlias(w.ctx, sentiment, "production", "2"))
	}
	for name, story := range map[string]func(*env){
		"between the announcement and the last look": func(w *env) {
			w.onWriteAhead = func(write func() error) error {
				defer byHand(w)
				return write()
			}
			w.setVersion("production", "2")
			w.runRound()
		},
		"after the alias was refused to the operator": func(w *env) {
			w.mlflow.InjectFault(mlflowtest.CallsTo("POST registered-models/alias"), mlflowtest.Forbidden().Times(1))
			w.setVersion("production", "2")
			w.runRound()
			byHand(w)
		},
		"after a crash before the evidence was written": func(w *env) {
			w.mlflow.InjectFault(killWhen(w, mlflowtest.CallsTo("model-versions/set-tag")), mlflowtest.DropConnection().Times(1))
			w.setVersion("production", "2")
			w.runRound()
			byHand(w)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newEnv(context.WithoutCancel(t.Context()), t)
			defer w.close()
			w.preparePromoted()
			story(w)
			w.runUntilSettled()
			want := []string{"DriftReverted 1 in place of 2", "Promoted 1 in place of "}
			if diff := cmp.Diff(want, w.snapshotState().describeHistory()); diff != "" {
				t.Errorf("history (-want +got):\n%s", diff)
			}
			if holder := w.mlflow.Model(sentiment).Aliases["production"]; holder != "1" {
				t.Errorf("version %s holds the stage, want 1", holder)
			}
		})
	}
}
