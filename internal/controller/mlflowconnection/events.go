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

// stateNew is what a connection is before anything is known of it.
const stateNew = "new"

// newReadyEvents tells of a connection that became ready, or is not ready for another reason
// than before. That something is under way is no news.
func newReadyEvents(before, now []metav1.Condition) []kubeutil.Event {
	ready := meta.FindStatusCondition(now, v1alpha1.ConditionReady)
	was := oldReadyReason(before)
	if ready.Reason == was || ready.Reason == v1alpha1.ReasonProgressing {
		return nil
	}
	return []kubeutil.Event{{
		Warning: ready.Status != metav1.ConditionTrue,
		Reason:  ready.Reason, Action: "Poll",
		Note: fmt.Sprintf("%s, after it was %s: %s", ready.Reason, was, ready.Message),
	}}
}

func oldReadyReason(before []metav1.Condition) string {
	ready := meta.FindStatusCondition(before, v1alpha1.ConditionReady)
	if ready == nil || ready.Reason == v1alpha1.ReasonProgressing {
		return stateNew
	}
	return ready.Reason
}
