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

// conditionTypes are the positive conditions, in the order in which they become true.
func conditionTypes(s *scope) []string {
	kinds := []string{v1alpha1.ConditionCredentialsResolved, v1alpha1.ConditionReachable}
	if registrycache.IsShared(s.key) {
		return append([]string{v1alpha1.ConditionAccepted}, kinds...)
	}
	return kinds
}

// buildStatus is the status after a pass that ended while it worked for a condition.
func (r *Reconciler) buildStatus(s *scope, result reconciler.Result, at string) v1alpha1.MLflowConnectionStatus {
	set := condition.New(s.object.GetGeneration(), s.oldStatus.Conditions)
	if registrycache.IsShared(s.key) {
		set.MarkTrue(v1alpha1.ConditionAccepted, v1alpha1.ReasonSucceeded, "it is known which namespaces may use the connection for what")
	}
	set.MarkTrue(v1alpha1.ConditionCredentialsResolved, v1alpha1.ReasonSucceeded, r.credentialsMessage(s))
	set.MarkTrue(v1alpha1.ConditionReachable, connectedReason(s), connectedMessage(s))
	set.MarkTrue(v1alpha1.ConditionReady, connectedReason(s), connectedMessage(s))
	if !result.CanContinue() {
		result.SetSummary(set)
		result.SetConditions(set, conditionTypes(s), at)
	}
	return completeStatus(s, set)
}

// completeStatus completes the status with what the server told of itself, as long as it is
// known.
func completeStatus(s *scope, set *condition.Set) v1alpha1.MLflowConnectionStatus {
	status := *s.object.ConnectionStatus()
	status.Conditions = set.List()
	status.ObservedGeneration = s.object.GetGeneration()
	status.LastHandledReconcileAt = kubeutil.ReconcileRequestedAt(s.object)
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

func (r *Reconciler) credentialsMessage(s *scope) string {
	if s.spec.Auth == nil {
		return "no credentials are configured: requests are anonymous"
	}
	kind, ref := selectAuth(s.spec.Auth)
	return fmt.Sprintf("%s credentials were read from Secret %s", kind, r.displayName(s, ref))
}
