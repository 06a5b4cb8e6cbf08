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
	"github.com/neuronews/mlflow-registry-operator/internal/kubeutil"
	"github.com/neuronews/mlflow-registry-operator/internal/promotion"
)

// conditionTypes are the positive conditions, in the order in which they become true.
var conditionTypes = []string{
	v1alpha1.ConditionCandidateResolved, v1alpha1.ConditionGatesPassed, v1alpha1.ConditionPromoted,
}

// setStatus sets the status after a reconcile that a phase ended while it worked for a condition, or
// whose phases all continued.
func (r *Reconciler) setStatus(s *scope, result reconciler.Result, ended string) {
	set := condition.New(s.Object.Generation, s.oldConditions())
	set.MarkTrue(v1alpha1.ConditionCandidateResolved, v1alpha1.ReasonSucceeded, candidateResolvedMessage(s))
	set.MarkTrue(v1alpha1.ConditionGatesPassed, v1alpha1.ReasonSucceeded, gatesPassedMessage(s))
	if s.isRejected() && s.rejection.reason != v1alpha1.ReasonPreconditionFailed {
		set.MarkFalse(v1alpha1.ConditionGatesPassed, s.rejection.reason, s.rejection.message)
	}
	switch {
	case !result.CanContinue():
		result.SetSummary(set)
		result.SetConditions(set, conditionTypes, ended)
	case s.isRejected():
		setBlocked(set, s)
	case s.dryRunReason != "" && s.decision.Step != promotion.StepNone:
		setDryRunReady(set, s)
	default:
		setPromoted(set, s)
	}
	addBlockedEvent(s, set.List())
	r.completeStatus(s, set)
}

// oldConditions are the last conditions, whose transition times are kept if they do not change. Whether
// the gates pass is another question for each candidate.
func (s *scope) oldConditions() []metav1.Condition {
	conditions := slices.Clone(s.Before.Status.Conditions)
	if s.decision.IsNewPin {
		meta.RemoveStatusCondition(&conditions, v1alpha1.ConditionGatesPassed)
	}
	return conditions
}

// setPromoted sets the conditions of a stage that holds the version that is wanted.
func setPromoted(set *condition.Set, s *scope) {
	reason := v1alpha1.ReasonPromoted
	if last := promotion.LastRecord(s.Object.Status.History, s.mlflowModel); last != nil && last.Reason == v1alpha1.PromotionReasonRolledBack {
		reason = v1alpha1.ReasonRolledBack
	}
	message := fmt.Sprintf("version %s holds stage %s as alias %s of model %s",
		s.resolution.Version, s.stage.Name, s.stage.EffectiveAlias(), s.mlflowModel.Name) + exemptionsMessage(s)
	set.MarkTrue(v1alpha1.ConditionPromoted, reason, message)
	set.MarkTrue(v1alpha1.ConditionReady, reason, message)
}

// setBlocked sets the conditions of a candidate that was rejected. A version selector is Ready if the
// stage holds the last promoted version: that is what the spec asks for. A precondition that is
// not met is not Ready: the spec is out of date, and no newer version changes that.
func setBlocked(set *condition.Set, s *scope) {
	message := blockedMessage(s)
	set.MarkFalse(v1alpha1.ConditionPromoted, s.rejection.reason, message)
	switch {
	case s.dryRunReason != "":
		message = fmt.Sprintf("version %s would be blocked (%s): %s", s.resolution.Version, s.dryRunReason, s.rejection.message)
		set.MarkTrue(v1alpha1.ConditionReady, v1alpha1.ReasonDryRun, message)
	case s.rejection.reason != v1alpha1.ReasonPreconditionFailed && s.isHeldByLastPromoted():
		set.MarkTrue(v1alpha1.ConditionReady, v1alpha1.ReasonCandidateBlocked, message)
	case s.rejection.isPending:
		reconciler.Waiting(s.rejection.reason, message, 0).SetSummary(set)
	default:
		reconciler.Terminal(s.rejection.reason, message).SetSummary(set)
	}
}

// isHeldByLastPromoted reports whether the stage holds the last promoted version while a version
// selector has found another one.
func (s *scope) isHeldByLastPromoted() bool {
	state := s.planState()
	last := state.LastPromotedVersion()
	return promotion.HasVersionSelector(&s.Object.Spec) && last != "" && state.CurrentVersion() == last && last != s.resolution.Version
}

