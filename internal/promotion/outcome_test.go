// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package promotion

import (
	"testing"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
)

func TestOutcomeForReason(t *testing.T) {
	for name, test := range map[string]struct {
		reason v1alpha1.PromotionReason
		want   Outcome
	}{
		"a version that is new to the stage": {v1alpha1.PromotionReasonPromoted, OutcomePromoted},
		"a version that returns":             {v1alpha1.PromotionReasonRolledBack, OutcomeRolledBack},
		"a version that is overridden":       {v1alpha1.PromotionReasonOverridden, OutcomeOverridden},
		"a version that is restored":         {v1alpha1.PromotionReasonDriftReverted, OutcomeDriftReverted},
	} {
		t.Run(name, func(t *testing.T) {
			if got := outcomeForReason(test.reason); got != test.want {
				t.Errorf("%s, want %s", got, test.want)
			}
		})
	}
}
