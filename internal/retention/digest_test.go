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

// TestDigestChanges starts with ten versions, of which three are
// kept, an alias and a promotion.
func TestDigestChanges(t *testing.T) {
	situation := func(changes ...func(*State)) State {
		s := State{
			Policy: v1alpha1.Retention{KeepLatest: 3, Action: v1alpha1.RetentionArchive, KeepTags: []v1alpha1.TagKey{"legal"}},
			Model: &entities.RegisteredModel{
				CreationTimestamp: 1, LastUpdatedTimestamp: 2, Aliases: map[string]string{"champion": "4", "challenger": "9"},
				LatestVersions: []entities.ModelVersion{*newVersion(10)}, Tags: map[string]string{},
			},
			Protected: ProtectedVersions{"5": "somebody wants it"},
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
		"the policy keeps more":                 {change: func(s *State) { s.Policy.KeepLatest = 4 }},
		"the policy has another action":         {change: func(s *State) { s.Policy.Action = v1alpha1.RetentionDelete }},
		"the policy keeps another tag":          {change: func(s *State) { s.Policy.KeepTags = nil }},
		"something may be written":              {change: func(s *State) { s.ReadOnly = true }},
		"the model is another one":              {change: func(s *State) { s.Model.CreationTimestamp = 9 }},
		"a version came, went or was moved":     {change: func(s *State) { s.Model.LastUpdatedTimestamp = 9 }},
		"another version is the newest":         {change: func(s *State) { s.Model.LatestVersions[0].Version = "11" }},
		"the newest has become ready":           {change: func(s *State) { s.Model.LatestVersions[0].Status = "PENDING_REGISTRATION" }},
		"an old version has lost its alias":     {change: func(s *State) { delete(s.Model.Aliases, "champion") }},
		"an alias went from one to another":     {change: func(s *State) { s.Model.Aliases["champion"] = "6" }},
		"an old version is not needed any more": {change: func(s *State) { s.Protected = nil }},
		"an alias has another name":             {change: func(s *State) { s.Model.Aliases["old"] = "4" }, same: true},
		"a new version has lost its alias":      {change: func(s *State) { delete(s.Model.Aliases, "challenger") }, same: true},
		"a new version is needed":               {change: func(s *State) { s.Protected["8"] = "somebody wants it" }, same: true},
		"the last version that may be old is":   {change: func(s *State) { s.Protected["7"] = "somebody wants it" }},
		"it is needed for another reason":       {change: func(s *State) { s.Protected["5"] = "another wants it" }, same: true},
		"a tag of the model":                    {change: func(s *State) { s.Model.Tags["team"] = "nlp" }, same: true},
		"nothing":                               {change: func(*State) {}, same: true},
	} {
		t.Run(name, func(t *testing.T) {
			before, after := situation().Digest(), situation(test.change).Digest()
			if (before == after) != test.same || len(after) != 32 {
				t.Errorf("%s before, %s after", before, after)
			}
		})
	}
}
