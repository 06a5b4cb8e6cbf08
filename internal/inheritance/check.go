// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package inheritance

import (
	"fmt"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/gate"
)

// Check finds what is wrong with a class in itself, beyond what the API server refuses.
// A model inherits from a sound class only.
func Check(class *v1alpha1.ModelClass) []Problem {
	var problems []Problem
	for i := range class.Spec.Tags {
		rule := &class.Spec.Tags[i]
		if why := malformed(rule.Pattern); why != "" {
			problems = append(problems, problem(fmt.Sprintf("tags.%s.pattern", rule.Key),
				"%s is no regular expression: %s", show(rule.Pattern), why))
		}
	}
	for i := range class.Spec.Stages {
		stage := &class.Spec.Stages[i]
		for _, g := range stage.Gates {
			if gate.IsReserved(g.Name) {
				problems = append(problems, problem(gateField(stage.Name, g.Name),
					"the name is reserved for a built-in check: give the gate another name"))
			}
		}
	}
	return sorted(problems)
}

func stageField(stage v1alpha1.StageName, field string) string {
	return fmt.Sprintf("stages.%s.%s", stage, field)
}

func gateField(stage v1alpha1.StageName, name string) string {
	return stageField(stage, "gates."+name)
}