// setDryRunReady sets the conditions of a dry run, which is Ready: it evaluates and reports.
func setDryRunReady(set *condition.Set, s *scope) {
	message := fmt.Sprintf("version %s would be promoted to stage %s, which %s; nothing is written while %s",
		s.resolution.Version, s.stage.Name, currentVersionPhrase(s), s.dryRunReason)
	if s.planState().CurrentVersion() == s.resolution.Version {
		message = fmt.Sprintf("version %s holds stage %s and would be recorded as promoted; nothing is written while %s",
			s.resolution.Version, s.stage.Name, s.dryRunReason)
	}
	set.MarkFalse(v1alpha1.ConditionPromoted, v1alpha1.ReasonDryRun, message)
	set.MarkTrue(v1alpha1.ConditionReady, v1alpha1.ReasonDryRun, message)
}

// setSuspendedStatus sets the status of an object with spec.suspend.
func (r *Reconciler) setSuspendedStatus(s *scope) {
	s.tenureUnknown = true
	s.Object.Status.BlockedUntil = nil
	set := condition.New(s.Object.Generation, s.Before.Status.Conditions)
	reconciler.SetSuspended(set, conditionTypes)
	r.completeStatus(s, set)
}

// completeStatus adds what every status contains. The current version is set if it is known, and
// left unchanged otherwise.
func (r *Reconciler) completeStatus(s *scope, set *condition.Set) {
	status := &s.Object.Status
	if s.tenureUnknown {
		status.CurrentVersionSince = nil
	}
	status.Conditions = set.List()
	status.ObservedGeneration = s.Object.Generation
	status.LastHandledReconcileAt = kubeutil.ReconcileRequestedAt(s.Object)
	if s.mlflowModel == nil || s.stage == nil {
		return
	}
	state := s.planState()
	status.CurrentVersionSince = promotion.CurrentVersionSince(&s.Before.Status, state, s.historyChanged, r.Clock.Now())
	status.CurrentVersion = v1alpha1.Version(state.CurrentVersion())
	status.PreviousVersion = ""
	if last := promotion.LastRecord(status.History, s.mlflowModel); last != nil && last.Version == status.CurrentVersion {
		status.PreviousVersion = promotion.PreviousVersion(status.History)
	}
	status.URI = fmt.Sprintf("models:/%s@%s", s.mlflowModel.Name, s.stage.EffectiveAlias())
}

func candidateResolvedMessage(s *scope) string {
	if s.resolution.Message == "" {
		return "the candidate is known"
	}
	return s.resolution.Message
}

func gatesPassedMessage(s *scope) string {
	return fmt.Sprintf("every gate passed for version %s when it was last evaluated",
		versionOrNone(s.resolution.Version)) + exemptionsMessage(s)
}

// exemptionsMessage names the gates that did not pass and were exempt.
func exemptionsMessage(s *scope) string {
	if s.mlflowModel == nil {
		return ""
	}
	return appendSentence(promotion.DescribeExemptions(s.planState(), s.gateResult))
}

// blockedMessage says what a rejection means for the stage. A candidate that an external change put
// there keeps the stage if there is no last promoted version that could be restored.
func blockedMessage(s *scope) string {
	if s.planState().CurrentVersion() == s.resolution.Version {
		return fmt.Sprintf("version %s holds stage %s, but is blocked: %s",
			s.resolution.Version, s.stage.Name, s.rejection.message)
	}
	return fmt.Sprintf("version %s is not promoted to stage %s, which %s: %s",
		s.resolution.Version, s.stage.Name, currentVersionPhrase(s), s.rejection.message)
}

// currentVersionPhrase says which version holds the stage instead.
func currentVersionPhrase(s *scope) string {
	current := s.planState().CurrentVersion()
	if current == "" {
		return "no version holds"
	}
	return "version " + current + " holds"
}

func versionOrNone(version string) string {
	if version == "" {
		return "none"
	}
	return version
}

// appendSentence is what to append to a message for one more sentence.
func appendSentence(sentence string) string {
	if sentence == "" {
		return ""
	}
	return "; " + sentence
}
