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
			meanwhile: func(e *env) { e.must(e.user.SetModelTag(e.ctx, sentiment, "approved", "no")) },
		},
		"a baseline that became a better one": {
			gate: against, stage: "production",
			meanwhile: func(e *env) { e.must(e.user.SetAlias(e.ctx, sentiment, "rival", "3")) },
		},
		"a version that took a later stage": {
			gate: against, stage: "staging",
			meanwhile: func(e *env) { e.must(e.user.SetAlias(e.ctx, sentiment, "production", "2")) },
		},
	} {
		t.Run(name, func(t *testing.T) {
			e := newEnv(t.Context(), t)
			defer e.close()
			e.createObject(builder.RegisteredModel(sentiment).Stages(
				builder.Stage("staging"), builder.Stage("production").Gates(test.gate)).Build())
			e.runUntilSettled()
			for _, f1 := range []string{"0.6", "0.7", "0.8"} {
				e.registerFromRun(metricValues{"f1": f1})
			}
			e.must(e.user.SetModelTag(e.ctx, sentiment, "approved", "yes"))
			e.must(e.user.SetAlias(e.ctx, sentiment, "rival", "1"))
			e.runRound()
			test.meanwhile(e)
			e.createObject(builder.Promotion("it").Stage(test.stage).Version("2").Build())
			for range 3 {
				e.must(e.reconcilePromotion("it"))
			}
			if history := e.getPromotion("it").Status.History; len(history) > 0 {
				t.Errorf("it was promoted: %+v", history)
			}
			if reason := readyCondition(e.getPromotion("it")).Reason; reason != v1alpha1.ReasonGateFailed && reason != v1alpha1.ReasonDemotionNotAllowed {
				t.Errorf("it is not refused but %s", reason)
			}
		})
	}
}
