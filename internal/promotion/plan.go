// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package promotion

import (
	"fmt"
	"maps"
	"slices"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
)

// Action is one thing to do.
type Action string

// The actions of a promotion, in the order in which they are taken: the evidence first,
// so that an alias never points to a version without it, and the record as soon as the
// alias points to the version, whatever comes of the mirror.
const (
	ActionSetEvidenceTag   Action = "SetEvidenceTag"
	ActionSetAlias         Action = "SetAlias"
	ActionRecordTransition Action = "RecordHolder"
	ActionSyncLegacyStage  Action = "TransitionStage"
)

// PlanActions lists what has to be done so that the candidate holds the stage, for a candidate
// whose gates have all passed. What is so already is left out, the evidence excepted. The
// repair of a mirror is no change of hands: nothing is recorded, and the evidence of the
// change that was one stays.
func PlanActions(step Step, s State) []Action {
	if step == StepSyncLegacyStage {
		return []Action{ActionSyncLegacyStage}
	}
	actions := []Action{ActionSetEvidenceTag}
	if s.CurrentVersion() != s.Candidate {
		actions = append(actions, ActionSetAlias)
	}
	actions = append(actions, ActionRecordTransition)
	if !s.IsLegacyStageInSync() {
		actions = append(actions, ActionSyncLegacyStage)
	}
	return actions
}

// DetectChange says why a plan that was made on one look at the model must not be carried
// out on a later one; empty when nothing that a gate may depend on has changed. That is
// any alias and any tag: gates read tags of the model, compare with the version behind
// an alias, and let nobody go back from a later stage.
func DetectChange(planned, now *entities.RegisteredModel) string {
	if planned.CreationTimestamp != now.CreationTimestamp {
		return fmt.Sprintf("model %s was deleted and created again while its gates were evaluated", now.Name)
	}
	if alias, changed := findDifference(planned.Aliases, now.Aliases); changed {
		return fmt.Sprintf("alias %s moved from %s to %s while the gates were evaluated",
			alias, describeVersion(planned.Aliases[alias]), describeVersion(now.Aliases[alias]))
	}
	if tag, changed := findDifference(planned.Tags, now.Tags); changed {
		return fmt.Sprintf("tag %s of model %s changed while the gates were evaluated", tag, now.Name)
	}
	return ""
}

// findDifference is the first key, in alphabetical order, whose value is not the same.
func findDifference(before, after map[string]string) (key string, changed bool) {
	all := map[string]string{}
	maps.Copy(all, before)
	maps.Copy(all, after)
	for _, key := range slices.Sorted(maps.Keys(all)) {
		was, did := before[key]
		is, does := after[key]
		if was != is || did != does {
			return key, true
		}
	}
	return "", false
}

// CheckExpectedVersion says why the version that holds the stage is not the expected one;
// empty when it is, or when none is expected.
func CheckExpectedVersion(expected, holder, stage string) string {
	if expected == "" || expected == holder {
		return ""
	}
	return fmt.Sprintf("%s holds stage %s, not version %s as expectedCurrentVersion demands",
		describeVersion(holder), stage, expected)
}

func describeVersion(version string) string {
	if version == "" {
		return "no version"
	}
	return "version " + version
}
