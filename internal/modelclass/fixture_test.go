// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package modelclass

import (
	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/test/builder"
)

const (
	staging    v1alpha1.StageName = "staging"
	canary     v1alpha1.StageName = "canary"
	production v1alpha1.StageName = "production"
)

// newClass returns a class with two stages in order, the second with a gate.
func newClass() *builder.ClassBuilder {
	return builder.Class("standard").Stages(
		builder.Stage(staging).MLflowStage("Staging"),
		builder.Stage(production).Alias("champion").MLflowStage("Production").PromotesFrom(staging).
			DriftPolicy(v1alpha1.DriftPolicyRevert).RollbackPolicy(v1alpha1.RollbackPolicyTrusted).
			Gates(builder.GreaterThanGate("accuracy", "0.85")))
}

// newModel returns a model of that class.
func newModel(stages ...*builder.StageBuilder) *builder.ModelBuilder {
	return builder.RegisteredModel("sentiment").Class("standard").Stages(stages...)
}

// stageNames returns the names of the stages, in order.
func stageNames(stages []v1alpha1.Stage) []v1alpha1.StageName {
	var names []v1alpha1.StageName
	for i := range stages {
		names = append(names, stages[i].Name)
	}
	return names
}

// gateNames returns the names of the gates, in order.
func gateNames(stage *v1alpha1.Stage) []string {
	var names []string
	for _, g := range stage.Gates {
		names = append(names, g.Name)
	}
	return names
}

// violationMessages returns the text of each violation.
func violationMessages(violations []Violation) []string {
	var messages []string
	for _, v := range violations {
		messages = append(messages, v.String())
	}
	return messages
}
