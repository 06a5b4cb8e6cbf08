// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflowconnection

import (
	"fmt"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/condition"
	"github.com/neuronews/mlflow-registry-operator/internal/controller/reconciler"
	"github.com/neuronews/mlflow-registry-operator/internal/kubeutil"
	"github.com/neuronews/mlflow-registry-operator/internal/registrycache"
)

// conditionTypes are the positive conditions, in the order in which they become True.
func conditionTypes(s *scope) []string {
	kinds := []string{v1alpha1.ConditionCredentialsResolved, v1alpha1.ConditionReachable}
	if registrycache.IsShared(s.key) {
		return append([]string{v1alpha1.ConditionAccepted}, kinds...)
	}
	return kinds
}

// setStatus sets the status after a reconcile that a phase ended while it worked for a condition, or
// whose phases all continued. Before the first poll of the registry the status remains as it is: a
// restart of the operator changes no status.
func (r *Reconciler) setStatus(s *scope, result reconciler.Result, ended string) {
	if s.isFirstPoll() {
		return
	}
	set := condition.New(s.Object.GetGeneration(), s.Before.ConnectionStatus().Conditions)
	if registrycache.IsShared(s.key) {
		set.MarkTrue(v1alpha1.ConditionAccepted, v1alpha1.ReasonSucceeded, "the policy of the connection is valid")
	}
	set.MarkTrue(v1alpha1.ConditionCredentialsResolved, v1alpha1.ReasonSucceeded, r.credentialsMessage(s))
	set.MarkTrue(v1alpha1.ConditionReachable, connectedReason(s), connectedMessage(s))
	set.MarkTrue(v1alpha1.ConditionReady, connectedReason(s), connectedMessage(s))
	if !result.CanContinue() {
		result.SetSummary(set)
		result.SetConditions(set, conditionTypes(s), ended)
	}
	completeStatus(s, set)
	s.addReadyEvent()
}

// isFirstPoll reports whether the first poll of the registry is running, and the object has a status
// from before.
func (s *scope) isFirstPoll() bool {
	return s.HasCurrentStatus() && s.state.Known && !s.state.Ready && s.state.Err == nil
}

// completeStatus sets the fields that every reconcile sets. What is known of the server remains until
// another server answers.
func completeStatus(s *scope, set *condition.Set) {
	status := s.Object.ConnectionStatus()
	status.Conditions = set.List()
	status.ObservedGeneration = s.Object.GetGeneration()
	status.LastHandledReconcileAt = kubeutil.ReconcileRequestedAt(s.Object)
	switch info := s.state.ServerInfo; {
	case info.Version != "":
		status.ServerVersion = info.Version
		status.WorkspacesEnabled = new(info.WorkspacesEnabled)
	case s.state.Ready:
		// This may be a different server.
		status.ServerVersion, status.WorkspacesEnabled = "", nil
	}
	if s.state.EffectiveInterval > 0 {
		status.EffectivePollInterval = v1alpha1.Duration(s.state.EffectiveInterval.String())
	}
}

func (r *Reconciler) credentialsMessage(s *scope) string {
	if s.spec.Auth == nil {
		return "no credentials are configured: requests are anonymous"
	}
	kind, ref := selectAuth(s.spec.Auth)
	return fmt.Sprintf("%s credentials were read from Secret %s", kind, r.displayName(s, ref))
}
