// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package registeredmodel

import (
	"fmt"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/condition"
	"github.com/neuronews/mlflow-registry-operator/internal/controller/reconciler"
	"github.com/neuronews/mlflow-registry-operator/internal/kubeutil"
)

// conditionTypes are the positive conditions, in the order in which they become true.
var conditionTypes = []string{v1alpha1.ConditionConnectionReady, v1alpha1.ConditionSynced}

// buildStatus is the status after a pass that ended while it worked for a condition, or
// that was done.
func buildStatus(s *scope, result reconciler.Result, at string) v1alpha1.RegisteredModelStatus {
	set := condition.New(s.object.Generation, s.oldStatus.Conditions)
	set.MarkTrue(v1alpha1.ConditionConnectionReady, v1alpha1.ReasonConnected, "the registry is read at every poll")
	if len(s.pendingChanges) > 0 {
		setPlanPending(set, s)
	} else {
		message := fmt.Sprintf("model %s in MLflow is as declared", s.modelName)
		set.MarkTrue(v1alpha1.ConditionSynced, v1alpha1.ReasonSynced, message)
		set.MarkTrue(v1alpha1.ConditionReady, v1alpha1.ReasonSynced, message)
	}
	if !result.CanContinue() {
		if result.ConnectionErr() != nil {
			at = v1alpha1.ConditionConnectionReady
		}
		result.SetSummary(set)
		result.SetConditions(set, conditionTypes, at)
	}
	return completeStatus(s.object, s, set)
}

// setPlanPending is Ready: to observe and report is what was asked for.
func setPlanPending(set *condition.Set, s *scope) {
	message := describeDifferences(len(s.pendingChanges), s.pendingChanges[0].Field) + " in status.plan; nothing is written while " + s.readOnlyReason
	set.MarkFalse(v1alpha1.ConditionSynced, v1alpha1.ReasonPlanPending, message)
	set.MarkTrue(v1alpha1.ConditionReady, v1alpha1.ReasonPlanPending, message)
}

func describeDifferences(differences int, first string) string {
	if differences == 1 {
		return fmt.Sprintf("1 difference, in %s, is listed", first)
	}
	return fmt.Sprintf("%d differences, the first in %s, are listed", differences, first)
}

// suspendedStatus is the status of an object that nobody looks after.
func suspendedStatus(object *v1alpha1.RegisteredModel) v1alpha1.RegisteredModelStatus {
	set := condition.New(object.Generation, object.Status.Conditions)
	for _, kind := range append([]string{v1alpha1.ConditionReady}, conditionTypes...) {
		set.MarkUnknown(kind, v1alpha1.ReasonSuspended, "spec.suspend is true: set it to false to go on")
	}
	return completeStatus(object, &scope{object: object, modelName: object.MLflowName()}, set)
}

// completeStatus completes the status with what every pass says. A plan stands until another one
// is made.
func completeStatus(object *v1alpha1.RegisteredModel, s *scope, set *condition.Set) v1alpha1.RegisteredModelStatus {
	status := object.Status
	status.Conditions = set.List()
	status.ObservedGeneration = object.Generation
	status.LastHandledReconcileAt = kubeutil.ReconcileRequestedAt(object)
	status.ModelName = s.modelName
	if s.hasPlan {
		status.Plan = nil
	}
	status.Plan = append(status.Plan, s.pendingChanges...)
	return status
}
