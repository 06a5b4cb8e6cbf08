// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package builder

import (
	"strings"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
)

// MetricGate is a gate, named after its metric, on the value of that metric.
func MetricGate(key string, operator v1alpha1.MetricOperator, threshold v1alpha1.Decimal) v1alpha1.Gate {
	return v1alpha1.Gate{
		Name:   gateName(key),
		Metric: &v1alpha1.MetricGate{Key: key, Operator: operator, Threshold: threshold},
	}
}

// GreaterThanGate demands more than the threshold.
func GreaterThanGate(key string, threshold v1alpha1.Decimal) v1alpha1.Gate {
	return MetricGate(key, v1alpha1.GreaterThan, threshold)
}

// LessThanGate demands less than the threshold.
func LessThanGate(key string, threshold v1alpha1.Decimal) v1alpha1.Gate {
	return MetricGate(key, v1alpha1.LessThan, threshold)
}

// ComparisonGate is a gate named "beats-KEY" that demands a better value than that of
// the version that holds the stage.
func ComparisonGate(key string, direction v1alpha1.Direction) v1alpha1.Gate {
	return v1alpha1.Gate{
		Name:       "beats-" + gateName(key),
		Comparison: &v1alpha1.ComparisonGate{Key: key, Direction: direction},
	}
}

// TagGate is a gate, named after the tag, that demands one of the values.
func TagGate(key v1alpha1.TagKey, values ...string) v1alpha1.Gate {
	return v1alpha1.Gate{
		Name: gateName(string(key)),
		Tag:  &v1alpha1.TagGate{Key: key, Operator: v1alpha1.TagIn, Values: values},
	}
}

// ApprovalGate asks this many people, of these where any are named. It is called sign-off.
func ApprovalGate(required int32, approvers ...v1alpha1.UserName) v1alpha1.Gate {
	return v1alpha1.Gate{
		Name:     "sign-off",
		Approval: &v1alpha1.ApprovalGate{Required: required, Approvers: Users(approvers...)},
	}
}

// Users are subjects of kind User.
func Users(names ...v1alpha1.UserName) []v1alpha1.Subject {
	var users []v1alpha1.Subject
	for _, name := range names {
		users = append(users, v1alpha1.Subject{Kind: v1alpha1.SubjectKindUser, Name: string(name)})
	}
	return users
}

// gateName makes the name of a gate from a key such as f1_score.
func gateName(key string) string {
	return strings.NewReplacer("_", "-", ".", "-", "/", "-", " ", "-").Replace(strings.ToLower(key))
}
