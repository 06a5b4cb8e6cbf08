// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package retention

import (
	"testing"
	"time"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
)

var noon = time.Date(2026, 5, 3, 12, 0, 0, 0, time.UTC)

// TestDigestChanges starts with ten versions, three of them among the newest, with aliases and a
// promotion.
func TestDigestChanges(t *testing.T) {
	newState := func(changes ...func(*State)) State {
		s := State{
			Policy: v1alpha1.Retention{KeepLatest: 3, Action: v1alpha1.RetentionArchive, KeepTags: []v1alpha1.TagKey{"legal"}},
			Model: &entities.RegisteredModel{
				CreationTimestamp: 1, LastUpdatedTimestamp: 2, Aliases: map[string]string{"champion": "4", "challenger": "9"},
				LatestVersions: []entities.ModelVersion{*newVersion(10)}, Tags: map[string]string{},
			},
			Protected: ProtectedVersions{"5": "ModelPromotion a requests it"},
		}
		for _, change := range changes {
			change(&s)
		}
		return s
	}
	for name, test := range map[string]struct {
		change func(*State)
		same   bool
	}{
		"the policy keeps more":                {change: func(s *State) { s.Policy.KeepLatest = 4 }},
		"the policy has another action":        {change: func(s *State) { s.Policy.Action = v1alpha1.RetentionDelete }},
		"the policy keeps another tag":         {change: func(s *State) { s.Policy.KeepTags = nil }},
		"the operator is read-only":            {change: func(s *State) { s.ReadOnly = true }},
		"the model was recreated":              {change: func(s *State) { s.Model.CreationTimestamp = 9 }},
		"a version changed":                    {change: func(s *State) { s.Model.LastUpdatedTimestamp = 9 }},
		"there is a newer version":             {change: func(s *State) { s.Model.LatestVersions[0].Version = "11" }},
		"the newest version is not ready":      {change: func(s *State) { s.Model.LatestVersions[0].Status = "PENDING_REGISTRATION" }},
		"an old version lost its alias":        {change: func(s *State) { delete(s.Model.Aliases, "champion") }},
		"an alias points to another version":   {change: func(s *State) { s.Model.Aliases["champion"] = "6" }},
		"an old version is no longer needed":   {change: func(s *State) { s.Protected = nil }},
		"an alias has another name":            {change: func(s *State) { s.Model.Aliases["old"] = "4" }, same: true},
		"a new version lost its alias":         {change: func(s *State) { delete(s.Model.Aliases, "challenger") }, same: true},
		"a new version is needed":              {change: func(s *State) { s.Protected["8"] = "ModelPromotion a requests it" }, same: true},
		"the newest of the old ones is needed": {change: func(s *State) { s.Protected["7"] = "ModelPromotion a requests it" }},
		"a version has another reason":         {change: func(s *State) { s.Protected["5"] = "ModelPromotion b requests it" }, same: true},
		"the model has another tag":            {change: func(s *State) { s.Model.Tags["team"] = "nlp" }, same: true},
		"no change":                            {change: func(*State) {}, same: true},
	} {
		t.Run(name, func(t *testing.T) {
			before, after := newState().Digest(), newState(test.change).Digest()
			if (before == after) != test.same || len(after) != 32 {
				t.Errorf("%s before, %s after", before, after)
			}
		})
	}
}
