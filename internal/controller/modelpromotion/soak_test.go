// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package modelpromotion_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/test/builder"
)

// pass lets time pass.
func (w *world) pass(d time.Duration) { w.clock.SetTime(w.clock.Now().Add(d)) }

// prepareSoak lets version 1 take staging at noon. Production demands a day there.
func (w *world) prepareSoak() {
	w.prepareSoakWith(builder.Stage("staging"))
}

func (w *world) prepareSoakWith(staging *builder.StageBuilder) {
	production := builder.Stage("production").PromotesFrom("staging").MinSoak("24h")
	w.apply(builder.RegisteredModel(sentiment).Stages(staging, production).Build())
	w.round()
	for range 3 {
		w.train(nil)
	}
	w.apply(builder.Promotion("staging").Stage("staging").Version("1").Build())
	w.settle()
}

// soaking is a story in which version 1 wants to take production, and what becomes of it.
var soaking = map[string]struct {
	staging *builder.StageBuilder
	story   func(*world)
	want    string
	// wantUntil is in hours after noon; 0 is none.
	wantUntil int
}{
	"a minute too early": {
		story: func(w *world) { w.pass(24*time.Hour - time.Minute) }, want: "Soaking", wantUntil: 24,
	},
	"in time": {story: func(w *world) { w.pass(24 * time.Hour) }, want: "Promoted"},
	"in time, after a restart on the way": {
		story: func(w *world) {
			w.pass(23 * time.Hour)
			w.settle()
			w.restart()
			w.settle()
			w.pass(time.Hour)
		},
		want: "Promoted",
	},
	"in time, by an operator that was away meanwhile": {
		story: func(w *world) {
			w.operator.stop()
			w.pass(24 * time.Hour)
			w.operator = startOperator(w)
			w.poll()
		},
		want: "Promoted",
	},
	"after another hand moved the alias, and it was put back": {
		story: func(w *world) {
			w.pass(20 * time.Hour)
			w.must(w.user.SetAlias(w.ctx, sentiment, "staging", "2"))
			w.settle()
			w.pass(23 * time.Hour)
		},
		want: "Soaking", wantUntil: 44,
	},
	"after another hand moved the alias and put it back, which is only reported": {
		staging: builder.Stage("staging").Drift(v1alpha1.DriftReport),
		story: func(w *world) {
			w.must(w.user.SetAlias(w.ctx, sentiment, "staging", "2"))
			w.settle()
			w.pass(20 * time.Hour)
			w.must(w.user.SetAlias(w.ctx, sentiment, "staging", "1"))
			w.settle()
			w.pass(23 * time.Hour)
		},
		want: "Soaking", wantUntil: 44,
	},
	"while another hand's choice holds staging": {
		staging: builder.Stage("staging").Drift(v1alpha1.DriftReport),
		story: func(w *world) {
			w.must(w.user.SetAlias(w.ctx, sentiment, "staging", "2"))
			w.settle()
			w.pass(30 * time.Hour)
		},
		want: "OutOfOrder",
	},
	"after its successor took staging, too early": {
		story: func(w *world) {
			w.pass(23 * time.Hour)
			w.want("staging", "2")
			w.settle()
			w.pass(23 * time.Hour)
		},
		want: "OutOfOrder",
	},
	"after its successor took staging, in time": {
		story: func(w *world) {
			w.pass(24 * time.Hour)
			w.want("staging", "2")
			w.settle()
		},
		want: "Promoted",
	},
	"after it returned to staging": {
		story: func(w *world) {
			w.pass(23 * time.Hour)
			w.want("staging", "2")
			w.settle()
			w.want("staging", "1")
			w.settle()
			w.pass(2 * time.Hour)
		},
		want: "Soaking", wantUntil: 47,
	},
	"while staging is suspended": {
		story: func(w *world) {
			w.editPromotion("staging", func(spec *v1alpha1.ModelPromotionSpec) { spec.Suspend = new(true) })
			w.settle()
			w.pass(30 * time.Hour)
		},
		want: "Soaking",
	},
	"after staging was suspended": {
		story: func(w *world) {
			w.editPromotion("staging", func(spec *v1alpha1.ModelPromotionSpec) { spec.Suspend = new(true) })
			w.settle()
			w.pass(30 * time.Hour)
			w.editPromotion("staging", func(spec *v1alpha1.ModelPromotionSpec) { spec.Suspend = new(false) })
			w.settle()
		},
		want: "Soaking", wantUntil: 54,
	},
	"after the model was suspended": {
		story: func(w *world) {
			w.editModel(func(spec *v1alpha1.RegisteredModelSpec) { spec.Suspend = new(true) })
			w.settle()
			w.pass(30 * time.Hour)
			w.editModel(func(spec *v1alpha1.RegisteredModelSpec) { spec.Suspend = new(false) })
			w.settle()
		},
		want: "Soaking", wantUntil: 54,
	},
	"after its class was missing": {
		story: func(w *world) {
			w.editModel(func(spec *v1alpha1.RegisteredModelSpec) { spec.ClassName = "missing" })
			w.settle()
			w.pass(time.Hour)
			w.editModel(func(spec *v1alpha1.RegisteredModelSpec) { spec.ClassName = "" })
			w.settle()
			w.pass(23 * time.Hour)
		},
		want: "Soaking", wantUntil: 25,
	},
	"after MLflow was away": {
		story: func(w *world) {
			w.pass(12 * time.Hour)
			w.outage()
			w.pass(12 * time.Hour)
		},
		want: "Promoted",
	},
	"after the history of staging was lost": {
		story: func(w *world) {
			w.must(w.kube.Delete(w.ctx, w.promotion("staging")))
			w.promotions = nil
			w.pass(30 * time.Hour)
		},
		want: "OutOfOrder",
	},
	"after the model was deleted and created again": {
		story: func(w *world) {
			w.must(w.user.DeleteModel(w.ctx, sentiment))
			w.must(w.user.CreateModel(w.ctx, sentiment, nil))
			w.trained = 0
			w.train(nil)
			w.settle()
			w.editPromotion("staging", func(spec *v1alpha1.ModelPromotionSpec) {})
			w.pass(30 * time.Hour)
			w.settle()
		},
		want: "Soaking", wantUntil: 54,
	},
	"after the demand was dropped": {
		story: func(w *world) {
			w.editModel(func(spec *v1alpha1.RegisteredModelSpec) { spec.Stages[1].MinSoak = "" })
		},
		want: "Promoted",
	},
}

