// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package promotion

import (
	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
)

// created is when the model of all tests was created, and a version n ms after it.
const created = 1000

// sentiment is a model with three versions and these aliases.
func sentiment(aliases map[string]string) *entities.RegisteredModel {
	return &entities.RegisteredModel{
		Name: "sentiment", CreationTimestamp: created, Aliases: aliases, Tags: map[string]string{},
		LatestVersions: []entities.ModelVersion{*version("1"), *version("3"), *version("2")},
	}
}

func version(number string) *entities.ModelVersion {
	v := &entities.ModelVersion{Name: "sentiment", Version: number, CurrentStage: "None"}
	v.CreationTimestamp = created + entities.Timestamp(v.Number())
	return v
}

// record is an entry on a version of the model that is there now.
func record(number string) v1alpha1.PromotionRecord {
	return v1alpha1.PromotionRecord{
		Version: v1alpha1.Version(number), ModelCreationTimestamp: created,
		VersionCreationTimestamp: int64(version(number).CreationTimestamp),
	}
}

func candidate(number string) *v1alpha1.Candidate {
	return &v1alpha1.Candidate{
		Version: v1alpha1.Version(number), ModelCreationTimestamp: created,
		VersionCreationTimestamp: int64(version(number).CreationTimestamp),
	}
}

// champion is a situation of the stage production, whose alias is champion.
func champion(holder, wanted string, recorded ...string) Situation {
	aliases := map[string]string{}
	if holder != "" {
		aliases["champion"] = holder
	}
	stages := []v1alpha1.Stage{{Name: "staging"}, {Name: "production", Alias: "champion"}}
	s := Situation{Stage: &stages[1], Stages: stages, Model: sentiment(aliases), Candidate: wanted}
	for _, number := range recorded {
		s.History = append(s.History, record(number))
	}
	return s
}

// with changes a situation.
func (s Situation) with(change func(*Situation)) Situation {
	change(&s)
	return s
}

func report(s *Situation) { s.Stage.Drift = v1alpha1.DriftReport }

func gated(s *Situation) { s.Stage.Rollback = v1alpha1.RollbackGated }

// recreated is a model that was deleted and created again since.
func recreated(s *Situation) { s.Model.CreationTimestamp++ }

// mirrors lets both stages keep MLflow's legacy stages in step, and puts versions there.
func mirrors(inStage map[string]string) func(*Situation) {
	return func(s *Situation) {
		s.Stages[0].MLflowStage, s.Stages[1].MLflowStage = "Staging", "Production"
		for i := range s.Model.LatestVersions {
			if stage := inStage[s.Model.LatestVersions[i].Version]; stage != "" {
				s.Model.LatestVersions[i].CurrentStage = stage
			}
		}
	}
}
