// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package registeredmodel

import (
	"fmt"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/condition"
	"github.com/neuronews/mlflow-registry-operator/internal/kube"
	"github.com/neuronews/mlflow-registry-operator/internal/outcome"
)

// conditions are the positive conditions, in the order in which they become true.
var conditions = []string{v1alpha1.ConditionConnectionReady, v1alpha1.ConditionSynced}

// summarize is the status after a pass that ended while it worked for a condition, or
// that was done.
func summarize(s *scope, ended outcome.Outcome, at string) v1alpha1.RegisteredModelStatus {
	set := condition.New(s.object.Generation, s.before.Conditions)
	set.True(v1alpha1.ConditionConnectionReady, v1alpha1.ReasonConnected, "the registry is read at every poll")
	if len(s.pending) > 0 {
		planPending(set, s)
	} else {
		message := fmt.Sprintf("model %s in MLflow is as declared", s.name)
		set.True(v1alpha1.ConditionSynced, v1alpha1.ReasonSynced, message)
		set.True(v1alpha1.ConditionReady, v1alpha1.ReasonSynced, message)
	}
	if !ended.IsDone() {
		if ended.Blamed() != nil {
			at = v1alpha1.ConditionConnectionReady
		}
		ended.Summarize(set)
		ended.Explain(set, conditions, at)
	}
	return statusOf(s.object, s, set)
}

// planPending is Ready: to observe and report is what was asked for.
func planPending(set *condition.Set, s *scope) {
	message := listed(len(s.pending), s.pending[0].Field) + " in status.plan; nothing is written while " + s.unwritten
	set.False(v1alpha1.ConditionSynced, v1alpha1.ReasonPlanPending, message)
	set.True(v1alpha1.ConditionReady, v1alpha1.ReasonPlanPending, message)
}

func listed(differences int, first string) string {
	if differences == 1 {
		return fmt.Sprintf("1 difference, in %s, is listed", first)
	}
	return fmt.Sprintf("%d differences, the first in %s, are listed", differences, first)
}

// suspended is the status of an object that nobody looks after.
func suspended(object *v1alpha1.RegisteredModel) v1alpha1.RegisteredModelStatus {
	set := condition.New(object.Generation, object.Status.Conditions)
	for _, kind := range append([]string{v1alpha1.ConditionReady}, conditions...) {
		set.Unknown(kind, v1alpha1.ReasonSuspended, "spec.suspend is true: set it to false to go on")
	}
	return statusOf(object, &scope{object: object, name: object.MLflowName()}, set)
}

// statusOf completes the status with what every pass says. A plan stands until another one
// is made.
func statusOf(object *v1alpha1.RegisteredModel, s *scope, set *condition.Set) v1alpha1.RegisteredModelStatus {
	status := object.Status
	status.Conditions = set.List()
	status.ObservedGeneration = object.Generation
	status.LastHandledReconcileAt = kube.RequestedAt(object)
	status.ModelName = s.name
	if s.planned {
		status.Plan = nil
	}
	status.Plan = append(status.Plan, s.pending...)
	return status
}
