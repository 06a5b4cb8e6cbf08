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

// conditionTypes are the positive conditions, in the order in which they become True.
var conditionTypes = []string{v1alpha1.ConditionConnectionReady, v1alpha1.ConditionSynced}

// setStatus sets the status after a reconcile that a phase ended while it worked for a condition, or
// whose phases all continued.
func setStatus(s *scope, result reconciler.Result, ended string) {
	set := condition.New(s.Object.Generation, s.Before.Status.Conditions)
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
			ended = v1alpha1.ConditionConnectionReady
		}
		result.SetSummary(set)
		result.SetConditions(set, conditionTypes, ended)
	}
	completeStatus(s, set)
}

// setPlanPending sets the conditions of a model with differences in read-only mode. It is Ready: the
// spec asks for nothing but the report.
func setPlanPending(set *condition.Set, s *scope) {
	message := describeDifferences(len(s.pendingChanges), s.pendingChanges[0].Field) +
		" in status.plan; nothing is written while " + s.readOnlyReason
	set.MarkFalse(v1alpha1.ConditionSynced, v1alpha1.ReasonPlanPending, message)
	set.MarkTrue(v1alpha1.ConditionReady, v1alpha1.ReasonPlanPending, message)
}

func describeDifferences(differences int, first string) string {
	if differences == 1 {
		return fmt.Sprintf("1 difference, in %s, is listed", first)
	}
	return fmt.Sprintf("%d differences, the first in %s, are listed", differences, first)
}

// setSuspendedStatus sets the status of an object with spec.suspend.
func setSuspendedStatus(s *scope) {
	set := condition.New(s.Object.Generation, s.Before.Status.Conditions)
	reconciler.SetSuspended(set, conditionTypes)
	completeStatus(s, set)
}

// completeStatus sets the fields that every reconcile sets. A plan remains until the next one is made.
func completeStatus(s *scope, set *condition.Set) {
	status := &s.Object.Status
	status.Conditions = set.List()
	status.ObservedGeneration = s.Object.Generation
	status.LastHandledReconcileAt = kubeutil.ReconcileRequestedAt(s.Object)
	status.ModelName = s.modelName
	if s.hasPlan {
		status.Plan = nil
	}
	status.Plan = append(status.Plan, s.pendingChanges...)
}
