// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package modelclass

import (
	"fmt"
	"slices"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
)

// The limits of the API for one model: MaxItems of stages and of gates.
const (
	maxStages = 16
	maxGates  = 32
)

// mergeStages returns the stages of a class with what a model adds, in order.
func mergeStages(class *v1alpha1.ModelClass, own []v1alpha1.Stage) ([]v1alpha1.Stage, []Violation) {
	added, violations := placeStages(class, own)
	var merged []v1alpha1.Stage
	for i := range class.Spec.Stages {
		classStage := &class.Spec.Stages[i]
		merged = append(merged, added[classStage.Name]...)
		ownStage := findStage(own, classStage.Name)
		if ownStage == nil {
			merged = append(merged, *classStage.DeepCopy())
			continue
		}
		both, stageViolations := mergeStage(class.Name, classStage, ownStage)
		merged, violations = append(merged, both), append(violations, stageViolations...)
	}
	merged = append(merged, added[afterLastStage]...)
	if len(merged) > maxStages {
		violations = append(violations, newViolation("stages",
			"%d, including those of class %s, and at most %d are allowed: remove some", len(merged), class.Name, maxStages))
	}
	return merged, append(violations, checkAddedStages(class, merged)...)
}

// afterLastStage is the key of the stages that follow the class's last one. It is not a valid
// name of a stage.
const afterLastStage v1alpha1.StageName = ""

// placeStages returns the stages that only the model has, by the stage of the class that they
// come before.
func placeStages(class *v1alpha1.ModelClass, own []v1alpha1.Stage) (map[v1alpha1.StageName][]v1alpha1.Stage, []Violation) {
	added := map[v1alpha1.StageName][]v1alpha1.Stage{}
	var unplaced []v1alpha1.Stage
	var violations []Violation
	last := -1
	for i := range own {
		at := indexOfStage(class.Spec.Stages, own[i].Name)
		if at < 0 {
			unplaced = append(unplaced, *own[i].DeepCopy())
			continue
		}
		if at < last {
			violations = append(violations, newViolation("stages",
				"%s is listed after %s, but class %s has the opposite order: list them in the order of the class",
				own[i].Name, class.Spec.Stages[last].Name, class.Name))
		}
		last = max(last, at)
		added[own[i].Name], unplaced = unplaced, nil
	}
	added[afterLastStage] = unplaced
	return added, violations
}

// checkAddedStages finds stages that only the model has and that would take something from a
// stage of the class: an alias, a legacy stage, or, if they come later, the version in a
// legacy stage.
func checkAddedStages(class *v1alpha1.ModelClass, merged []v1alpha1.Stage) []Violation {
	var violations []Violation
	var lastSynced v1alpha1.StageName // the last stage of the class so far with an mlflowStage
	for i := range merged {
		stage := &merged[i]
		if findStage(class.Spec.Stages, stage.Name) != nil {
			if stage.MLflowStage != "" {
				lastSynced = stage.Name
			}
			continue
		}
		for j := range class.Spec.Stages {
			violations = append(violations, checkConflicts(class.Name, &class.Spec.Stages[j], stage)...)
		}
		if stage.MLflowStage != "" && lastSynced != "" {
			violations = append(violations, newViolation(stageFieldPath(stage.Name, "mlflowStage"),
				"%s, but the stage follows stage %s of class %s, and would move versions out of its legacy stage: remove it",
				stage.MLflowStage, lastSynced, class.Name))
		}
	}
	return violations
}

// checkConflicts finds an alias or a legacy stage that an added stage shares with a stage of the class.
func checkConflicts(class string, classStage, added *v1alpha1.Stage) []Violation {
	var violations []Violation
	if classStage.EffectiveAlias() == added.EffectiveAlias() {
		violations = append(violations, newViolation(stageFieldPath(added.Name, "alias"),
			"%s is the alias of stage %s of class %s: choose another", added.EffectiveAlias(), classStage.Name, class))
	}
	if classStage.MLflowStage != "" && classStage.MLflowStage == added.MLflowStage {
		violations = append(violations, newViolation(stageFieldPath(added.Name, "mlflowStage"),
			"%s is the mlflowStage of stage %s of class %s: remove it", added.MLflowStage, classStage.Name, class))
	}
	return violations
}

// checkAliasesKept finds stages of the model's status with an alias that no stage would have any
// more. The API server rejects such an edit of one object. Here, the model's class was
// added, removed or edited in the meantime.
func checkAliasesKept(class *v1alpha1.ModelClass, merged []v1alpha1.Stage, reported []v1alpha1.StageStatus) []Violation {
	var violations []Violation
	for _, before := range reported {
		stage := findStage(merged, before.Name)
		if stage == nil || slices.ContainsFunc(merged, func(s v1alpha1.Stage) bool { return s.EffectiveAlias() == before.Alias }) {
			continue
		}
		violations = append(violations, newViolation(stageFieldPath(stage.Name, "alias"),
			"class %s changes the alias from %s to %s, and the alias %s would remain on its current version: add another stage with the alias %s",
			class.Name, before.Alias, stage.EffectiveAlias(), before.Alias, before.Alias))
	}
	return violations
}

// mergeStage returns a stage of a class with what a model adds to it. Of two policies for
// drift, rollbacks or overrides, the stricter applies; of two soak times, the longer.
func mergeStage(class string, classStage, own *v1alpha1.Stage) (v1alpha1.Stage, []Violation) {
	merged := *classStage.DeepCopy()
	violations := append(checkIdentity(class, classStage, own), checkGates(class, classStage, own)...)
	for _, from := range own.PromotesFrom {
		if !slices.Contains(merged.PromotesFrom, from) {
			merged.PromotesFrom = append(merged.PromotesFrom, from)
		}
	}
	merged.Gates = append(merged.Gates, own.DeepCopy().Gates...)
	// The defaults of these fields can't be distinguished from choices.
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
	return merged, violations
}

// checkIdentity finds an alias or a legacy stage that differs from the class's. The model may
// leave them out.
func checkIdentity(class string, classStage, own *v1alpha1.Stage) []Violation {
	var violations []Violation
	if own.Alias != "" && string(own.Alias) != classStage.EffectiveAlias() {
		violations = append(violations, newViolation(stageFieldPath(own.Name, "alias"),
			"%s, but %s has the alias %s: remove it here", own.Alias, describeStage(class, own.Name), classStage.EffectiveAlias()))
	}
	if own.MLflowStage != "" && own.MLflowStage != classStage.MLflowStage {
		violations = append(violations, newViolation(stageFieldPath(own.Name, "mlflowStage"),
			"%s, but %s %s: remove it here", own.MLflowStage, describeStage(class, own.Name), describeLegacyStage(classStage)))
	}
	return violations
}

func describeLegacyStage(stage *v1alpha1.Stage) string {
	if stage.MLflowStage == "" {
		return "has no mlflowStage"
	}
	return "has the mlflowStage " + string(stage.MLflowStage)
}

// checkGates finds gates of the model that would replace a gate of the class.
func checkGates(class string, classStage, own *v1alpha1.Stage) []Violation {
	var violations []Violation
	for _, gate := range own.Gates {
		if hasGate(classStage, gate.Name) {
			violations = append(violations, newViolation(gateFieldPath(own.Name, gate.Name),
				"class %s has a gate with this name, which a model can't replace: rename this gate", class))
		}
	}
	if count := len(classStage.Gates) + len(own.Gates); count > maxGates {
		violations = append(violations, newViolation(stageFieldPath(own.Name, "gates"),
			"%d, including those of class %s, and at most %d are allowed: remove some", count, class, maxGates))
	}
	return violations
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
