// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package modelclass

import (
	"slices"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
)

// The bounds of the API for a model.
const (
	maxStages = 16
	maxGates  = 32
)

// mergeStages are the stages of a class with what a model adds to them, in order.
func mergeStages(class *v1alpha1.ModelClass, own []v1alpha1.Stage) ([]v1alpha1.Stage, []Violation) {
	before, problems := placeStages(class, own)
	var merged []v1alpha1.Stage
	for i := range class.Spec.Stages {
		stage := &class.Spec.Stages[i]
		merged = append(merged, before[stage.Name]...)
		added := findStage(own, stage.Name)
		if added == nil {
			merged = append(merged, *stage.DeepCopy())
			continue
		}
		both, wrong := mergeStage(class.Name, stage, added)
		merged, problems = append(merged, both), append(problems, wrong...)
	}
	merged = append(merged, before[afterLastStage]...)
	if len(merged) > maxStages {
		problems = append(problems, newViolation("stages", "%d with those of class %s: at most %d", len(merged), class.Name, maxStages))
	}
	return merged, append(problems, checkAddedStages(class, merged)...)
}

// afterLastStage is no name of a stage.
const afterLastStage v1alpha1.StageName = ""

// placeStages says which stages of the model alone stand before each stage of the class.
func placeStages(class *v1alpha1.ModelClass, own []v1alpha1.Stage) (map[v1alpha1.StageName][]v1alpha1.Stage, []Violation) {
	before := map[v1alpha1.StageName][]v1alpha1.Stage{}
	var waiting []v1alpha1.Stage
	var problems []Violation
	last := -1
	for i := range own {
		at := indexOfStage(class.Spec.Stages, own[i].Name)
		if at < 0 {
			waiting = append(waiting, *own[i].DeepCopy())
			continue
		}
		if at < last {
			problems = append(problems, newViolation("stages",
				"%s stands behind %s, and class %s has them the other way round: list them in the order of the class",
				own[i].Name, class.Spec.Stages[last].Name, class.Name))
		}
		last = max(last, at)
		before[own[i].Name], waiting = waiting, nil
	}
	before[afterLastStage] = waiting
	return before, problems
}

// checkAddedStages finds stages of the model alone that would take something from the class's:
// an alias, a legacy stage, or, standing behind, the version out of a legacy stage.
func checkAddedStages(class *v1alpha1.ModelClass, merged []v1alpha1.Stage) []Violation {
	var problems []Violation
	mirror := afterLastStage
	for i := range merged {
		stage := &merged[i]
		if findStage(class.Spec.Stages, stage.Name) != nil {
			if stage.MLflowStage != "" {
				mirror = stage.Name
			}
			continue
		}
		for j := range class.Spec.Stages {
			problems = append(problems, checkClashes(class, &class.Spec.Stages[j], stage)...)
		}
		if stage.MLflowStage != "" && mirror != afterLastStage {
			problems = append(problems, newViolation(stageFieldPath(stage.Name, "mlflowStage"),
				"stands behind stage %s of class %s, and would take versions out of its legacy stage: remove it", mirror, class.Name))
		}
	}
	return problems
}

func checkClashes(class *v1alpha1.ModelClass, theirs, added *v1alpha1.Stage) []Violation {
	var problems []Violation
	if theirs.EffectiveAlias() == added.EffectiveAlias() {
		problems = append(problems, newViolation(stageFieldPath(added.Name, "alias"),
			"%s is the alias of stage %s of class %s: choose another", added.EffectiveAlias(), theirs.Name, class.Name))
	}
	if theirs.MLflowStage != "" && theirs.MLflowStage == added.MLflowStage {
		problems = append(problems, newViolation(stageFieldPath(added.Name, "mlflowStage"),
			"%s is mirrored by stage %s of class %s: remove it", added.MLflowStage, theirs.Name, class.Name))
	}
	return problems
}

// checkAliasesKept finds stages that the model has had with an alias that no stage would have
// any more. The API server refuses the like in one object; here, a class came, went or
// changed between.
func checkAliasesKept(class *v1alpha1.ModelClass, merged []v1alpha1.Stage, had []v1alpha1.StageStatus) []Violation {
	var problems []Violation
	for _, before := range had {
		stage := findStage(merged, before.Name)
		if stage == nil || slices.ContainsFunc(merged, func(s v1alpha1.Stage) bool { return s.EffectiveAlias() == before.Alias }) {
			continue
		}
		problems = append(problems, newViolation(stageFieldPath(stage.Name, "alias"),
			"the stage has the alias %s, and by class %s it is %s, which would leave its holder behind: add another stage with the alias %s",
			before.Alias, class.Name, stage.EffectiveAlias(), before.Alias))
	}
	return problems
}
