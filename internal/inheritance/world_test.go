// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package inheritance

import (
	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/test/builder"
)

const (
	staging    v1alpha1.StageName = "staging"
	canary     v1alpha1.StageName = "canary"
	production v1alpha1.StageName = "production"
)

// standard is a class with two stages in order, the second with a gate.
func standard() *builder.ClassBuilder {
	return builder.Class("standard").Stages(
		builder.Stage(staging).MLflowStage("Staging"),
		builder.Stage(production).Alias("champion").MLflowStage("Production").PromotesFrom(staging).
			Drift(v1alpha1.DriftRevert).Rollback(v1alpha1.RollbackTrusted).Gates(builder.GreaterThan("accuracy", "0.85")))
}

func model(stages ...*builder.StageBuilder) *builder.ModelBuilder {
	return builder.RegisteredModel("sentiment").Class("standard").Stages(stages...)
}

// names are those of the stages, in order.
func names(stages []v1alpha1.Stage) []v1alpha1.StageName {
	var all []v1alpha1.StageName
	for i := range stages {
		all = append(all, stages[i].Name)
	}
	return all
}

// gates are the names of the gates, in order.
func gates(stage *v1alpha1.Stage) []string {
	var all []string
	for _, g := range stage.Gates {
		all = append(all, g.Name)
	}
	return all
}

// sentences are the problems as a person reads them.
func sentences(problems []Problem) []string {
	var all []string
	for _, p := range problems {
		all = append(all, p.String())
	}
	return all
}
