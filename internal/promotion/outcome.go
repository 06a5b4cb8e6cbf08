// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package promotion

import (
	"fmt"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
)

// Outcome is what became of a promotion, as the metrics count it.
type Outcome string

// The outcomes of a promotion.
const (
	// OutcomePromoted: the alias was moved to a version that had not held the stage before.
	OutcomePromoted Outcome = "promoted"
	// OutcomeRolledBack: the alias was moved to a version that had held the stage before.
	OutcomeRolledBack Outcome = "rolled_back"
	// OutcomeOverridden: the alias was moved to a version that a gate had not passed, and that
	// gate was overridden.
	OutcomeOverridden Outcome = "overridden"
	// OutcomeDriftReverted: the alias was changed externally, and was moved back.
	OutcomeDriftReverted Outcome = "drift_reverted"
	// OutcomeAdopted: the alias already pointed to the version. Nothing was moved.
	OutcomeAdopted Outcome = "adopted"
	// OutcomeLegacyStageSynced: MLflow's legacy stage did not match the alias, and was changed.
	OutcomeLegacyStageSynced Outcome = "legacy_stage_synced"
	// OutcomeDriftReported: the alias was changed externally, which is only reported.
	OutcomeDriftReported Outcome = "drift_reported"
	// OutcomeBlocked: the version may not be promoted.
	OutcomeBlocked Outcome = "blocked"
	// OutcomePending: the version may not be promoted yet.
	OutcomePending Outcome = "pending"
)

// AllOutcomes lists every outcome.
func AllOutcomes() []Outcome {
	return []Outcome{
		OutcomePromoted, OutcomeRolledBack, OutcomeOverridden, OutcomeDriftReverted, OutcomeAdopted,
		OutcomeLegacyStageSynced, OutcomeDriftReported, OutcomeBlocked, OutcomePending,
	}
}

// outcomeForReason is the outcome of a record for which the alias was moved.
func outcomeForReason(reason v1alpha1.PromotionReason) Outcome {
	switch reason {
	case v1alpha1.PromotionReasonRolledBack:
		return OutcomeRolledBack
	case v1alpha1.PromotionReasonOverridden:
		return OutcomeOverridden
	case v1alpha1.PromotionReasonDriftReverted:
		return OutcomeDriftReverted
	case v1alpha1.PromotionReasonPromoted:
	}
	return OutcomePromoted
}

// newAliasEvent reports where the alias was and where it is.
func newAliasEvent(stage *v1alpha1.Stage, model *entities.RegisteredModel, record *v1alpha1.PromotionRecord) Event {
	change := fmt.Sprintf("moved from version %s to %s", record.PreviousVersion, record.Version)
	if record.PreviousVersion == "" {
		change = fmt.Sprintf("was set to version %s; no version held it before", record.Version)
	}
	return Event{
		Warning: record.Reason == v1alpha1.PromotionReasonDriftReverted || hasExemptions(record),
		Reason:  string(record.Reason), Action: "SetAlias",
		Note: fmt.Sprintf("alias %s of model %s %s", stage.EffectiveAlias(), model.Name, change) + exemptionSuffix(record),
	}
}

// newAdoptedEvent reports a version that the alias already pointed to.
func newAdoptedEvent(s State, record *v1alpha1.PromotionRecord) Event {
	return Event{
		Warning: hasExemptions(record),
		Reason:  string(record.Reason), Action: "Record",
		Note: fmt.Sprintf("alias %s of model %s already points to version %s; "+
			"every gate passed, and the version is recorded as promoted to stage %s",
			s.Stage.EffectiveAlias(), s.Model.Name, record.Version, s.Stage.Name) + exemptionSuffix(record),
	}
}

func newLegacyStageEvent(s State) Event {
	return Event{
		Warning: true, Reason: "LegacyStageSynced", Action: "TransitionModelVersionStage",
		Note: fmt.Sprintf("MLflow's stage %s of model %s did not match alias %s: "+
			"version %s was moved there, and any other version there was archived",
			s.Stage.MLflowStage, s.Model.Name, s.Stage.EffectiveAlias(), s.Candidate),
	}
}

func exemptionSuffix(record *v1alpha1.PromotionRecord) string {
	if !hasExemptions(record) {
		return ""
	}
	return "; " + describeRecordExemptions(record)
}
