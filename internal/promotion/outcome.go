// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package promotion

import (
	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
)

// Outcome is what came of a promotion, for whoever counts.
type Outcome string

// What can come of a promotion.
const (
	// OutcomePromoted: the alias was moved to a version that had not held the stage before.
	OutcomePromoted Outcome = "promoted"
	// OutcomeRolledBack: the alias was moved to a version that had held the stage before.
	OutcomeRolledBack Outcome = "rolled_back"
	// OutcomeOverridden: the alias was moved to a version that some gate had refused, and
	// that gate was overridden.
	OutcomeOverridden Outcome = "overridden"
	// OutcomeReverted: another hand had moved the alias, and it was put back.
	OutcomeReverted Outcome = "reverted"
	// OutcomeRecorded: the alias pointed to the version already. Nothing was moved.
	OutcomeRecorded Outcome = "recorded"
	// OutcomeMirrored: MLflow's legacy stage was out of step, and was put in step.
	OutcomeMirrored Outcome = "mirrored"
	// OutcomeReported: another hand had moved the alias, and that is only told.
	OutcomeReported Outcome = "reported"
	// OutcomeRefused: the version may not have the stage.
	OutcomeRefused Outcome = "refused"
	// OutcomeWaiting: the version may not have the stage yet.
	OutcomeWaiting Outcome = "waiting"
)

// Outcomes are all of them.
func Outcomes() []Outcome {
	return []Outcome{
		OutcomePromoted, OutcomeRolledBack, OutcomeOverridden, OutcomeReverted, OutcomeRecorded,
		OutcomeMirrored, OutcomeReported, OutcomeRefused, OutcomeWaiting,
	}
}

// OutcomeOf is the outcome of an entry of the history: by its cause, where the alias was
// moved for it.
func OutcomeOf(cause v1alpha1.PromotionCause, moved bool) Outcome {
	switch {
	case !moved:
		return OutcomeRecorded
	case cause == v1alpha1.CauseRolledBack:
		return OutcomeRolledBack
	case cause == v1alpha1.CauseOverridden:
		return OutcomeOverridden
	case cause == v1alpha1.CauseDriftReverted:
		return OutcomeReverted
	default:
		return OutcomePromoted
	}
}
