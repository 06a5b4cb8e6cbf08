// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package simulation

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

// advanceClock lets time pass.
func (w *env) advanceClock(d time.Duration) { w.clock.SetTime(w.clock.Now().Add(d)) }

// prepareSoak lets version 1 take staging at noon. Production demands a day there.
func (w *env) prepareSoak() {
	w.prepareSoakWith(builder.Stage("staging"))
}

func (w *env) prepareSoakWith(staging *builder.StageBuilder) {
	production := builder.Stage("production").PromotesFrom("staging").RequiredSoakTime("24h")
	w.createObject(builder.RegisteredModel(sentiment).Stages(staging, production).Build())
	w.runRound()
	for range 3 {
		w.registerFromRun(nil)
	}
	w.createObject(builder.Promotion("staging").Stage("staging").Version("1").Build())
	w.runUntilSettled()
}

// soakCases is a story in which version 1 wants to take production, and what becomes of it.
var soakCases = map[string]struct {
	staging *builder.StageBuilder
	story   func(*env)
	want    string
	// wantUntil is in hours after noon; 0 is none.
	wantUntil int
}{
	"a minute too early": {
		story: func(w *env) { w.advanceClock(24*time.Hour - time.Minute) }, want: "Soaking", wantUntil: 24,
	},
	"in time": {story: func(w *env) { w.advanceClock(24 * time.Hour) }, want: "Promoted"},
	"in time, after a restart on the way": {
		story: func(w *env) {
			w.advanceClock(23 * time.Hour)
			w.runUntilSettled()
			w.restartOperator()
			w.runUntilSettled()
			w.advanceClock(time.Hour)
		},
		want: "Promoted",
	},
	"in time, by an operator that was away meanwhile": {
		story: func(w *env) {
			w.operator.stop()
			w.advanceClock(24 * time.Hour)
			w.operator = startOperator(w)
			w.pollRegistry()
		},
		want: "Promoted",
	},
	"after another hand moved the alias, and it was put back": {
		story: func(w *env) {
			w.advanceClock(20 * time.Hour)
			w.must(w.user.SetAlias(w.ctx, sentiment, "staging", "2"))
			w.runUntilSettled()
			w.advanceClock(23 * time.Hour)
		},
		want: "Soaking", wantUntil: 44,
	},
	"after another hand moved the alias and put it back, which is only reported": {
		staging: builder.Stage("staging").DriftPolicy(v1alpha1.DriftPolicyReport),
		story: func(w *env) {
			w.must(w.user.SetAlias(w.ctx, sentiment, "staging", "2"))
			w.runUntilSettled()
			w.advanceClock(20 * time.Hour)
			w.must(w.user.SetAlias(w.ctx, sentiment, "staging", "1"))
			w.runUntilSettled()
			w.advanceClock(23 * time.Hour)
		},
		want: "Soaking", wantUntil: 44,
	},
	"while another hand's choice holds staging": {
		staging: builder.Stage("staging").DriftPolicy(v1alpha1.DriftPolicyReport),
		story: func(w *env) {
			w.must(w.user.SetAlias(w.ctx, sentiment, "staging", "2"))
			w.runUntilSettled()
			w.advanceClock(30 * time.Hour)
		},
		want: "PrerequisiteStageMissing",
	},
	"after its successor took staging, too early": {
		story: func(w *env) {
			w.advanceClock(23 * time.Hour)
			w.setVersion("staging", "2")
			w.runUntilSettled()
			w.advanceClock(23 * time.Hour)
		},
		want: "PrerequisiteStageMissing",
	},
	"after its successor took staging, in time": {
		story: func(w *env) {
			w.advanceClock(24 * time.Hour)
			w.setVersion("staging", "2")
			w.runUntilSettled()
		},
		want: "Promoted",
	},
	"after it returned to staging": {
		story: func(w *env) {
			w.advanceClock(23 * time.Hour)
			w.setVersion("staging", "2")
			w.runUntilSettled()
			w.setVersion("staging", "1")
			w.runUntilSettled()
			w.advanceClock(2 * time.Hour)
		},
		want: "Soaking", wantUntil: 47,
	},
	"while staging is suspended": {
		story: func(w *env) {
			w.editPromotion("staging", func(spec *v1alpha1.ModelPromotionSpec) { spec.Suspend = new(true) })
			w.runUntilSettled()
			w.advanceClock(30 * time.Hour)
		},
		want: "Soaking",
	},
	"after staging was suspended": {
		story: func(w *env) {
			w.editPromotion("staging", func(spec *v1alpha1.ModelPromotionSpec) { spec.Suspend = new(true) })
			w.runUntilSettled()
			w.advanceClock(30 * time.Hour)
			w.editPromotion("staging", func(spec *v1alpha1.ModelPromotionSpec) { spec.Suspend = new(false) })
			w.runUntilSettled()
		},
		want: "Soaking", wantUntil: 54,
	},
	"after the model was suspended": {
		story: func(w *env) {
			w.editModel(func(spec *v1alpha1.RegisteredModelSpec) { spec.Suspend = new(true) })
			w.runUntilSettled()
			w.advanceClock(30 * time.Hour)
			w.editModel(func(spec *v1alpha1.RegisteredModelSpec) { spec.Suspend = new(false) })
			w.runUntilSettled()
		},
		want: "Soaking", wantUntil: 54,
	},
	"after its class was missing": {
		story: func(w *env) {
			w.editModel(func(spec *v1alpha1.RegisteredModelSpec) { spec.ClassName = "missing" })
			w.runUntilSettled()
			w.advanceClock(time.Hour)
			w.editModel(func(spec *v1alpha1.RegisteredModelSpec) { spec.ClassName = "" })
			w.runUntilSettled()
			w.advanceClock(23 * time.Hour)
		},
		want: "Soaking", wantUntil: 25,
	},
	"after MLflow was away": {
		story: func(w *env) {
			w.advanceClock(12 * time.Hour)
			w.simulateOutage()
			w.advanceClock(12 * time.Hour)
		},
		want: "Promoted",
	},
	"after the history of staging was lost": {
		story: func(w *env) {
			w.must(w.kube.Delete(w.ctx, w.getPromotion("staging")))
			w.promotions = nil
			w.advanceClock(30 * time.Hour)
		},
		want: "PrerequisiteStageMissing",
	},
	"after the model was deleted and created again": {
		story: func(w *env) {
			w.must(w.user.DeleteModel(w.ctx, sentiment))
			w.must(w.user.CreateModel(w.ctx, sentiment, nil))
			w.versionCount = 0
			w.registerFromRun(nil)
			w.runUntilSettled()
			w.editPromotion("staging", func(spec *v1alpha1.ModelPromotionSpec) {})
			w.advanceClock(30 * time.Hour)
			w.runUntilSettled()
		},
		want: "Soaking", wantUntil: 54,
	},
	"after the demand was dropped": {
		story: func(w *env) {
			w.editModel(func(spec *v1alpha1.RegisteredModelSpec) { spec.Stages[1].RequiredSoakTime = "" })
		},
		want: "Promoted",
	},
}

