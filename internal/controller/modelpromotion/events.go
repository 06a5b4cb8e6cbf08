// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package modelpromotion

import (
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/kubeutil"
)

// addBlockedEvent reports a rejection, or drift that is only reported, once: when it is new, or
// its message changed.
func addBlockedEvent(s *scope, conditions []metav1.Condition) {
	now, before := decidingCondition(conditions), decidingCondition(s.Before.Status.Conditions)
	isReported := before != nil && before.Reason == now.Reason && before.Message == now.Message
	if isReported || !s.isRejected() && now.Reason != v1alpha1.ReasonDriftDetected {
		return
	}
	s.AddEvent(kubeutil.Event{Warning: true, Reason: now.Reason, Action: "Evaluate", Note: now.Message})
}

// decidingCondition is the condition that says whether the version is promoted, or that its gates could
// not be evaluated.
func decidingCondition(conditions []metav1.Condition) *metav1.Condition {
	promoted := meta.FindStatusCondition(conditions, v1alpha1.ConditionPromoted)
	if promoted != nil && promoted.Status == metav1.ConditionUnknown {
		return meta.FindStatusCondition(conditions, v1alpha1.ConditionGatesPassed)
	}
	return promoted
}
