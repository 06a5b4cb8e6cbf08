// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package modelpromotion_test

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

// moves are the changes of hands in the middle of which an operator may die. Each
// prepares a world that is settled, and then asks for one move.
var moves = map[string]struct {
	prepare, move func(*world)
	want          []string
}{
	"the first promotion": {
		prepare: func(w *world) { w.prepare(builder.Stage("production").Gates(builder.GreaterThan("f1", "0.5"))) },
		move:    func(w *world) { w.apply(builder.Promotion("production").Version("1").Build()) },
		want:    []string{"Promoted 1 in place of "},
	},
	"a promotion with comparison and mirror": {
		prepare: func(w *world) { w.prepareHeld() },
		move:    func(w *world) { w.want("production", "2") },
		want:    []string{"Promoted 2 in place of 1", "Promoted 1 in place of "},
	},
	"a rollback": {
		prepare: func(w *world) {
			w.prepareHeld()
			w.want("production", "2")
			w.round()
		},
		move: func(w *world) { w.want("production", "1") },
		want: []string{"RolledBack 1 in place of 2", "Promoted 2 in place of 1", "Promoted 1 in place of "},
	},
	"an alias that was moved by hand": {
		prepare: func(w *world) { w.prepareHeld() },
		move:    func(w *world) { w.must(w.user.SetAlias(w.ctx, sentiment, "production", "2")) },
		want:    []string{"DriftReverted 1 in place of 2", "Promoted 1 in place of "},
	},
	"an alias that was deleted by hand": {
		prepare: func(w *world) { w.prepareHeld() },
		move:    func(w *world) { w.must(w.user.DeleteAlias(w.ctx, sentiment, "production")) },
		want:    []string{"DriftReverted 1 in place of ", "Promoted 1 in place of "},
	},
	"a version back to which an alias was moved by hand": {
		prepare: func(w *world) {
			w.prepareHeld()
			w.want("production", "2")
			w.round()
		},
		move: func(w *world) { w.must(w.user.SetAlias(w.ctx, sentiment, "production", "1")) },
		want: []string{"DriftReverted 2 in place of 1", "Promoted 2 in place of 1", "Promoted 1 in place of "},
	},
	"an alias that was moved by hand to a candidate that is refused": {
		prepare: func(w *world) {
			w.prepareHeld()
			w.want("production", "3")
			w.round()
		},
		move: func(w *world) { w.must(w.user.SetAlias(w.ctx, sentiment, "production", "3")) },
		want: []string{"DriftReverted 1 in place of 3", "Promoted 1 in place of "},
	},
	"a version that takes the place of what another hand put there, as it expects": {
		prepare: func(w *world) { w.prepareHeld() },
		move: func(w *world) {
			w.must(w.user.SetAlias(w.ctx, sentiment, "production", "3"))
			w.wantExpecting("2", "3")
		},
		want: []string{"Promoted 2 in place of 3", "Promoted 1 in place of "},
	},
	"a version that was there before the operator, as it expects": {
		prepare: func(w *world) {
			w.prepare(builder.Stage("production"))
			w.must(w.user.SetAlias(w.ctx, sentiment, "production", "1"))
		},
		move: func(w *world) {
			w.apply(builder.Promotion("production").Version("1").ExpectedCurrentVersion("1").Build())
		},
		want: []string{"Promoted 1 in place of "},
	},
	"a stage that follows another one, and acts before that one can tell": {
		prepare: func(w *world) {
			w.apply(builder.RegisteredModel(sentiment).Stages(builder.Stage("staging"), builder.Stage("production")).Build())
			w.round()
			w.train(nil)
			w.apply(builder.Promotion("production").FromStage("staging").Build())
			w.apply(builder.Promotion("staging").Stage("staging").Latest(nil).Build())
			w.settle()
		},
		move: func(w *world) { w.train(nil) },
		want: []string{"Promoted 2 in place of 1", "Promoted 1 in place of "},
	},
	"a version of which gates are overridden": {
		prepare: (*world).prepareOverrides,
		move:    func(w *world) { w.wantOverriding("3", "f1", "beats-f1") },
		want:    []string{"Overridden 3 in place of 1", "Promoted 1 in place of "},
	},
	"a version that has soaked": {
		prepare: (*world).prepareSoak,
		move: func(w *world) {
			w.pass(24 * time.Hour)
			w.apply(builder.Promotion("production").Version("1").Build())
		},
		want: []string{"Promoted 1 in place of "},
	},
	"a version that is registered from a run, and promoted": {
		prepare: func(w *world) { w.prepare(builder.Stage("production").Gates(builder.GreaterThan("f1", "0.5"))) },
		move: func(w *world) {
			w.apply(builder.ModelVersion("april").Run(w.run(metrics{"f1": "0.7"}, "")).Description("Of April").Tag("a", "1").Build())
			w.apply(builder.Promotion("production").FromModelVersion("april").Build())
		},
		want: []string{"Promoted 4 in place of "},
	},
	"a version whose description and tags are edited, which is no move": {
		prepare: func(w *world) { w.prepareRegistered(v1alpha1.VersionRetain) },
		move: func(w *world) {
			w.editRegistration("april", func(spec *v1alpha1.ModelVersionSpec) {
				spec.Description, spec.Tags = new("Of late April"), map[string]v1alpha1.TagValue{"b": "2", "c": "3"}
			})
		},
	},
	"a version that is adopted, which is no move": {
		prepare: func(w *world) { w.prepare(builder.Stage("production")) },
		move:    func(w *world) { w.apply(builder.ModelVersion("april").Adopts("2").Tag("a", "1").Build()) },
	},
	"a version that is archived with its object, which is no move": {
		prepare: func(w *world) { w.prepareRegistered(v1alpha1.VersionArchive) },
		move:    func(w *world) { w.must(w.kube.Delete(w.ctx, w.registration("april"))) },
	},
	"a version that is deleted with its object, which is no move": {
		prepare: func(w *world) { w.prepareRegistered(v1alpha1.VersionDelete) },
		move:    func(w *world) { w.must(w.kube.Delete(w.ctx, w.registration("april"))) },
	},
	"tags that are edited, which is no move": {
		prepare: func(w *world) {
			w.prepareHeld()
			w.editTags(map[string]v1alpha1.TagValue{"team": "nlp", "domain": "news"})
			w.round()
		},
		move: func(w *world) { w.editTags(map[string]v1alpha1.TagValue{"team": "cv", "framework": "sklearn"}) },
		want: []string{"Promoted 1 in place of "},
	},
}

