// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package simulation

import (
	"testing"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/test/builder"
)

// TestStaleSnapshotPromotesNothing changes what a gate depends on after the last poll.
func TestStaleSnapshotPromotesNothing(t *testing.T) {
	ofModel := builder.TagGate("approved", "yes")
	ofModel.Tag.Target = v1alpha1.TagTargetModel
	against := builder.ComparisonGate("f1", v1alpha1.HigherIsBetter)
	against.Comparison.Baseline = &v1alpha1.Baseline{Alias: "rival"}
	for name, test := range map[string]struct {
		gate      v1alpha1.Gate
		stage     v1alpha1.StageName
		meanwhile func(*env)
	}{
		"an approval of the model that was withdrawn": {
			gate: ofModel, stage: "production",
			meanwhile: func(w *env) { w.must(w.user.SetModelTag(w.ctx, sentiment, "approved", "no")) },
		},
		"a baseline that became a better one": {
			gate: against, stage: "production",
			meanwhile: func(w *env) { w.must(w.user.SetAlias(w.ctx, sentiment, "rival", "3")) },
		},
		"a version that took a later stage": {
			gate: against, stage: "staging",
			meanwhile: func(w *env) { w.must(w.user.SetAlias(w.ctx, sentiment, "production", "2")) },
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newEnv(t.Context(), t)
			defer w.close()
			w.createObject(builder.RegisteredModel(sentiment).Stages(
				builder.Stage("staging"), builder.Stage("production").Gates(test.gate)).Build())
			w.runUntilSettled()
			for _, f1 := range []string{"0.6", "0.7", "0.8"} {
				w.registerFromRun(metricValues{"f1": f1})
			}
			w.must(w.user.SetModelTag(w.ctx, sentiment, "approved", "yes"))
			w.must(w.user.SetAlias(w.ctx, sentiment, "rival", "1"))
			w.runRound()
			test.meanwhile(w)
			w.createObject(builder.Promotion("it").Stage(test.stage).Version("2").Build())
			for range 3 {
				w.must(w.reconcilePromotion("it"))
			}
			if history := w.getPromotion("it").Status.History; len(history) > 0 {
				t.Errorf("it was promoted: %+v", history)
			}
			if reason := readyCondition(w.getPromotion("it")).Reason; reason != v1alpha1.ReasonGateFailed && reason != v1alpha1.ReasonDemotionNotAllowed {
				t.Errorf("it is not refused but %s", reason)
			}
		})
	}
}
