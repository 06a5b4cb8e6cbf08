// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package builder

import (
	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
)

// StageBuilder makes a stage of a RegisteredModel.
type StageBuilder struct {
	stage v1alpha1.Stage
}

// Stage starts with a stage that demands nothing, whose alias is its name.
func Stage(name v1alpha1.StageName) *StageBuilder {
	return &StageBuilder{stage: v1alpha1.Stage{Name: name}}
}

// Alias is the alias in MLflow.
func (b *StageBuilder) Alias(alias v1alpha1.Alias) *StageBuilder {
	b.stage.Alias = alias
	return b
}

// MLflowStage is the legacy stage to keep in step.
func (b *StageBuilder) MLflowStage(stage v1alpha1.MLflowStage) *StageBuilder {
	b.stage.MLflowStage = stage
	return b
}

// PromotesFrom names the stages to have held before.
func (b *StageBuilder) PromotesFrom(stages ...v1alpha1.StageName) *StageBuilder {
	b.stage.PromotesFrom = append(b.stage.PromotesFrom, stages...)
	return b
}

// RequiredSoakTime is how long a version must have held them.
func (b *StageBuilder) RequiredSoakTime(least v1alpha1.Duration) *StageBuilder {
	b.stage.RequiredSoakTime = least
	return b
}

// AllowOverrides lets promotions override gates.
func (b *StageBuilder) AllowOverrides() *StageBuilder {
	b.stage.OverridePolicy = v1alpha1.OverridePolicyAllow
	return b
}

// Gates adds demands.
func (b *StageBuilder) Gates(gates ...v1alpha1.Gate) *StageBuilder {
	b.stage.Gates = append(b.stage.Gates, gates...)
	return b
}

// DriftPolicy says what happens after an external change of the alias.
func (b *StageBuilder) DriftPolicy(drift v1alpha1.DriftPolicy) *StageBuilder {
	b.stage.DriftPolicy = drift
	return b
}

// RollbackPolicy says which gates a version meets that returns.
func (b *StageBuilder) RollbackPolicy(rollback v1alpha1.RollbackPolicy) *StageBuilder {
	b.stage.RollbackPolicy = rollback
	return b
}

// Build is the stage.
func (b *StageBuilder) Build() v1alpha1.Stage {
	return *b.stage.DeepCopy()
}