func (w *world) editTags(tags map[string]v1alpha1.TagValue) {
	w.editModel(func(spec *v1alpha1.RegisteredModelSpec) { spec.Tags = tags })
}

// prepare makes a model with one stage and the versions 1 (good), 2 (better), 3 (bad).
func (w *world) prepare(stage *builder.StageBuilder) {
	w.apply(builder.RegisteredModel(sentiment).Stages(stage).Build())
	w.round()
	for _, f1 := range []string{"0.8", "0.9", "0.1"} {
		w.train(metrics{"f1": f1})
	}
	w.round()
}

// prepareRegistered registers version 4. What is to be done with it at its end is done only
// where there is a connection to do it through.
func (w *world) prepareRegistered(policy v1alpha1.VersionDeletionPolicy) {
	w.apply(builder.Connection(connection.Name).Build())
	w.prepare(builder.Stage("production"))
	w.apply(builder.ModelVersion("april").Run(w.run(nil, "")).Description("Of April").Tag("a", "1").Tag("b", "1").Deletion(policy).Build())
	w.settle()
}

// prepareHeld lets version 1 hold the stage.
func (w *world) prepareHeld() {
	w.prepare(builder.Stage("production").MLflowStage("Production").
		Gates(builder.GreaterThan("f1", "0.5"), builder.Comparison("f1", v1alpha1.HigherIsBetter)))
	w.apply(builder.Promotion("production").Version("1").Build())
	w.round()
}

func (w *world) want(promotion string, version v1alpha1.Version) {
	w.editPromotion(promotion, func(spec *v1alpha1.ModelPromotionSpec) {
		spec.Version, spec.VersionFrom = version, nil
	})
}

func (w *world) wantExpecting(version, expected v1alpha1.Version) {
	w.editPromotion("production", func(spec *v1alpha1.ModelPromotionSpec) {
		spec.Version, spec.ExpectedCurrentVersion = version, expected
	})
}

// crash is a moment at which the operator dies.
type crash struct {
	name string
	// arm waits for the n-th such moment.
	arm func(w *world, n int)
}

var crashes = []crash{
	{"before request", func(w *world, n int) {
		w.mlflow.Fail(killing(w, mlflowtest.Nth(n, mlflowtest.Any())), mlflowtest.Drop())
	}},
	{"after request", func(w *world, n int) {
		w.mlflow.Fail(mlflowtest.Nth(n, mlflowtest.Any()), mlflowtest.After(func(mlflowtest.Call) { w.kill() }))
	}},
	{"before status write", func(w *world, n int) {
		w.onStatusWrite = atWrite(w.statusWrites+n, func(func() error) error { w.kill(); return errDead })
	}},
	{"after status write", func(w *world, n int) {
		w.onStatusWrite = atWrite(w.statusWrites+n, func(write func() error) error {
			w.must(write())
			w.kill()
			return errDead
		})
	}},
}

func killing(w *world, match func(mlflowtest.Call) bool) func(mlflowtest.Call) bool {
	return func(c mlflowtest.Call) bool {
		if !match(c) {
			return false
		}
		w.kill()
		return true
	}
}

func atWrite(n int, instead func(write func() error) error) func(int, func() error) error {
	return func(at int, write func() error) error {
		if at == n {
			return instead(write)
		}
		return write()
	}
}

