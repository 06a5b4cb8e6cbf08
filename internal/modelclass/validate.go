// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package modelclass

import (
	"fmt"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/gate"
)

// Validate finds what is wrong with a class in itself, beyond what the API server refuses.
// A model inherits from a sound class only.
func Validate(class *v1alpha1.ModelClass) []Violation {
	var problems []Violation
	for i := range class.Spec.Tags {
		rule := &class.Spec.Tags[i]
		if why := patternError(rule.Pattern); why != "" {
			problems = append(problems, newViolation(fmt.Sprintf("tags.%s.pattern", rule.Key),
				"%s is no regular expression: %s", quoteValue(rule.Pattern), why))
		}
	}
	for i := range class.Spec.Stages {
		stage := &class.Spec.Stages[i]
		for _, g := range stage.Gates {
			if gate.IsReservedName(g.Name) {
				problems = append(problems, newViolation(gateFieldPath(stage.Name, g.Name),
					"the name is reserved for a built-in check: give the gate another name"))
			}
		}
	}
	return sortViolations(problems)
}

func stageFieldPath(stage v1alpha1.StageName, field string) string {
	return fmt.Sprintf("stages.%s.%s", stage, field)
}

func gateFieldPath(stage v1alpha1.StageName, name string) string {
	return stageFieldPath(stage, "gates."+name)
}
