// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package promotion

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
)

func TestPlanActions(t *testing.T) {
	inProduction := map[string]string{"1": "Production"}
	for name, test := range map[string]struct {
		step      Step
		situation State
		want      []Action
	}{
		"the evidence comes before the alias": {StepPromote, newState("2", "1"), []Action{ActionSetEvidenceTag, ActionSetAlias, ActionRecordTransition}},
		"an alias that is there is left out":  {StepPromote, newState("1", "1"), []Action{ActionSetEvidenceTag, ActionRecordTransition}},
		"the legacy stage comes last": {
			StepPromote, newState("2", "1").withChange(syncLegacyStages(nil)), []Action{ActionSetEvidenceTag, ActionSetAlias, ActionRecordTransition, ActionSyncLegacyStage},
		},
		"a legacy stage that is there is left out": {
			StepPromote, newState("2", "1").withChange(syncLegacyStages(inProduction)), []Action{ActionSetEvidenceTag, ActionSetAlias, ActionRecordTransition},
		},
		"a holder whose legacy stage is not there": {
			StepPromote, newState("1", "1").withChange(syncLegacyStages(nil)), []Action{ActionSetEvidenceTag, ActionRecordTransition, ActionSyncLegacyStage},
		},
		"the legacy stage alone is no change of hands": {StepSyncLegacyStage, newState("1", "1", "1").withChange(syncLegacyStages(nil)), []Action{ActionSyncLegacyStage}},
		"a recorded holder is put back like any other": {
			StepRevertDrift, newState("2", "1", "1"), []Action{ActionSetEvidenceTag, ActionSetAlias, ActionRecordTransition},
		},
		"staging is not mirrored for a version that holds production": {
			StepPromote, newState("1", "1").withChange(syncLegacyStages(inProduction)).withChange(func(s *State) { s.Stage = &s.Stages[0] }),
			[]Action{ActionSetEvidenceTag, ActionSetAlias, ActionRecordTransition},
		},
		"a later stage without a mirror does not count": {
			StepPromote, newState("1", "1").withChange(syncLegacyStages(nil)).withChange(func(s *State) { s.Stages[1].MLflowStage = ""; s.Stage = &s.Stages[0] }),
			[]Action{ActionSetEvidenceTag, ActionSetAlias, ActionRecordTransition, ActionSyncLegacyStage},
		},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, PlanActions(test.step, test.situation)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestDetectChange(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*entities.RegisteredModel)
		want   string
	}{
		"nothing changed": {change: func(*entities.RegisteredModel) {}},
		"a version more is no conflict": {
			change: func(m *entities.RegisteredModel) {
				m.LastUpdatedTimestamp++
				m.LatestVersions = nil
				m.Description = "x"
			},
		},
		"another incarnation": {
			change: func(m *entities.RegisteredModel) { m.CreationTimestamp++ },
			want:   "model sentiment was deleted and created again while its gates were evaluated",
		},
		"the alias moved": {
			change: func(m *entities.RegisteredModel) { m.Aliases["champion"] = "2" },
			want:   "alias champion moved from version 1 to version 2 while the gates were evaluated",
		},
		"the alias was deleted": {
			change: func(m *entities.RegisteredModel) { delete(m.Aliases, "champion") },
			want:   "alias champion moved from version 1 to no version while the gates were evaluated",
		},
		"another alias, that a baseline may be": {
			change: func(m *entities.RegisteredModel) { m.Aliases["rival"] = "2" },
			want:   "alias rival moved from no version to version 2 while the gates were evaluated",
		},
		"a tag, that a gate may demand": {
			change: func(m *entities.RegisteredModel) { m.Tags["approved"] = "" },
			want:   "tag approved of model sentiment changed while the gates were evaluated",
		},
	} {
		t.Run(name, func(t *testing.T) {
			before, now := newState("1", "2").Model, newState("1", "2").Model
			test.change(now)
			if diff := cmp.Diff(test.want, DetectChange(before, now)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestCheckExpectedVersion(t *testing.T) {
	for name, test := range map[string]struct{ expected, holder, want string }{
		"none is expected":          {holder: "1"},
		"the expected one":          {expected: "1", holder: "1"},
		"another one":               {"1", "2", "version 2 holds stage production, not version 1 as expectedCurrentVersion demands"},
		"nobody holds the stage":    {"1", "", "no version holds stage production, not version 1 as expectedCurrentVersion demands"},
		"nobody, and none expected": {},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, CheckExpectedVersion(test.expected, test.holder, "production")); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
