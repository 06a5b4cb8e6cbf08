// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflowconnection

import (
	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/condition"
	"github.com/neuronews/mlflow-registry-operator/internal/kube"
	"github.com/neuronews/mlflow-registry-operator/internal/outcome"
)

// summarize is the status after a pass that ended while it worked for a condition.
func summarize(s *scope, ended outcome.Outcome, at string) v1alpha1.MLflowConnectionStatus {
	set := condition.New(s.object.Generation, s.before.Conditions)
	set.True(v1alpha1.ConditionCredentialsResolved, v1alpha1.ReasonCredentialsResolved, credentialsMessage(s))
	switch {
	case ended.IsDone():
		set.True(v1alpha1.ConditionReachable, connectedReason(s), connectedMessage(s))
		set.True(v1alpha1.ConditionReady, connectedReason(s), connectedMessage(s))
	case at == v1alpha1.ConditionReachable:
		ended.Summarize(set)
		set.False(v1alpha1.ConditionReachable, ended.Reason, ended.Message)
	default:
		ended.Summarize(set)
		set.False(at, ended.Reason, ended.Message)
		set.Unknown(v1alpha1.ConditionReachable, ended.Reason, "not known while "+at+" is False")
	}
	return statusOf(s, set)
}

// statusOf completes the status with what the server told of itself, as long as it is
// known.
func statusOf(s *scope, set *condition.Set) v1alpha1.MLflowConnectionStatus {
	status := s.object.Status
	status.Conditions = set.List()
	status.ObservedGeneration = s.object.Generation
	status.LastHandledReconcileAt = kube.RequestedAt(s.object)
	switch info := s.state.ServerInfo; {
	case info.Version != "":
		status.ServerVersion = info.Version
		status.WorkspacesEnabled = new(info.WorkspacesEnabled)
	case s.state.Ready:
		// It may be another server than before.
		status.ServerVersion, status.WorkspacesEnabled = "", nil
	}
	if s.state.EffectiveInterval > 0 {
		status.EffectivePollInterval = v1alpha1.Duration(s.state.EffectiveInterval.String())
	}
	return status
}

func credentialsMessage(s *scope) string {
	switch auth := s.object.Spec.Auth; {
	case auth == nil:
		return "no credentials are configured: requests are anonymous"
	case auth.Basic != nil:
		return "user name and password were read from Secret " + string(auth.Basic.SecretRef.Name)
	default:
		return "the token was read from Secret " + string(auth.Bearer.SecretRef.Name)
	}
}
