// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package modelpromotion

import (
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/gate"
	"github.com/neuronews/mlflow-registry-operator/internal/promotion"
)

// findStageTenures are the times in which the candidate has held the other stages of the model, as
// the promotions of those have seen it, and as the aliases are now.
func (s *scope) findStageTenures(candidate *v1alpha1.Candidate) map[v1alpha1.StageName][]gate.Tenure {
	held := map[v1alpha1.StageName][]gate.Tenure{}
	for i := range s.siblings {
		sibling := &s.siblings[i]
		stage := s.model.Stage(sibling.Spec.Stage)
		if stage == nil {
			continue
		}
		holds := s.mlflowModel.Aliases[stage.EffectiveAlias()] == string(candidate.Version)
		held[stage.Name] = append(held[stage.Name], promotion.ListTenures(&sibling.Status, candidate, holds)...)
	}
	return held
}

func toMetaTime(t time.Time) *metav1.Time {
	if t.IsZero() {
		return nil
	}
	return new(metav1.NewTime(t))
}