func TestSoak(t *testing.T) {
	for name, test := range soakCases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newEnv(context.WithoutCancel(t.Context()), t)
			defer w.close()
			if test.staging == nil {
				w.prepareSoak()
			} else {
				w.prepareSoakWith(test.staging)
			}
			test.story(w)
			w.runRound()
			w.createObject(builder.Promotion("production").Version("1").Build())
			for range 3 {
				w.must(w.reconcilePromotion("production"))
			}
			p := w.getPromotion("production")
			if got := readyCondition(p); got.Reason != test.want {
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

// TestSoakRequeue: the queue wakes a version when it has soaked, not sooner and not later,
// whatever operator runs; and as often as ever where something else stands in its way too.
func TestSoakRequeue(t *testing.T) {
	w := newEnv(t.Context(), t)
	defer w.close()
	w.prepareSoak()
	w.createObject(builder.Promotion("production").Version("1").Build())
	look := func() time.Duration {
		t.Helper()
		result, err := w.operator.promotions.Reconcile(w.operator.ctx, reconcile.Request{
			NamespacedName: types.NamespacedName{Namespace: "default", Name: "production"},
		})
		w.must(err)
		return result.RequeueAfter
	}
	w.advanceClock(90 * time.Minute)
	got := []time.Duration{look()}
	written := w.statusWrites
	w.advanceClock(20 * time.Hour)
	got = append(got, look())
	w.restartOperator()
	w.pollRegistry()
	got = append(got, look())
	if w.statusWrites != written {
		t.Errorf("%d statuses were written while nothing happened", w.statusWrites-written)
	}
	w.editPromotion("production", func(spec *v1alpha1.ModelPromotionSpec) {
		spec.Gates = []v1alpha1.Gate{builder.TagGate("reviewed", "yes")}
	})
	got = append(got, look())
	w.advanceClock(149*time.Minute + 50*time.Second)
	got = append(got, look())
	w.editPromotion("production", func(spec *v1alpha1.ModelPromotionSpec) { spec.Gates = nil })
	w.advanceClock(10 * time.Second)
	got = append(got, look())
	want := []time.Duration{22*time.Hour + 30*time.Minute, 150 * time.Minute, 150 * time.Minute, 30 * time.Second, 10 * time.Second, 0}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("looked again after (-want +got):\n%s", diff)
	}
	if p := w.getPromotion("production"); readyCondition(p).Reason != v1alpha1.ReasonPromoted || p.Status.BlockedUntil != nil {
		t.Errorf("%s, blocked until %v", readyCondition(p).Reason, p.Status.BlockedUntil)
	}
}
