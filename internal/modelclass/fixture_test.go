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

// newClass is a class with two stages in order, the second with a gate.
func newClass() *builder.ClassBuilder {
	return builder.Class("standard").Stages(
		builder.Stage(staging).MLflowStage("Staging"),
		builder.Stage(production).Alias("champion").MLflowStage("Production").PromotesFrom(staging).
			DriftPolicy(v1alpha1.DriftPolicyRevert).RollbackPolicy(v1alpha1.RollbackPolicyTrusted).Gates(builder.GreaterThanGate("accuracy", "0.85")))
}

func newModel(stages ...*builder.StageBuilder) *builder.ModelBuilder {
	return builder.RegisteredModel("sentiment").Class("standard").Stages(stages...)
}

// stageNames are those of the stages, in order.
func stageNames(stages []v1alpha1.Stage) []v1alpha1.StageName {
	var all []v1alpha1.StageName
	for i := range stages {
		all = append(all, stages[i].Name)
	}
	return all
}

// gateNames are the names of the gates, in order.
func gateNames(stage *v1alpha1.Stage) []string {
	var all []string
	for _, g := range stage.Gates {
		all = append(all, g.Name)
	}
	return all
}

// violationMessages are the problems as a person reads them.
func violationMessages(problems []Violation) []string {
	var all []string
	for _, p := range problems {
		all = append(all, p.String())
	}
	return all
}