// TestKilledAtAnyPointItEndsInTheSameState kills the operator at each request to MLflow
// and at each write of a status, before and after it was carried out.
func TestKilledAtAnyPointItEndsInTheSameState(t *testing.T) {
	for name, story := range moves {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			undisturbed, _ := play(t, story.prepare, story.move, func(*world) {})
			if diff := cmp.Diff(story.want, undisturbed.moves()); diff != "" {
				t.Fatalf("without a crash (-want +got):\n%s", diff)
			}
			for _, c := range crashes {
				for n, struck := 1, true; struck; n++ {
					var got state
					got, struck = play(t, story.prepare, story.move, func(w *world) { c.arm(w, n) })
					if diff := cmp.Diff(undisturbed, got); diff != "" {
						t.Errorf("killed %s %d (-undisturbed +killed):\n%s", c.name, n, diff)
					}
				}
			}
		})
	}
}

// TestKilledAndEditedTheHistoryIsWhole lets a person edit the spec after the operator
// was killed in the middle of putting an alias back. Whatever it has done by then, the
// history tells each move that the operator made, once, in order.
func TestKilledAndEditedTheHistoryIsWhole(t *testing.T) {
	for _, c := range crashes {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			for n, struck := 1, true; struck; n++ {
				struck = playEdited(t, c, n)
			}
		})
	}
}

func playEdited(t *testing.T, c crash, n int) (struck bool) {
	t.Helper()
	w := newWorld(context.WithoutCancel(t.Context()), t)
	defer w.close()
	var moved []string
	w.mlflow.OnWrite(func(write mlflowtest.Write) {
		if write.Endpoint == "registered-models/alias" && !write.ByUser {
			moved = append(moved, write.Args.Text("version"))
		}
	})
	w.prepareHeld()
	started := w.started
	c.arm(w, n)
	w.must(w.user.SetAlias(w.ctx, sentiment, "production", "3"))
	w.round()
	w.want("production", "2")
	w.settle()
	var told []string
	for _, record := range slices.Backward(w.promotion("production").Status.History) {
		told = append(told, string(record.Version))
	}
	if diff := cmp.Diff(moved, told); diff != "" {
		t.Errorf("killed %s %d (-moved +told):\n%s", c.name, n, diff)
	}
	if holder := w.mlflow.Model(sentiment).Aliases["production"]; holder != "2" {
		t.Errorf("killed %s %d: version %s holds the stage, want 2", c.name, n, holder)
	}
	return w.started > started
}

// play asks for the move with a crash armed. It tells whether the crash came.
func play(t *testing.T, prepare, move, arm func(*world)) (end state, struck bool) {
	t.Helper()
	w := newWorld(context.WithoutCancel(t.Context()), t)
	defer w.close()
	prepare(w)
	started := w.started
	arm(w)
	move(w)
	w.settle()
	// What the operator did not live to count is lost, and nothing is counted twice.
	end = w.state()
	if counted, told := w.counted.moves(), w.historyLength(); counted > told || counted < told && w.started == started {
		t.Errorf("%d changes of hands were counted, and the history tells %d", counted, told)
	}
	return end, w.started > started
}

// historyLength is how many changes of hands all promotions tell of.
func (w *world) historyLength() int {
	var told int
	for _, name := range w.promotions {
		told += len(w.promotion(name).Status.History)
	}
	return told
}

// moves is the history in words.
func (s state) moves() []string {
	var words []string
	for _, record := range s.Statuses["production"].History {
		words = append(words, fmt.Sprintf("%s %s in place of %s", record.Cause, record.Version, record.PreviousVersion))
	}
	return words
}

// TestAnotherHandIsNotTakenForTheOperator: what was announced, and then done by somebody
// else without its gates, is not recorded.
func TestAnotherHandIsNotTakenForTheOperator(t *testing.T) {
	byHand := func(w *world) {
		w.must(w.user.DeleteRun(w.ctx, w.mlflow.Version(sentiment, "2").RunID))
		w.must(w.user.SetAlias(w.ctx, sentiment, "production", "2"))
	}
	for name, story := range map[string]func(*world){
		"between the announcement and the last look": func(w *world) {
			w.onAnnouncement = func(write func() error) error {
				defer byHand(w)
				return write()
			}
			w.want("production", "2")
			w.round()
		},
		"after the alias was refused to the operator": func(w *world) {
			w.mlflow.Fail(mlflowtest.Endpoint("POST registered-models/alias"), mlflowtest.Forbidden().Times(1))
			w.want("production", "2")
			w.round()
			byHand(w)
		},
		"after a crash before the evidence was written": func(w *world) {
			w.mlflow.Fail(killing(w, mlflowtest.Endpoint("model-versions/set-tag")), mlflowtest.Drop().Times(1))
			w.want("production", "2")
			w.round()
			byHand(w)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(context.WithoutCancel(t.Context()), t)
			defer w.close()
			w.prepareHeld()
			story(w)
			w.settle()
			want := []string{"DriftReverted 1 in place of 2", "Promoted 1 in place of "}
			if diff := cmp.Diff(want, w.state().moves()); diff != "" {
				t.Errorf("history (-want +got):\n%s", diff)
			}
			if holder := w.mlflow.Model(sentiment).Aliases["production"]; holder != "1" {
				t.Errorf("version %s holds the stage, want 1", holder)
			}
		})
	}
}
