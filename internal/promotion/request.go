// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package promotion

import (
	"fmt"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/gate"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
)

// newRequest asks the gates whether the pinned candidate may hold the stage.
func newRequest(s State, step Step, candidate *v1alpha1.Candidate, override *v1alpha1.OverrideBinding) gate.Request {
	return gate.Request{
		Model:          s.Model,
		ModelCreated:   entities.Timestamp(candidate.ModelCreationTimestamp),
		VersionCreated: entities.Timestamp(candidate.VersionCreationTimestamp),

		Stage:            s.Stage.Name,
		Alias:            s.Stage.EffectiveAlias(),
		Stages:           newStageRefs(s.Stages),
		PromotesFrom:     s.Stage.PromotesFrom,
		PromotedStages:   findPromotedStages(s.Siblings, candidate),
		RequiredSoakTime: s.Stage.RequiredSoakTime,
		StageTenures:     findStageTenures(s, candidate),
		Now:              s.Now,

		Candidate:            s.Candidate,
		BaselineVersion:      string(candidate.BaselineVersion),
		BackwardExemption:    backwardExemption(step, s),
		PriorTenureReason:    priorTenureReason(step, s, candidate),
		SkipComparisonReason: skipComparisonReason(step, s, candidate),

		Namespace:         s.Object.Namespace,
		PromotionName:     s.Object.Name,
		PromotionCreated:  s.Object.CreationTimestamp.Time,
		RequestedBy:       s.Object.Spec.RequestedBy,
		Override:          newGateOverride(s, override),
		NotEnforcedReason: s.NotEnforcedReason,
		Gates:             s.Gates,
	}
}

func newStageRefs(stages []v1alpha1.Stage) []gate.StageRef {
	var refs []gate.StageRef
	for i := range stages {
		refs = append(refs, gate.StageRef{
			Name: stages[i].Name, Alias: stages[i].EffectiveAlias(), MLflowStage: string(stages[i].MLflowStage),
		})
	}
	return refs
}

func findStage(stages []v1alpha1.Stage, name v1alpha1.StageName) *v1alpha1.Stage {
	for i := range stages {
		if stages[i].Name == name {
			return &stages[i]
		}
	}
	return nil
}

// findPromotedStages are the stages to which the candidate was promoted, as the histories of their
// promotions show.
func findPromotedStages(siblings []v1alpha1.ModelPromotion, candidate *v1alpha1.Candidate) map[v1alpha1.StageName]bool {
	stages := map[v1alpha1.StageName]bool{}
	for i := range siblings {
		if hasBeenPromoted(siblings[i].Status.History, candidate) {
			stages[siblings[i].Spec.Stage] = true
		}
	}
	return stages
}

// findStageTenures are the times for which the candidate held the stages of the model, as their
// promotions have observed them and the aliases show them now.
func findStageTenures(s State, candidate *v1alpha1.Candidate) map[v1alpha1.StageName][]gate.Tenure {
	tenures := map[v1alpha1.StageName][]gate.Tenure{}
	for i := range s.Siblings {
		sibling := &s.Siblings[i]
		stage := findStage(s.Stages, sibling.Spec.Stage)
		if stage == nil {
			continue
		}
		isCurrent := s.Model.Aliases[stage.EffectiveAlias()] == string(candidate.Version)
		if found := listTenures(&sibling.Status, candidate, isCurrent); found != nil {
			tenures[stage.Name] = append(tenures[stage.Name], found...)
		}
	}
	return tenures
}

// priorTenureReason says why the candidate may hold the stage again: it held the stage with every
// gate passed, or an external change removed it. It is empty if neither is so.
func priorTenureReason(step Step, s State, candidate *v1alpha1.Candidate) string {
	switch {
	case step == StepRevertDrift || step == StepSyncLegacyStage:
		return fmt.Sprintf("version %s is the last promoted version of stage %s", candidate.Version, s.Stage.Name)
	case s.Stage.RollbackPolicy != v1alpha1.RollbackPolicyGated && hasPassedAllGates(s.Object.Status.History, candidate):
		return fmt.Sprintf("version %s has held stage %s before with every gate passed", candidate.Version, s.Stage.Name)
	default:
		return ""
	}
}

// skipComparisonReason is priorTenureReason with its consequence for comparisons.
func skipComparisonReason(step Step, s State, candidate *v1alpha1.Candidate) string {
	claim := priorTenureReason(step, s, candidate)
	switch {
	case claim == "":
		return ""
	case step == StepRevertDrift || step == StepSyncLegacyStage:
		return claim + ", so it need not beat a version that was set externally"
	default:
		return claim + ", so it need not beat the version that it replaces"
	}
}

// backwardExemption says why the stage is no step backward for the candidate; empty if it would be
// one. The last promoted version returns to where it was, and a stage without a history is
// adopted as it is found.
func backwardExemption(step Step, s State) string {
	switch {
	case step == StepRevertDrift || step == StepSyncLegacyStage:
		return fmt.Sprintf("version %s is the last promoted version of stage %s", s.Candidate, s.Stage.Name)
	case s.CurrentVersion() == s.Candidate && s.lastRecord() == nil:
		return fmt.Sprintf("version %s holds stage %s already", s.Candidate, s.Stage.Name)
	default:
		return ""
	}
}
