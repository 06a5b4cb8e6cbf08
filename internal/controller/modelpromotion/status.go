// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package modelpromotion

import (
	"fmt"
	"slices"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/condition"
	"github.com/neuronews/mlflow-registry-operator/internal/controller/reconciler"
	"github.com/neuronews/mlflow-registry-operator/internal/gate"
	"github.com/neuronews/mlflow-registry-operator/internal/kubeutil"

	"github.com/neuronews/mlflow-registry-operator/internal/promotion"
)

// conditionTypes are the positive conditions, in the order in which they become true.
var conditionTypes = []string{
	v1alpha1.ConditionCandidateResolved, v1alpha1.ConditionGatesPassed, v1alpha1.ConditionPromoted,
}

// buildStatus is the status after a pass that ended while it worked for a condition, or
// that was done.
func (r *Reconciler) buildStatus(s *scope, result reconciler.Result, at string) v1alpha1.ModelPromotionStatus {
	set := condition.New(s.object.Generation, s.oldConditions())
	set.MarkTrue(v1alpha1.ConditionCandidateResolved, v1alpha1.ReasonSucceeded, candidateResolvedMessage(s))
	set.MarkTrue(v1alpha1.ConditionGatesPassed, v1alpha1.ReasonSucceeded, gatesPassedMessage(s))
	if s.rejection.reason != "" && s.rejection.reason != v1alpha1.ReasonPreconditionFailed {
		set.MarkFalse(v1alpha1.ConditionGatesPassed, s.rejection.reason, s.rejection.message)
	}
	switch {
	case !result.CanContinue():
		result.SetSummary(set)
		result.SetConditions(set, conditionTypes, at)
	case s.rejection.reason != "":
		setBlocked(set, s)
	case s.dryRunReason != "" && s.step != promotion.StepNone:
		setDryRunReady(set, s)
	default:
		setPromoted(set, s)
	}
	addBlockedEvent(s, set.List())
	return r.completeStatus(s, set)
}

// setPromoted is the end that is aimed at.
func setPromoted(set *condition.Set, s *scope) {
	reason := v1alpha1.ReasonPromoted
	if record := promotion.LastRecord(s.object.Status.History, s.mlflowModel); record != nil && record.Reason == v1alpha1.PromotionReasonRolledBack {
		reason = v1alpha1.ReasonRolledBack
	}
	message := fmt.Sprintf("version %s holds stage %s as alias %s of model %s",
		s.resolution.Version, s.stage.Name, s.stage.EffectiveAlias(), s.mlflowModel.Name) + exemptionsMessage(s)
	set.MarkTrue(v1alpha1.ConditionPromoted, reason, message)
	set.MarkTrue(v1alpha1.ConditionReady, reason, message)
}

// setBlocked is Ready where the operator looks for versions itself and the stage is held
// by the last one that passed: that is what was asked for. A precondition that is not met
// says that the spec is behind, which no newer version mends.
func setBlocked(set *condition.Set, s *scope) {
	message := blockedMessage(s)
	set.MarkFalse(v1alpha1.ConditionPromoted, s.rejection.reason, message)
	switch {
	case s.dryRunReason != "":
		message = fmt.Sprintf("version %s would be refused (%s): %s", s.resolution.Version, s.dryRunReason, s.rejection.message)
		set.MarkTrue(v1alpha1.ConditionReady, v1alpha1.ReasonDryRun, message)
	case s.rejection.reason != v1alpha1.ReasonPreconditionFailed && s.isHeldByLastPromoted():
		set.MarkTrue(v1alpha1.ConditionReady, v1alpha1.ReasonCandidateBlocked, message)
	case s.rejection.isPending:
		reconciler.Waiting(s.rejection.reason, message, 0).SetSummary(set)
	default:
		reconciler.Terminal(s.rejection.reason, message).SetSummary(set)
	}
}

// isHeldByLastPromoted tells whether the stage is held by the recorded holder while the
// operator looks for a newer version that passes.
func (s *scope) isHeldByLastPromoted() bool {
	recorded := s.lastPromotedVersion()
	return s.hasVersionSelector() && recorded != "" && s.planState().CurrentVersion() == recorded && recorded != s.resolution.Version
}

// oldConditions is what tells since when a condition has been what it is. Whether the
// gates pass is another question for each candidate.
func (s *scope) oldConditions() []metav1.Condition {
	conditions := slices.Clone(s.oldStatus.Conditions)
	if s.candidateChanged {
		meta.RemoveStatusCondition(&conditions, v1alpha1.ConditionGatesPassed)
	}
	return conditions
}

// setDryRunReady is Ready: to evaluate and report is what was asked for.
func setDryRunReady(set *condition.Set, s *scope) {
	message := fmt.Sprintf("version %s would take stage %s, which %s; nothing is written while %s",
		s.resolution.Version, s.stage.Name, holderPhrase(s), s.dryRunReason)
	if s.planState().CurrentVersion() == s.resolution.Version {
		message = fmt.Sprintf("version %s holds stage %s and would be recorded as its holder; nothing is written while %s",
			s.resolution.Version, s.stage.Name, s.dryRunReason)
	}
	set.MarkFalse(v1alpha1.ConditionPromoted, v1alpha1.ReasonDryRun, message)
	set.MarkTrue(v1alpha1.ConditionReady, v1alpha1.ReasonDryRun, message)
}

// suspendedStatus is the status of an object that nobody looks after.
func (r *Reconciler) suspendedStatus(s *scope) v1alpha1.ModelPromotionStatus {
	s.tenureUnknown = true
	s.object.Status.BlockedUntil = nil
	set := condition.New(s.object.Generation, s.oldStatus.Conditions)
	for _, kind := range append([]string{v1alpha1.ConditionReady}, conditionTypes...) {
		set.MarkUnknown(kind, v1alpha1.ReasonSuspended, "spec.suspend is true: set it to false to continue")
	}
	return r.completeStatus(s, set)
}

// completeStatus completes the status with what every pass says. Who holds the stage is told
// as far as it is known; otherwise it stays as it was.
func (r *Reconciler) completeStatus(s *scope, set *condition.Set) v1alpha1.ModelPromotionStatus {
	status := s.object.Status
	if s.tenureUnknown {
		status.CurrentVersionSince = nil
	}
	status.Conditions = set.List()
	status.ObservedGeneration = s.object.Generation
	status.LastHandledReconcileAt = kubeutil.ReconcileRequestedAt(s.object)
	if s.mlflowModel == nil || s.stage == nil {
		return status
	}
	alias := s.stage.EffectiveAlias()
	status.CurrentVersionSince = promotion.CurrentVersionSince(&s.oldStatus, s.planState(), s.historyChanged, r.Clock.Now())
	status.CurrentVersion = v1alpha1.Version(s.mlflowModel.Aliases[alias])
	status.PreviousVersion = ""
	if record := promotion.LastRecord(status.History, s.mlflowModel); record != nil && record.Version == status.CurrentVersion {
		status.PreviousVersion = promotion.PreviousVersion(status.History)
	}
	status.URI = fmt.Sprintf("models:/%s@%s", s.mlflowModel.Name, alias)
	return status
}

func toGateStatuses(result gate.Result) []v1alpha1.GateStatus {
	verdicts := make([]v1alpha1.GateStatus, 0, len(result.Gates))
	for _, v := range result.Gates {
		verdicts = append(verdicts, v.Status())
	}
	return verdicts
}
