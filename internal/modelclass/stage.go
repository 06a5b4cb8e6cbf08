// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package modelclass

import (
	"fmt"
	"slices"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
)

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
