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
	// OutcomeDriftReverted: another hand had moved the alias, and it was put back.
	OutcomeDriftReverted Outcome = "drift_reverted"
	// OutcomeAdopted: the alias pointed to the version already. Nothing was moved.
	OutcomeAdopted Outcome = "adopted"
	// OutcomeLegacyStageSynced: MLflow's legacy stage was out of step, and was put in step.
	OutcomeLegacyStageSynced Outcome = "legacy_stage_synced"
	// OutcomeDriftReported: another hand had moved the alias, and that is only told.
	OutcomeDriftReported Outcome = "drift_reported"
	// OutcomeBlocked: the version may not have the stage.
	OutcomeBlocked Outcome = "blocked"
	// OutcomePending: the version may not have the stage yet.
	OutcomePending Outcome = "pending"
)

// AllOutcomes are all of them.
func AllOutcomes() []Outcome {
	return []Outcome{
		OutcomePromoted, OutcomeRolledBack, OutcomeOverridden, OutcomeDriftReverted, OutcomeAdopted,
		OutcomeLegacyStageSynced, OutcomeDriftReported, OutcomeBlocked, OutcomePending,
	}
}

// OutcomeForReason is the outcome of an entry of the history: by its cause, where the alias was
// moved for it.
func OutcomeForReason(cause v1alpha1.PromotionReason, moved bool) Outcome {
	switch {
	case !moved:
		return OutcomeAdopted
	case cause == v1alpha1.PromotionReasonRolledBack:
		return OutcomeRolledBack
	case cause == v1alpha1.PromotionReasonOverridden:
		return OutcomeOverridden
	case cause == v1alpha1.PromotionReasonDriftReverted:
		return OutcomeDriftReverted
	default:
		return OutcomePromoted
	}
}