func TestSoaking(t *testing.T) {
	for name, test := range soaking {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(context.WithoutCancel(t.Context()), t)
			defer w.close()
			if test.staging == nil {
				w.prepareSoak()
			} else {
				w.prepareSoakWith(test.staging)
			}
			test.story(w)
			w.round()
			w.apply(builder.Promotion("production").Version("1").Build())
			for range 3 {
				w.must(w.reconcilePromotion("production"))
			}
			p := w.promotion("production")
			if got := readyOf(p); got.Reason != test.want {
				t.Errorf("%s: %s, want %s", got.Reason, got.Message, test.want)
			}
			until := 0
			if p.Status.BlockedUntil != nil {
				until = int(p.Status.BlockedUntil.Sub(noon).Hours())
			}
			if until != test.wantUntil {
				t.Errorf("blocked until %d h after noon, want %d", until, test.wantUntil)
			}
			if took := w.mlflow.Model(sentiment).Aliases["production"] == "1"; took != (test.want == "Promoted") {
				t.Errorf("it took the stage: %t", took)
			}
		})
	}
}

// TestSoakWakes: the queue wakes a version when it has soaked, not sooner and not later,
// whatever operator runs; and as often as ever where something else stands in its way too.
func TestSoakWakes(t *testing.T) {
	w := newWorld(t.Context(), t)
	defer w.close()
	w.prepareSoak()
	w.apply(builder.Promotion("production").Version("1").Build())
	look := func() time.Duration {
		t.Helper()
		result, err := w.operator.promotions.Reconcile(w.operator.ctx, reconcile.Request{
			NamespacedName: types.NamespacedName{Namespace: "default", Name: "production"},
		})
		w.must(err)
		return result.RequeueAfter
	}
	w.pass(90 * time.Minute)
	got := []time.Duration{look()}
	written := w.statusWrites
	w.pass(20 * time.Hour)
	got = append(got, look())
	w.restart()
	w.poll()
	got = append(got, look())
	if w.statusWrites != written {
		t.Errorf("%d statuses were written while nothing happened", w.statusWrites-written)
	}
	w.editPromotion("production", func(spec *v1alpha1.ModelPromotionSpec) {
		spec.Gates = []v1alpha1.Gate{builder.TagIn("reviewed", "yes")}
	})
	got = append(got, look())
	w.pass(149*time.Minute + 50*time.Second)
	got = append(got, look())
	w.editPromotion("production", func(spec *v1alpha1.ModelPromotionSpec) { spec.Gates = nil })
	w.pass(10 * time.Second)
	got = append(got, look())
	want := []time.Duration{22*time.Hour + 30*time.Minute, 150 * time.Minute, 150 * time.Minute, 30 * time.Second, 10 * time.Second, 0}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("looked again after (-want +got):\n%s", diff)
	}
	if p := w.promotion("production"); readyOf(p).Reason != v1alpha1.ReasonPromoted || p.Status.BlockedUntil != nil {
		t.Errorf("%s, blocked until %v", readyOf(p).Reason, p.Status.BlockedUntil)
	}
}
