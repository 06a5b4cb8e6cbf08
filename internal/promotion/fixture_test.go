// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package promotion

import (
	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
)

// creationTime is when the model of all tests was created, and a version n ms after it.
const creationTime = 1000

// newModel is a model with three versions and these aliases.
func newModel(aliases map[string]string) *entities.RegisteredModel {
	return &entities.RegisteredModel{
		Name: "sentiment", CreationTimestamp: creationTime, Aliases: aliases, Tags: map[string]string{},
		LatestVersions: []entities.ModelVersion{*newVersion("1"), *newVersion("3"), *newVersion("2")},
	}
}

func newVersion(number string) *entities.ModelVersion {
	v := &entities.ModelVersion{Name: "sentiment", Version: number, CurrentStage: "None"}
	v.CreationTimestamp = creationTime + entities.Timestamp(v.Number())
	return v
}

// newRecord is an entry on a version of the model that is there now.
func newRecord(number string) v1alpha1.PromotionRecord {
	return v1alpha1.PromotionRecord{
		Version: v1alpha1.Version(number), ModelCreationTimestamp: creationTime,
		VersionCreationTimestamp: int64(newVersion(number).CreationTimestamp),
	}
}

func newCandidate(number string) *v1alpha1.Candidate {
	return &v1alpha1.Candidate{
		Version: v1alpha1.Version(number), ModelCreationTimestamp: creationTime,
		VersionCreationTimestamp: int64(newVersion(number).CreationTimestamp),
	}
}

// newState is a situation of the stage production, whose alias is champion.
func newState(holder, wanted string, recorded ...string) State {
	aliases := map[string]string{}
	if holder != "" {
		aliases["champion"] = holder
	}
	stages := []v1alpha1.Stage{{Name: "staging"}, {Name: "production", Alias: "champion"}}
	s := State{Stage: &stages[1], Stages: stages, Model: newModel(aliases), Candidate: wanted}
	for _, number := range recorded {
		s.History = append(s.History, newRecord(number))
	}
	return s
}

// withChange changes a situation.
func (s State) withChange(change func(*State)) State {
	change(&s)
	return s
}

func reportDrift(s *State) { s.Stage.DriftPolicy = v1alpha1.DriftPolicyReport }

func gateRollbacks(s *State) { s.Stage.RollbackPolicy = v1alpha1.RollbackPolicyGated }

// recreateModel is a model that was deleted and created again since.
func recreateModel(s *State) { s.Model.CreationTimestamp++ }

// syncLegacyStages lets both stages keep MLflow's legacy stages in step, and puts versions there.
func syncLegacyStages(inStage map[string]string) func(*State) {
	return func(s *State) {
		s.Stages[0].MLflowStage, s.Stages[1].MLflowStage = "Staging", "Production"
		for i := range s.Model.LatestVersions {
			if stage := inStage[s.Model.LatestVersions[i].Version]; stage != "" {
				s.Model.LatestVersions[i].CurrentStage = stage
			}
		}
	}
}
