// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflowconnection

import (
	"fmt"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/kubeutil"
)

// addReadyEvent reports a connection that became ready or not ready.
func (s *scope) addReadyEvent() {
	for _, e := range newReadyEvents(s.Before.ConnectionStatus().Conditions, s.Object.ConnectionStatus().Conditions) {
		s.AddEvent(e)
	}
}

// newReadyEvents reports a connection that became ready, or that is not ready for a different cause
// than before. Progress is not reported, nor a change in the message of a ready connection.
func newReadyEvents(oldConditions, newConditions []metav1.Condition) []kubeutil.Event {
	ready := meta.FindStatusCondition(newConditions, v1alpha1.ConditionReady)
	before := findSettledReady(oldConditions)
	if ready.Reason == v1alpha1.ReasonProgressing || before != nil && !isOtherCause(before, ready) {
		return nil
	}
	return []kubeutil.Event{{
		Warning: ready.Status != metav1.ConditionTrue,
		Reason:  ready.Reason, Action: "Poll",
		Note: fmt.Sprintf("connection is %s%s: %s", ready.Reason, describePrevious(before, ready), ready.Message),
	}}
}

// findSettledReady returns the condition Ready, or nil before the first poll.
func findSettledReady(conditions []metav1.Condition) *metav1.Condition {
	ready := meta.FindStatusCondition(conditions, v1alpha1.ConditionReady)
	if ready == nil || ready.Reason == v1alpha1.ReasonProgressing {
		return nil
	}
	return ready
}

// isOtherCause also compares the messages if the reason stands for several causes with the same
// remedy, such as a Secret and a certificate.
func isOtherCause(before, now *metav1.Condition) bool {
	return before.Reason != now.Reason || now.Reason == v1alpha1.ReasonInvalidCredentials && before.Message != now.Message
}

func describePrevious(before, now *metav1.Condition) string {
	if before == nil || before.Reason == now.Reason {
		return ""
	}
	return fmt.Sprintf(" (was %s)", before.Reason)
}
