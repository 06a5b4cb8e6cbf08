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

// conditionTypes are the positive conditions, in the order in which they become true.
var conditionTypes = []string{v1alpha1.ConditionRegistered, v1alpha1.ConditionSynced}

// buildStatus is the status after a pass that ended while it worked for a condition, or
// that was done.
func buildStatus(s *scope, result reconciler.Result, at string) v1alpha1.ModelVersionStatus {
	set := condition.New(s.object.Generation, s.oldStatus.Conditions)
	is := fmt.Sprintf("version %s of model %s is registered", s.versionNumber(), s.object.Status.ModelName)
	set.MarkTrue(v1alpha1.ConditionRegistered, v1alpha1.ReasonRegistered, is)
	set.MarkTrue(v1alpha1.ConditionSynced, v1alpha1.ReasonSynced,
		fmt.Sprintf("description and tags of version %s are as declared", s.versionNumber()))
	switch {
	case !result.CanContinue():
		result.SetSummary(set)
		result.SetConditions(set, conditionTypes, at)
	case s.plannedSource != "":
		would := fmt.Sprintf("%s would be registered as a version of model %s; nothing is written while %s",
			s.plannedSource, s.mlflowModel.Name, readOnlyReason(s.model, s.flags))
		set.MarkFalse(v1alpha1.ConditionRegistered, v1alpha1.ReasonPlanPending, would)
		set.MarkUnknown(v1alpha1.ConditionSynced, v1alpha1.ReasonPlanPending, "not known while Registered is False")
		set.MarkTrue(v1alpha1.ConditionReady, v1alpha1.ReasonPlanPending, would)
	case len(s.pendingChanges) > 0:
		would := pendingMessage(s)
		set.MarkFalse(v1alpha1.ConditionSynced, v1alpha1.ReasonPlanPending, would)
		set.MarkTrue(v1alpha1.ConditionReady, v1alpha1.ReasonPlanPending, would)
	default:
		set.MarkTrue(v1alpha1.ConditionReady, v1alpha1.ReasonRegistered, is)
	}
	status := completeStatus(s.object, set)
	setDerivedFields(&status, s, result)
	return status
}

// pendingMessage says what differs: to observe and report is what was asked for.
func pendingMessage(s *scope) string {
	differs := s.pendingChanges[0].FieldName() + " of version " + s.versionNumber() + " differs"
	if more := len(s.pendingChanges) - 1; more > 0 {
		differs = fmt.Sprintf("%s, and %d more", differs, more)
	}
	return differs + "; nothing is written while " + readOnlyReason(s.model, s.flags)
}

// setDerivedFields tells which stages the version holds, as far as that is known.
func setDerivedFields(status *v1alpha1.ModelVersionStatus, s *scope, result reconciler.Result) {
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
	// The model tells its stages, those of its class included.
	for i := range s.model.Status.Stages {
		stage := &s.model.Status.Stages[i]
		if s.mlflowModel.Aliases[stage.Alias] == string(status.Version) {
			status.Stages = append(status.Stages, stage.Name)
		}
	}
}

// suspendedStatus is the status of an object that nobody looks after.
func suspendedStatus(s *scope) v1alpha1.ModelVersionStatus {
	set := condition.New(s.object.Generation, s.oldStatus.Conditions)
	for _, kind := range append([]string{v1alpha1.ConditionReady}, conditionTypes...) {
		set.MarkUnknown(kind, v1alpha1.ReasonSuspended, "spec.suspend is true: set it to false to go on")
	}
	return completeStatus(s.object, set)
}

// deletionStatus is the status of an object that waits with its deletion. What was last known of
// the version stands.
func deletionStatus(s *scope, result reconciler.Result) v1alpha1.ModelVersionStatus {
	set := condition.New(s.object.Generation, s.oldStatus.Conditions)
	result.SetSummary(set)
	for _, kind := range conditionTypes {
		known := meta.FindStatusCondition(s.oldStatus.Conditions, kind)
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
	return completeStatus(s.object, set)
}

// completeStatus completes the status with what every pass says.
func completeStatus(object *v1alpha1.ModelVersion, set *condition.Set) v1alpha1.ModelVersionStatus {
	status := object.Status
	status.Conditions = set.List()
	status.ObservedGeneration = object.Generation
	status.LastHandledReconcileAt = kubeutil.ReconcileRequestedAt(object)
	return status
}

// registeredMessage is what the condition Registered says.
func registeredMessage(conditions []metav1.Condition) string {
	if registered := meta.FindStatusCondition(conditions, v1alpha1.ConditionRegistered); registered != nil {
		return registered.Message
	}
	return ""
}
