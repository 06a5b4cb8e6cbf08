// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package connecting

import (
	"fmt"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/utils/ptr"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/outcome"
)

// IsUnderWay tells whether the model's own pass has not spoken yet. It will in a moment,
// and wakes us.
func IsUnderWay(model *v1alpha1.RegisteredModel) bool {
	return model.Status.ObservedGeneration != model.Generation && !ptr.Deref(model.Spec.Suspend, false) &&
		model.DeletionTimestamp.IsZero()
}

// ModelReady waits for a model that is not, or no longer, as declared.
func ModelReady(model *v1alpha1.RegisteredModel) outcome.Outcome {
	if ptr.Deref(model.Spec.Suspend, false) {
		return outcome.Wait(v1alpha1.ReasonModelNotReady, fmt.Sprintf("RegisteredModel %s is suspended", model.Name), 0)
	}
	synced := meta.FindStatusCondition(model.Status.Conditions, v1alpha1.ConditionSynced)
	switch {
	case !model.DeletionTimestamp.IsZero():
		return outcome.Wait(v1alpha1.ReasonModelNotReady, fmt.Sprintf("RegisteredModel %s is being deleted", model.Name), 0)
	case synced == nil || model.Status.ObservedGeneration != model.Generation:
		return outcome.Wait(v1alpha1.ReasonModelNotReady, fmt.Sprintf("RegisteredModel %s is being reconciled", model.Name), 0)
	case synced.Status != "True" && synced.Reason != v1alpha1.ReasonPlanPending:
		return outcome.Wait(v1alpha1.ReasonModelNotReady, NotReady(model, synced.Message), 0)
	default:
		return outcome.Done()
	}
}

// NotReady is the sentence of whoever waits for a model that a person has to change.
func NotReady(model *v1alpha1.RegisteredModel, why string) string {
	return fmt.Sprintf("RegisteredModel %s is not ready: %s", model.Name, why)
}
