// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package promotion

import (
	"testing"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
)

func TestOutcomeForReason(t *testing.T) {
	for name, test := range map[string]struct {
		cause v1alpha1.PromotionReason
		moved bool
		want  Outcome
	}{
		"a version that is new to the stage":   {v1alpha1.PromotionReasonPromoted, true, OutcomePromoted},
		"one that comes back":                  {v1alpha1.PromotionReasonRolledBack, true, OutcomeRolledBack},
		"one that is put back":                 {v1alpha1.PromotionReasonDriftReverted, true, OutcomeDriftReverted},
		"one that had the alias all along":     {v1alpha1.PromotionReasonPromoted, false, OutcomeAdopted},
		"one that got it back by another hand": {v1alpha1.PromotionReasonRolledBack, false, OutcomeAdopted},
	} {
		t.Run(name, func(t *testing.T) {
			if got := OutcomeForReason(test.cause, test.moved); got != test.want {
				t.Errorf("%s, want %s", got, test.want)
			}
		})
	}
}
