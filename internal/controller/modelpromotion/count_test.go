// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package modelpromotion_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/controller/modelpromotion"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/mlflowtest"
	"github.com/neuronews/mlflow-registry-operator/internal/promotion"
	"github.com/neuronews/mlflow-registry-operator/test/builder"
)

// counts is a Meter that can be read. Passes come one after the other here.
type counts struct {
	outcomes map[promotion.Outcome]int
	verdicts map[string]int
}

var _ modelpromotion.Meter = (*counts)(nil)

func (c *counts) Promotion(o promotion.Outcome) { c.outcomes[o]++ }

func (c *counts) Gate(kind v1alpha1.GateType, result v1alpha1.GateResult) {
	c.verdicts[string(kind)+" "+string(result)]++
}

func (c *counts) reset() {
	*c = counts{outcomes: map[promotion.Outcome]int{}, verdicts: map[string]int{}}
}

type outcomes = map[promotion.Outcome]int

// counted are stories with what is counted of them. Each is looked at many times more,
// which counts nothing.
var counted = map[string]struct {
	prepare, event func(*world)
	want           outcomes
}{
	"a promotion": {
		prepare: (*world).prepareHeld,
		event:   func(w *world) { w.want("production", "2") },
		want:    outcomes{promotion.OutcomePromoted: 1},
	},
	"a promotion of which the status could not be told at once": {
		prepare: (*world).prepareHeld,
		event: func(w *world) {
			w.onAnnouncement = func(write func() error) error {
				// The next write records.
				w.onStatusWrite = atWrite(w.statusWrites+1, statusFault("status error"))
				return write()
			}
			w.want("production", "2")
		},
		want: outcomes{promotion.OutcomePromoted: 1},
	},
	"a rollback": {
		prepare: func(w *world) {
			w.prepareHeld()
			w.want("production", "2")
			w.settle()
		},
		event: func(w *world) { w.want("production", "1") },
		want:  outcomes{promotion.OutcomeRolledBack: 1},
	},
	"an alias that was moved by hand": {
		prepare: (*world).prepareHeld,
		event:   func(w *world) { w.must(w.user.SetAlias(w.ctx, sentiment, "production", "2")) },
		want:    outcomes{promotion.OutcomeReverted: 1},
	},
	"an alias that is only reported, before and after MLflow was away": {
		prepare: func(w *world) {
			w.prepare(builder.Stage("production").Drift(v1alpha1.DriftReport))
			w.apply(builder.Promotion("production").Version("1").Build())
			w.settle()
		},
		event: func(w *world) {
			w.must(w.user.SetAlias(w.ctx, sentiment, "production", "2"))
			w.settle()
			w.outage()
		},
		want: outcomes{promotion.OutcomeReported: 1},
	},
	"a version that had the alias all along": {
		prepare: func(w *world) {
			w.prepare(builder.Stage("production"))
			w.must(w.user.SetAlias(w.ctx, sentiment, "production", "1"))
		},
		event: func(w *world) { w.apply(builder.Promotion("production").Version("1").Build()) },
		want:  outcomes{promotion.OutcomeRecorded: 1},
	},
	"a legacy stage that was moved by hand": {
		prepare: (*world).prepareHeld,
		event:   func(w *world) { w.must(w.user.TransitionStage(w.ctx, sentiment, "1", "Archived", false)) },
		want:    outcomes{promotion.OutcomeMirrored: 1},
	},
	"a version that is refused, before and after MLflow was away": {
		prepare: (*world).prepareHeld,
		event: func(w *world) {
			w.want("production", "3")
			w.settle()
			w.outage()
			w.restart()
		},
		want: outcomes{promotion.OutcomeRefused: 1},
	},
	"a version that does not exist": {
		prepare: (*world).prepareHeld,
		event:   func(w *world) { w.want("production", "9") },
		want:    outcomes{promotion.OutcomeRefused: 1},
	},
	"a refusal of which the status could not be told at once": {
		prepare: (*world).prepareHeld,
		event: func(w *world) {
			// What is left to be said of the models is said, so that the next write is the refusal's.
			w.settle()
			w.onStatusWrite = atWrite(w.statusWrites+1, func(func() error) error {
				return apierrors.NewConflict(schema.GroupResource{}, "production", context.Canceled)
			})
			w.want("production", "3")
		},
		want: outcomes{promotion.OutcomeRefused: 1},
	},
	"a version that is refused for each of two edits": {
		prepare: (*world).prepareHeld,
		event: func(w *world) {
			w.want("production", "3")
			w.settle()
			w.want("production", "3")
		},
		want: outcomes{promotion.OutcomeRefused: 2},
	},
	"a version that is refused, and put there by hand": {
		prepare: func(w *world) {
			w.prepareHeld()
			w.want("production", "3")
			w.settle()
		},
		event: func(w *world) { w.must(w.user.SetAlias(w.ctx, sentiment, "production", "3")) },
		want:  outcomes{promotion.OutcomeReverted: 1},
	},
	"a version that is refused while another hand moves the alias": {
		prepare: (*world).prepareHeld,
		event: func(w *world) {
			w.want("production", "3")
			w.must(w.user.SetAlias(w.ctx, sentiment, "production", "2"))
		},
		want: outcomes{promotion.OutcomeRefused: 1, promotion.OutcomeReverted: 1},
	},
	"a holder that is not the expected one": {
		prepare: (*world).prepareHeld,
		event:   func(w *world) { w.wantExpecting("2", "3") },
		want:    outcomes{promotion.OutcomeRefused: 1},
	},
	"a holder that ceases to be the expected one, in a dry run": {
		prepare: func(w *world) {
			w.prepareHeld()
			w.wantExpecting("2", "1")
			w.editPromotion("production", func(spec *v1alpha1.ModelPromotionSpec) { spec.Mode = v1alpha1.PromotionModeDryRun })
			w.settle()
		},
		event: func(w *world) {
			w.must(w.user.SetAlias(w.ctx, sentiment, "production", "3"))
			w.settle()
			w.outage()
		},
		want: outcomes{promotion.OutcomeRefused: 1},
	},
	"a version that waits for its metric": {
		prepare: func(w *world) {
			waits := builder.GreaterThan("accuracy", "0.5")
			waits.Metric.OnMissing = v1alpha1.OnMissingWait
			w.prepare(builder.Stage("production").Gates(waits))
		},
		event: func(w *world) { w.apply(builder.Promotion("production").Version("1").Build()) },
		want:  outcomes{promotion.OutcomeWaiting: 1},
	},
	"a version that soaks, until it has": {
		prepare: (*world).prepareSoak,
		event: func(w *world) {
			w.apply(builder.Promotion("production").Version("1").Build())
			w.settle()
			w.pass(24 * time.Hour)
		},
		want: outcomes{promotion.OutcomeWaiting: 1, promotion.OutcomePromoted: 1},
	},
	"a version of which a gate is overridden": {
		prepare: func(w *world) {
			w.prepareHeld()
			w.editModel(func(spec *v1alpha1.RegisteredModelSpec) { spec.Stages[0].Overrides = v1alpha1.OverridesAllow })
			w.settle()
		},
		event: func(w *world) { w.wantOverriding("3", "f1", "beats-f1") },
		want:  outcomes{promotion.OutcomeOverridden: 1},
	},
	"a gate that can't be asked": {
		prepare: (*world).prepareHeld,
		event: func(w *world) {
			w.mlflow.Fail(mlflowtest.Endpoint("runs/get"), mlflowtest.Forbidden())
			w.want("production", "2")
		},
		want: outcomes{},
	},
}

