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

// soakCases are events before version 1 is promoted to production, with the reason of Ready that must follow.
var soakCases = map[string]struct {
	staging *builder.StageBuilder
	story   func(*env)
	want    string
	// wantUntil is status.blockedUntil in hours after noon; 0 if it must be empty.
	wantUntil int
}{
	"a minute too early": {
		story: func(e *env) { e.advanceClock(24*time.Hour - time.Minute) }, want: "Soaking", wantUntil: 24,
	},
	"after the soak time": {story: func(e *env) { e.advanceClock(24 * time.Hour) }, want: "Promoted"},
	"after the soak time, with a restart in between": {
		story: func(e *env) {
			e.advanceClock(23 * time.Hour)
			e.runUntilSettled()
			e.restartOperator()
			e.runUntilSettled()
			e.advanceClock(time.Hour)
		},
		want: "Promoted",
	},
	"after the soak time, during which no operator ran": {
		story: func(e *env) {
			e.operator.stop()
			e.advanceClock(24 * time.Hour)
			e.operator = startOperator(e)
			e.pollRegistry()
		},
		want: "Promoted",
	},
	"after drift that was reverted": {
		story: func(e *env) {
			e.advanceClock(20 * time.Hour)
			e.must(e.user.SetAlias(e.ctx, sentiment, "staging", "2"))
			e.runUntilSettled()
			e.advanceClock(23 * time.Hour)
		},
		want: "Soaking", wantUntil: 44,
	},
	"after drift that was reported and that the user reverted": {
		staging: builder.Stage("staging").DriftPolicy(v1alpha1.DriftPolicyReport),
		story: func(e *env) {
			e.must(e.user.SetAlias(e.ctx, sentiment, "staging", "2"))
			e.runUntilSettled()
			e.advanceClock(20 * time.Hour)
			e.must(e.user.SetAlias(e.ctx, sentiment, "staging", "1"))
			e.runUntilSettled()
			e.advanceClock(23 * time.Hour)
		},
		want: "Soaking", wantUntil: 44,
	},
	"during drift that is reported": {
		staging: builder.Stage("staging").DriftPolicy(v1alpha1.DriftPolicyReport),
		story: func(e *env) {
			e.must(e.user.SetAlias(e.ctx, sentiment, "staging", "2"))
			e.runUntilSettled()
			e.advanceClock(30 * time.Hour)
		},
		want: "PrerequisiteStageMissing",
	},
	"after its successor took staging, too early": {
		story: func(e *env) {
			e.advanceClock(23 * time.Hour)
			e.setVersion("staging", "2")
			e.runUntilSettled()
			e.advanceClock(23 * time.Hour)
		},
		want: "PrerequisiteStageMissing",
	},
	"after its successor took staging, late enough": {
		story: func(e *env) {
			e.advanceClock(24 * time.Hour)
			e.setVersion("staging", "2")
			e.runUntilSettled()
		},
		want: "Promoted",
	},
	"after a rollback of staging to it": {
		story: func(e *env) {
			e.advanceClock(23 * time.Hour)
			e.setVersion("staging", "2")
			e.runUntilSettled()
			e.setVersion("staging", "1")
			e.runUntilSettled()
			e.advanceClock(2 * time.Hour)
		},
		want: "Soaking", wantUntil: 47,
	},
	"while staging is suspended": {
		story: func(e *env) {
			e.editPromotion("staging", func(spec *v1alpha1.ModelPromotionSpec) { spec.Suspend = new(true) })
			e.runUntilSettled()
			e.advanceClock(30 * time.Hour)
		},
		want: "Soaking",
	},
	"after staging was suspended": {
		story: func(e *env) {
			e.editPromotion("staging", func(spec *v1alpha1.ModelPromotionSpec) { spec.Suspend = new(true) })
			e.runUntilSettled()
			e.advanceClock(30 * time.Hour)
			e.editPromotion("staging", func(spec *v1alpha1.ModelPromotionSpec) { spec.Suspend = new(false) })
			e.runUntilSettled()
		},
		want: "Soaking", wantUntil: 54,
	},
	"after the model was suspended": {
		story: func(e *env) {
			e.editModel(func(spec *v1alpha1.RegisteredModelSpec) { spec.Suspend = new(true) })
			e.runUntilSettled()
			e.advanceClock(30 * time.Hour)
			e.editModel(func(spec *v1alpha1.RegisteredModelSpec) { spec.Suspend = new(false) })
			e.runUntilSettled()
		},
		want: "Soaking", wantUntil: 54,
	},
	"after its class was missing": {
		story: func(e *env) {
			e.editModel(func(spec *v1alpha1.RegisteredModelSpec) { spec.ClassName = "missing" })
			e.runUntilSettled()
			e.advanceClock(time.Hour)
			e.editModel(func(spec *v1alpha1.RegisteredModelSpec) { spec.ClassName = "" })
			e.runUntilSettled()
			e.advanceClock(23 * time.Hour)
		},
		want: "Soaking", wantUntil: 25,
	},
	"after an outage of MLflow": {
		story: func(e *env) {
			e.advanceClock(12 * time.Hour)
			e.simulateOutage()
			e.advanceClock(12 * time.Hour)
		},
		want: "Promoted",
	},
	"after the history of staging was lost": {
		story: func(e *env) {
			e.must(e.kube.Delete(e.ctx, e.getPromotion("staging")))
			e.promotions = nil
			e.advanceClock(30 * time.Hour)
		},
		want: "PrerequisiteStageMissing",
	},
	"after the model was deleted and created again": {
		story: func(e *env) {
			e.must(e.user.DeleteModel(e.ctx, sentiment))
			e.must(e.user.CreateModel(e.ctx, sentiment, nil))
			e.versionCount = 0
			e.registerFromRun(nil)
			e.runUntilSettled()
			e.editPromotion("staging", func(spec *v1alpha1.ModelPromotionSpec) {})
			e.advanceClock(30 * time.Hour)
			e.runUntilSettled()
		},
		want: "Soaking", wantUntil: 54,
	},
	"after the soak time was removed from the stage": {
		story: func(e *env) {
			e.editModel(func(spec *v1alpha1.RegisteredModelSpec) { spec.Stages[1].RequiredSoakTime = "" })
		},
		want: "Promoted",
	},
}

