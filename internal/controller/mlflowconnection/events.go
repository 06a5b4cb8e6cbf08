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

// addReadyEvent reports a change of Ready.
func (s *scope) addReadyEvent() {
	for _, e := range newReadyEvents(s.Before.ConnectionStatus().Conditions, s.Object.ConnectionStatus().Conditions) {
		s.AddEvent(e)
	}
}

// newReadyEvents reports a connection that became ready, or that is not ready for another cause
// than before. Progress is no news, nor is what changes in the message of a ready connection.
func newReadyEvents(before, now []metav1.Condition) []kubeutil.Event {
	ready := meta.FindStatusCondition(now, v1alpha1.ConditionReady)
	was := settledReady(before)
	if ready.Reason == v1alpha1.ReasonProgressing || was != nil && !isOtherCause(was, ready) {
		return nil
	}
	return []kubeutil.Event{{
		Warning: ready.Status != metav1.ConditionTrue,
		Reason:  ready.Reason, Action: "Poll",
		Note: fmt.Sprintf("connection is %s%s: %s", ready.Reason, describePrevious(was, ready), ready.Message),
	}}
}

// settledReady is the condition Ready, or nil before the first poll.
func settledReady(conditions []metav1.Condition) *metav1.Condition {
	ready := meta.FindStatusCondition(conditions, v1alpha1.ConditionReady)
	if ready == nil || ready.Reason == v1alpha1.ReasonProgressing {
		return nil
	}
	return ready
}

// isOtherCause compares the messages, too, if the reason stands for several causes with the
// same remedy, such as a Secret and a certificate.
func isOtherCause(was, now *metav1.Condition) bool {
	return was.Reason != now.Reason || now.Reason == v1alpha1.ReasonInvalidCredentials && was.Message != now.Message
}

func describePrevious(was, now *metav1.Condition) string {
	if was == nil || was.Reason == now.Reason {
		return ""
	}
	return fmt.Sprintf(" (was %s)", was.Reason)
}
