// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package modelversion

import (
	"fmt"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/condition"
	"github.com/neuronews/mlflow-registry-operator/internal/controller/reconciler"
	"github.com/neuronews/mlflow-registry-operator/internal/kubeutil"
)

// conditionTypes are the positive conditions, in the order in which they become True.
var conditionTypes = []string{v1alpha1.ConditionRegistered, v1alpha1.ConditionSynced}

// setStatus sets the status after a reconcile that a phase ended while it worked for a condition, or
// whose phases all continued.
func setStatus(s *scope, result reconciler.Result, ended string) {
	if !s.Object.DeletionTimestamp.IsZero() {
		setDeletionStatus(s, result)
		return
	}
	if result.Reason == v1alpha1.ReasonVersionNotFound {
		// Any phase can find that the version is gone.
		ended = v1alpha1.ConditionRegistered
	}
	set := condition.New(s.Object.Generation, s.Before.Status.Conditions)
	message := fmt.Sprintf("version %s of model %s is registered", s.versionNumber(), s.Object.Status.ModelName)
	set.MarkTrue(v1alpha1.ConditionRegistered, v1alpha1.ReasonRegistered, message)
	set.MarkTrue(v1alpha1.ConditionSynced, v1alpha1.ReasonSynced,
		fmt.Sprintf("description and tags of version %s are as declared", s.versionNumber()))
	switch {
	case !result.CanContinue():
		result.SetSummary(set)
		result.SetConditions(set, conditionTypes, ended)
	case s.plannedSource != "":
		planned := fmt.Sprintf("%s would be registered as a version of model %s; nothing is written while %s",
			s.plannedSource, s.mlflowModel.Name, findReadOnlyReason(s.model, s.flags))
		set.MarkFalse(v1alpha1.ConditionRegistered, v1alpha1.ReasonPlanPending, planned)
		set.MarkUnknown(v1alpha1.ConditionSynced, v1alpha1.ReasonPlanPending, "not known while Registered is False")
		set.MarkTrue(v1alpha1.ConditionReady, v1alpha1.ReasonPlanPending, planned)
	case len(s.pendingChanges) > 0:
		planned := pendingMessage(s)
		set.MarkFalse(v1alpha1.ConditionSynced, v1alpha1.ReasonPlanPending, planned)
		set.MarkTrue(v1alpha1.ConditionReady, v1alpha1.ReasonPlanPending, planned)
	default:
		set.MarkTrue(v1alpha1.ConditionReady, v1alpha1.ReasonRegistered, message)
	}
	completeStatus(s, set)
	setDerivedFields(s, result)
}

// pendingMessage describes the differences in read-only mode. The object is Ready: the spec asks
// for nothing but the report.
func pendingMessage(s *scope) string {
	differs := s.pendingChanges[0].FieldName() + " of version " + s.versionNumber() + " differs"
	if more := len(s.pendingChanges) - 1; more > 0 {
		differs = fmt.Sprintf("%s, and %d more", differs, more)
	}
	return differs + "; nothing is written while " + findReadOnlyReason(s.model, s.flags)
}

// setDerivedFields sets the URI and the stages that the version holds, if they are known.
func setDerivedFields(s *scope, result reconciler.Result) {
	status := &s.Object.Status
	if status.Version != "" {
		status.URI = fmt.Sprintf("models:/%s/%s", status.ModelName, status.Version)
	}
	if result.Reason == v1alpha1.ReasonVersionNotFound {
		status.Stages = nil
		return
	}
	if s.mlflowModel == nil || status.Version == "" || int64(s.mlflowModel.CreationTimestamp) != status.ModelCreationTimestamp {
		return
	}
	status.Stages = nil
	// The status of the model has its stages, including those of its class.
	for i := range s.model.Status.Stages {
		stage := &s.model.Status.Stages[i]
		if s.mlflowModel.Aliases[stage.Alias] == string(status.Version) {
			status.Stages = append(status.Stages, stage.Name)
		}
	}
}

// setSuspendedStatus sets the status of an object with spec.suspend.
func setSuspendedStatus(s *scope) {
	set := condition.New(s.Object.Generation, s.Before.Status.Conditions)
	reconciler.SetSuspended(set, conditionTypes)
	completeStatus(s, set)
}

// setDeletionStatus sets the status of an object whose deletion waits. What was last known of the
// version remains.
func setDeletionStatus(s *scope, result reconciler.Result) {
	set := condition.New(s.Object.Generation, s.Before.Status.Conditions)
	result.SetSummary(set)
	for _, kind := range conditionTypes {
		known := meta.FindStatusCondition(s.Before.Status.Conditions, kind)
		switch {
		case known == nil:
			set.MarkUnknown(kind, v1alpha1.ReasonProgressing, "the object is being deleted")
		case known.Status == metav1.ConditionTrue:
			set.MarkTrue(kind, known.Reason, known.Message)
		case known.Status == metav1.ConditionFalse:
			set.MarkFalse(kind, known.Reason, known.Message)
		default:
			set.MarkUnknown(kind, known.Reason, known.Message)
		}
	}
	completeStatus(s, set)
}

// completeStatus sets the fields that every reconcile sets.
func completeStatus(s *scope, set *condition.Set) {
	status := &s.Object.Status
	status.Conditions = set.List()
	status.ObservedGeneration = s.Object.Generation
	status.LastHandledReconcileAt = kubeutil.ReconcileRequestedAt(s.Object)
}

// registeredMessage returns the message of the condition Registered.
func registeredMessage(conditions []metav1.Condition) string {
	if registered := meta.FindStatusCondition(conditions, v1alpha1.ConditionRegistered); registered != nil {
		return registered.Message
	}
	return ""
}
