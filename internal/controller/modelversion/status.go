// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package modelversion

import (
	"fmt"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/condition"
	"github.com/neuronews/mlflow-registry-operator/internal/kube"
	"github.com/neuronews/mlflow-registry-operator/internal/outcome"
)

// conditions are the positive conditions, in the order in which they become true.
var conditions = []string{v1alpha1.ConditionRegistered, v1alpha1.ConditionSynced}

// summarize is the status after a pass that ended while it worked for a condition, or
// that was done.
func summarize(s *scope, ended outcome.Outcome, at string) v1alpha1.ModelVersionStatus {
	set := condition.New(s.object.Generation, s.before.Conditions)
	is := fmt.Sprintf("version %s of model %s is registered", s.number(), s.object.Status.ModelName)
	set.True(v1alpha1.ConditionRegistered, v1alpha1.ReasonRegistered, is)
	set.True(v1alpha1.ConditionSynced, v1alpha1.ReasonSynced,
		fmt.Sprintf("description and tags of version %s are as declared", s.number()))
	switch {
	case !ended.IsDone():
		ended.Summarize(set)
		ended.Explain(set, conditions, at)
	case s.planned != "":
		would := fmt.Sprintf("%s would be registered as a version of model %s; nothing is written while %s",
			s.planned, s.live.Name, whyUnwritten(s.model, s.switches))
		set.False(v1alpha1.ConditionRegistered, v1alpha1.ReasonPlanPending, would)
		set.Unknown(v1alpha1.ConditionSynced, v1alpha1.ReasonPlanPending, "not known while Registered is False")
		set.True(v1alpha1.ConditionReady, v1alpha1.ReasonPlanPending, would)
	case len(s.pending) > 0:
		would := pendingMessage(s)
		set.False(v1alpha1.ConditionSynced, v1alpha1.ReasonPlanPending, would)
		set.True(v1alpha1.ConditionReady, v1alpha1.ReasonPlanPending, would)
	default:
		set.True(v1alpha1.ConditionReady, v1alpha1.ReasonRegistered, is)
	}
	status := statusOf(s.object, set)
	publish(&status, s, ended)
	return status
}

// pendingMessage says what differs: to observe and report is what was asked for.
func pendingMessage(s *scope) string {
	differs := s.pending[0].Field() + " of version " + s.number() + " differs"
	if more := len(s.pending) - 1; more > 0 {
		differs = fmt.Sprintf("%s, and %d more", differs, more)
	}
	return differs + "; nothing is written while " + whyUnwritten(s.model, s.switches)
}

// publish tells which stages the version holds, as far as that is known.
func publish(status *v1alpha1.ModelVersionStatus, s *scope, ended outcome.Outcome) {
	if status.Version != "" {
		status.URI = fmt.Sprintf("models:/%s/%s", status.ModelName, status.Version)
	}
	if ended.Reason == v1alpha1.ReasonVersionDeleted {
		status.Stages = nil
		return
	}
	if s.live == nil || status.Version == "" || int64(s.live.CreationTimestamp) != status.ModelCreationTimestamp {
		return
	}
	status.Stages = nil
	// The model tells its stages, those of its class included.
	for i := range s.model.Status.Stages {
		stage := &s.model.Status.Stages[i]
		if s.live.Aliases[stage.Alias] == string(status.Version) {
			status.Stages = append(status.Stages, stage.Name)
		}
	}
}

// suspended is the status of an object that nobody looks after.
func suspended(s *scope) v1alpha1.ModelVersionStatus {
	set := condition.New(s.object.Generation, s.before.Conditions)
	for _, kind := range append([]string{v1alpha1.ConditionReady}, conditions...) {
		set.Unknown(kind, v1alpha1.ReasonSuspended, "spec.suspend is true: set it to false to go on")
	}
	return statusOf(s.object, set)
}

// leaving is the status of an object that waits with its deletion. What was last known of
// the version stands.
func leaving(s *scope, ended outcome.Outcome) v1alpha1.ModelVersionStatus {
	set := condition.New(s.object.Generation, s.before.Conditions)
	ended.Summarize(set)
	for _, kind := range conditions {
		known := meta.FindStatusCondition(s.before.Conditions, kind)
		switch {
		case known == nil:
			set.Unknown(kind, v1alpha1.ReasonProgressing, "the object is being deleted")
		case known.Status == metav1.ConditionTrue:
			set.True(kind, known.Reason, known.Message)
		case known.Status == metav1.ConditionFalse:
			set.False(kind, known.Reason, known.Message)
		default:
			set.Unknown(kind, known.Reason, known.Message)
		}
	}
	return statusOf(s.object, set)
}

// statusOf completes the status with what every pass says.
func statusOf(object *v1alpha1.ModelVersion, set *condition.Set) v1alpha1.ModelVersionStatus {
	status := object.Status
	status.Conditions = set.List()
	status.ObservedGeneration = object.Generation
	status.LastHandledReconcileAt = kube.RequestedAt(object)
	return status
}

// registeredMessage is what the condition Registered says.
func registeredMessage(conditions []metav1.Condition) string {
	if registered := meta.FindStatusCondition(conditions, v1alpha1.ConditionRegistered); registered != nil {
		return registered.Message
	}
	return ""
}