func TestOutcomesAreCounted(t *testing.T) {
	for name, story := range counted {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(context.WithoutCancel(t.Context()), t)
			defer w.close()
			story.prepare(w)
			w.counted.reset()
			story.event(w)
			w.settle()
			if diff := cmp.Diff(story.want, w.counted.outcomes); diff != "" {
				t.Errorf("(-want +counted):\n%s", diff)
			}
		})
	}
}

// TestEachEvaluationIsCounted also counts those of a version that was refused before.
func TestEachEvaluationIsCounted(t *testing.T) {
	w := newWorld(t.Context(), t)
	defer w.close()
	w.prepareHeld()
	w.counted.reset()
	w.want("production", "3")
	w.round()
	w.round()
	want := map[string]int{"BuiltIn Passed": 4, "Metric Failed": 2, "Comparison Failed": 2}
	if diff := cmp.Diff(want, w.counted.verdicts); diff != "" {
		t.Errorf("(-want +counted):\n%s", diff)
	}
}

// moves are the changes of hands that were counted.
func (c *counts) moves() int {
	return c.outcomes[promotion.OutcomePromoted] + c.outcomes[promotion.OutcomeRolledBack] + c.outcomes[promotion.OutcomeOverridden] +
		c.outcomes[promotion.OutcomeReverted] + c.outcomes[promotion.OutcomeRecorded]
}

// outage is a server that takes nobody's word for who he is, for some time.
func (w *world) outage() {
	w.mlflow.Fail(mlflowtest.Any(), mlflowtest.Unauthorized())
	w.settle()
	w.mlflow.Heal()
	w.settle()
}
