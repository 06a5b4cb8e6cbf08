// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package modelclass

import (
	"fmt"
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

// mergeStage is a stage of a class with what a model adds to it: of two ways to deal with
// drift, rollbacks or overrides the stricter, and the longer soak.
func mergeStage(class string, theirs, own *v1alpha1.Stage) (v1alpha1.Stage, []Violation) {
	merged := *theirs.DeepCopy()
	problems := append(checkIdentity(class, theirs, own), checkGates(class, theirs, own)...)
	for _, from := range own.PromotesFrom {
		if !slices.Contains(merged.PromotesFrom, from) {
			merged.PromotesFrom = append(merged.PromotesFrom, from)
		}
	}
	merged.Gates = append(merged.Gates, own.DeepCopy().Gates...)
	// Their defaults can't be told from choices.
	if own.DriftPolicy != v1alpha1.DriftPolicyReport {
		merged.DriftPolicy = v1alpha1.DriftPolicyRevert
	}
	if own.RollbackPolicy == v1alpha1.RollbackPolicyGated {
		merged.RollbackPolicy = v1alpha1.RollbackPolicyGated
	}
	if own.OverridePolicy != v1alpha1.OverridePolicyAllow {
		merged.OverridePolicy = v1alpha1.OverridePolicyForbid
	}
	if own.RequiredSoakTime.OrDefault(0) > merged.RequiredSoakTime.OrDefault(0) {
		merged.RequiredSoakTime = own.RequiredSoakTime
	}
	return merged, problems
}

// checkIdentity finds what would make another stage of it. What the model leaves out is
// as the class says.
func checkIdentity(class string, theirs, own *v1alpha1.Stage) []Violation {
	var problems []Violation
	if own.Alias != "" && string(own.Alias) != theirs.EffectiveAlias() {
		problems = append(problems, newViolation(stageFieldPath(own.Name, "alias"),
			"%s, but %s has the alias %s: remove it here", own.Alias, describeStage(class, own.Name), theirs.EffectiveAlias()))
	}
	if own.MLflowStage != "" && own.MLflowStage != theirs.MLflowStage {
		problems = append(problems, newViolation(stageFieldPath(own.Name, "mlflowStage"),
			"%s, but %s %s: remove it here", own.MLflowStage, describeStage(class, own.Name), describeLegacyStage(theirs)))
	}
	return problems
}

func describeLegacyStage(stage *v1alpha1.Stage) string {
	if stage.MLflowStage == "" {
		return "mirrors none"
	}
	return "mirrors " + string(stage.MLflowStage)
}

func checkGates(class string, theirs, own *v1alpha1.Stage) []Violation {
	var problems []Violation
	for _, gate := range own.Gates {
		if hasGate(theirs, gate.Name) {
			problems = append(problems, newViolation(gateFieldPath(own.Name, gate.Name),
				"class %s has a gate of this name, which can't be replaced: give this one another name", class))
		}
	}
	if all := len(theirs.Gates) + len(own.Gates); all > maxGates {
		problems = append(problems, newViolation(stageFieldPath(own.Name, "gates"),
			"%d with those of class %s: at most %d", all, class, maxGates))
	}
	return problems
}

func describeStage(class string, stage v1alpha1.StageName) string {
	return fmt.Sprintf("stage %s of class %s", stage, class)
}

func findStage(stages []v1alpha1.Stage, name v1alpha1.StageName) *v1alpha1.Stage {
	i := indexOfStage(stages, name)
	if i < 0 {
		return nil
	}
	return &stages[i]
}

func indexOfStage(stages []v1alpha1.Stage, name v1alpha1.StageName) int {
	return slices.IndexFunc(stages, func(s v1alpha1.Stage) bool { return s.Name == name })
}

func hasGate(stage *v1alpha1.Stage, name string) bool {
	return slices.ContainsFunc(stage.Gates, func(g v1alpha1.Gate) bool { return g.Name == name })
}
