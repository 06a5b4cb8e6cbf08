// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package promotion

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/gate"
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

// newRecord is a record of a version of the model as it exists now.
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

// generation is the generation of the spec in all tests.
const generation = 5

// newState is a state of the stage production, whose alias is champion. The history has a record for
// each recorded version, newest first.
func newState(current, candidate string, recorded ...string) State {
	aliases := map[string]string{}
	if current != "" {
		aliases["champion"] = current
	}
	stages := []v1alpha1.Stage{{Name: "staging"}, {Name: "production", Alias: "champion"}}
	object := &v1alpha1.ModelPromotion{ObjectMeta: metav1.ObjectMeta{Namespace: "news", Name: "it", Generation: generation}}
	object.Spec.Stage = "production"
	for _, number := range recorded {
		object.Status.History = append(object.Status.History, newRecord(number))
	}
	return State{Object: object, Stage: &stages[1], Stages: stages, Model: newModel(aliases), Candidate: candidate}
}

// withChange changes a state.
func (s State) withChange(change func(*State)) State {
	change(&s)
	return s
}

func reportDrift(s *State) { s.Stage.DriftPolicy = v1alpha1.DriftPolicyReport }

func gateRollbacks(s *State) { s.Stage.RollbackPolicy = v1alpha1.RollbackPolicyGated }

// recreateModel is a model that was deleted and created again since.
func recreateModel(s *State) { s.Model.CreationTimestamp++ }

// readVersion is a state in which the candidate was read from MLflow.
func readVersion(s *State) { s.Version = newVersion(s.Candidate) }

// missVersion is a state in which MLflow has no candidate.
func missVersion(s *State) { s.VersionMissing = true }

func letAliasesDangle(s *State) { s.AliasesMayDangle = true }

// unlistVersions is a state in which the list shows no version of the model.
func unlistVersions(s *State) { s.Model.LatestVersions = nil }

// syncLegacyStages lets both stages synchronize MLflow's legacy stages, and puts versions there.
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

// newPassedResult is the result of gates that have all passed.
func newPassedResult(exemptions ...v1alpha1.GateExemption) gate.Result {
	result := gate.Result{Stage: "production", Model: "sentiment", Gates: []gate.Answer{{
		Name: "f1", Type: v1alpha1.GateTypeMetric, Result: v1alpha1.GatePassed,
		Observed: "0.9", Expected: "> 0.5", Message: "f1 0.9 is greater than 0.5",
	}}}
	for _, exemption := range exemptions {
		result.Gates[0].Result, result.Gates[0].Exemption = v1alpha1.GateFailed, exemption
	}
	return result
}
