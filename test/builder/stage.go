// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package builder

import (
	"strings"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
)

// StageBuilder builds a stage of a RegisteredModel.
type StageBuilder struct {
	stage v1alpha1.Stage
}

// Stage returns a builder of a stage without gates, whose alias is its name.
func Stage(name v1alpha1.StageName) *StageBuilder {
	return &StageBuilder{stage: v1alpha1.Stage{Name: name}}
}

// Alias sets the alias in MLflow.
func (b *StageBuilder) Alias(alias v1alpha1.Alias) *StageBuilder {
	b.stage.Alias = alias
	return b
}

// MLflowStage sets the legacy stage to keep in sync.
func (b *StageBuilder) MLflowStage(stage v1alpha1.MLflowStage) *StageBuilder {
	b.stage.MLflowStage = stage
	return b
}

// PromotesFrom adds stages that a version must have held before.
func (b *StageBuilder) PromotesFrom(stages ...v1alpha1.StageName) *StageBuilder {
	b.stage.PromotesFrom = append(b.stage.PromotesFrom, stages...)
	return b
}

// RequiredSoakTime sets how long a version must have held them.
func (b *StageBuilder) RequiredSoakTime(soakTime v1alpha1.Duration) *StageBuilder {
	b.stage.RequiredSoakTime = soakTime
	return b
}

// AllowOverrides allows promotions to override gates.
func (b *StageBuilder) AllowOverrides() *StageBuilder {
	b.stage.OverridePolicy = v1alpha1.OverridePolicyAllow
	return b
}

// Gates adds gates.
func (b *StageBuilder) Gates(gates ...v1alpha1.Gate) *StageBuilder {
	b.stage.Gates = append(b.stage.Gates, gates...)
	return b
}

// DriftPolicy sets how to react to an external change of the alias.
func (b *StageBuilder) DriftPolicy(policy v1alpha1.DriftPolicy) *StageBuilder {
	b.stage.DriftPolicy = policy
	return b
}

// RollbackPolicy sets which gates apply to a version that held the stage before.
func (b *StageBuilder) RollbackPolicy(policy v1alpha1.RollbackPolicy) *StageBuilder {
	b.stage.RollbackPolicy = policy
	return b
}

// Build returns a copy of the stage.
func (b *StageBuilder) Build() v1alpha1.Stage {
	return *b.stage.DeepCopy()
}

// MetricGate returns a gate on a metric, named after the metric.
func MetricGate(key string, operator v1alpha1.MetricOperator, threshold v1alpha1.Decimal) v1alpha1.Gate {
	return v1alpha1.Gate{
		Name:   gateName(key),
		Metric: &v1alpha1.MetricGate{Key: key, Operator: operator, Threshold: threshold},
	}
}

// GreaterThanGate returns a gate on a metric that requires more than the threshold.
func GreaterThanGate(key string, threshold v1alpha1.Decimal) v1alpha1.Gate {
	return MetricGate(key, v1alpha1.GreaterThan, threshold)
}

// LessThanGate returns a gate on a metric that requires less than the threshold.
func LessThanGate(key string, threshold v1alpha1.Decimal) v1alpha1.Gate {
	return MetricGate(key, v1alpha1.LessThan, threshold)
}

// ComparisonGate returns a gate named "beats-KEY" that requires a better value than the one of
// the stage's current version.
func ComparisonGate(key string, direction v1alpha1.Direction) v1alpha1.Gate {
	return v1alpha1.Gate{
		Name:       "beats-" + gateName(key),
		Comparison: &v1alpha1.ComparisonGate{Key: key, Direction: direction},
	}
}

// TagGate returns a gate, named after the tag, that requires one of the values.
func TagGate(key v1alpha1.TagKey, values ...string) v1alpha1.Gate {
	return v1alpha1.Gate{
		Name: gateName(string(key)),
		Tag:  &v1alpha1.TagGate{Key: key, Operator: v1alpha1.TagIn, Values: values},
	}
}

// ApprovalGate returns a gate named sign-off that requires a number of approvals. Without
// approvers, any user may approve.
func ApprovalGate(required int32, approvers ...v1alpha1.UserName) v1alpha1.Gate {
	return v1alpha1.Gate{
		Name:     "sign-off",
		Approval: &v1alpha1.ApprovalGate{Required: required, Approvers: Users(approvers...)},
	}
}

// Users returns subjects of kind User.
func Users(names ...v1alpha1.UserName) []v1alpha1.Subject {
	var users []v1alpha1.Subject
	for _, name := range names {
		users = append(users, v1alpha1.Subject{Kind: v1alpha1.SubjectKindUser, Name: string(name)})
	}
	return users
}

// gateName converts a key such as f1_score to the name of a gate.
func gateName(key string) string {
	return strings.NewReplacer("_", "-", ".", "-", "/", "-", " ", "-").Replace(strings.ToLower(key))
}