func TestSoak(t *testing.T) {
	for name, test := range soakCases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := newEnv(context.WithoutCancel(t.Context()), t)
			defer e.close()
			if test.staging == nil {
				e.prepareSoak()
			} else {
				e.prepareSoakWith(test.staging)
			}
			test.story(e)
			e.runRound()
			e.createObject(builder.Promotion("production").Version("1").Build())
			for range 3 {
				e.must(e.reconcilePromotion("production"))
			}
			p := e.getPromotion("production")
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
			if took := e.mlflow.Model(sentiment).Aliases["production"] == "1"; took != (test.want == "Promoted") {
				t.Errorf("version 1 took the stage: %t", took)
			}
		})
	}
}

// TestSoakRequeue requeues a promotion for the moment at which its version has soaked, also after a
// restart, and sooner if another gate blocks it too.
func TestSoakRequeue(t *testing.T) {
	e := newEnv(t.Context(), t)
	defer e.close()
	e.prepareSoak()
	e.createObject(builder.Promotion("production").Version("1").Build())
	requeueAfter := func() time.Duration {
		t.Helper()
		result, err := e.operator.promotions.Reconcile(e.operator.ctx, reconcile.Request{
			NamespacedName: types.NamespacedName{Namespace: "default", Name: "production"},
		})
		e.must(err)
		return result.RequeueAfter
	}
	e.advanceClock(90 * time.Minute)
	got := []time.Duration{requeueAfter()}
	written := e.statusWrites
	e.advanceClock(20 * time.Hour)
	got = append(got, requeueAfter())
	e.restartOperator()
	e.pollRegistry()
	got = append(got, requeueAfter())
	if e.statusWrites != written {
		t.Errorf("%d statuses were written without a change", e.statusWrites-written)
	}
	e.editPromotion("production", func(spec *v1alpha1.ModelPromotionSpec) {
		spec.Gates = []v1alpha1.Gate{builder.TagGate("reviewed", "yes")}
	})
	got = append(got, requeueAfter())
	e.advanceClock(149*time.Minute + 50*time.Second)
	got = append(got, requeueAfter())
	e.editPromotion("production", func(spec *v1alpha1.ModelPromotionSpec) { spec.Gates = nil })
	e.advanceClock(10 * time.Second)
	got = append(got, requeueAfter())
	want := []time.Duration{22*time.Hour + 30*time.Minute, 150 * time.Minute, 150 * time.Minute, 30 * time.Second, 10 * time.Second, 0}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("requeue after (-want +got):\n%s", diff)
	}
	if p := e.getPromotion("production"); readyCondition(p).Reason != v1alpha1.ReasonPromoted || p.Status.BlockedUntil != nil {
		t.Errorf("%s, blocked until %v", readyCondition(p).Reason, p.Status.BlockedUntil)
	}
}
