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
	"github.com/neuronews/mlflow-registry-operator/internal/gate"
	"github.com/neuronews/mlflow-registry-operator/internal/kube"
	"github.com/neuronews/mlflow-registry-operator/internal/outcome"
	"github.com/neuronews/mlflow-registry-operator/internal/promotion"
)

// conditions are the positive conditions, in the order in which they become true.
var conditions = []string{
	v1alpha1.ConditionCandidateResolved, v1alpha1.ConditionGatesPassed, v1alpha1.ConditionPromoted,
}

// summarize is the status after a pass that ended while it worked for a condition, or
// that was done.
func (r *Reconciler) summarize(s *scope, ended outcome.Outcome, at string) v1alpha1.ModelPromotionStatus {
	set := condition.New(s.object.Generation, s.conditionsBefore())
	set.True(v1alpha1.ConditionCandidateResolved, v1alpha1.ReasonCandidateResolved, resolvedMessage(s))
	set.True(v1alpha1.ConditionGatesPassed, v1alpha1.ReasonGatesPassed, passedMessage(s))
	if s.refused.reason != "" && s.refused.reason != v1alpha1.ReasonPreconditionFailed {
		set.False(v1alpha1.ConditionGatesPassed, s.refused.reason, s.refused.message)
	}
	switch {
	case !ended.IsDone():
		ended.Summarize(set)
		ended.Explain(set, conditions, at)
	case s.refused.reason != "":
		refuse(set, s)
	case s.dryRun != "" && s.step != promotion.StepHold:
		wouldTake(set, s)
	default:
		holds(set, s)
	}
	tellRefusal(s, set.List())
	return r.statusOf(s, set)
}

// holds is the end that is aimed at.
func holds(set *condition.Set, s *scope) {
	reason := v1alpha1.ReasonPromoted
	if record := promotion.Recorded(s.object.Status.History, s.live); record != nil && record.Cause == v1alpha1.CauseRolledBack {
		reason = v1alpha1.ReasonRolledBack
	}
	message := fmt.Sprintf("version %s holds stage %s as alias %s of model %s",
		s.resolution.Version, s.stage.Name, s.stage.EffectiveAlias(), s.live.Name) + looserMessage(s)
	set.True(v1alpha1.ConditionPromoted, reason, message)
	set.True(v1alpha1.ConditionReady, reason, message)
}

// refuse is Ready where the operator looks for versions itself and the stage is held
// by the last one that passed: that is what was asked for. A precondition that is not met
// says that the spec is behind, which no newer version mends.
func refuse(set *condition.Set, s *scope) {
	message := refusalMessage(s)
	set.False(v1alpha1.ConditionPromoted, s.refused.reason, message)
	switch {
	case s.dryRun != "":
		message = fmt.Sprintf("version %s would be refused (%s): %s", s.resolution.Version, s.dryRun, s.refused.message)
		set.True(v1alpha1.ConditionReady, v1alpha1.ReasonDryRun, message)
	case s.refused.reason != v1alpha1.ReasonPreconditionFailed && s.keepsLastThatPassed():
		set.True(v1alpha1.ConditionReady, v1alpha1.ReasonCandidateBlocked, message)
	case s.refused.waits:
		outcome.Wait(s.refused.reason, message, 0).Summarize(set)
	default:
		outcome.Stall(s.refused.reason, message).Summarize(set)
	}
}

// keepsLastThatPassed tells whether the stage is held by the recorded holder while the
// operator looks for a newer version that passes.
func (s *scope) keepsLastThatPassed() bool {
	recorded := s.recorded()
	return s.continuous() && recorded != "" && s.situation().Holder() == recorded && recorded != s.resolution.Version
}

// conditionsBefore is what tells since when a condition has been what it is. Whether the
// gates pass is another question for each candidate.
func (s *scope) conditionsBefore() []metav1.Condition {
	conditions := slices.Clone(s.before.Conditions)
	if s.repinned {
		meta.RemoveStatusCondition(&conditions, v1alpha1.ConditionGatesPassed)
	}
	return conditions
}

// wouldTake is Ready: to evaluate and report is what was asked for.
func wouldTake(set *condition.Set, s *scope) {
	message := fmt.Sprintf("version %s would take stage %s, which %s; nothing is written while %s",
		s.resolution.Version, s.stage.Name, keeps(s), s.dryRun)
	if s.situation().Holder() == s.resolution.Version {
		message = fmt.Sprintf("version %s holds stage %s and would be recorded as its holder; nothing is written while %s",
			s.resolution.Version, s.stage.Name, s.dryRun)
	}
	set.False(v1alpha1.ConditionPromoted, v1alpha1.ReasonDryRun, message)
	set.True(v1alpha1.ConditionReady, v1alpha1.ReasonDryRun, message)
}

// suspended is the status of an object that nobody looks after.
func (r *Reconciler) suspended(s *scope) v1alpha1.ModelPromotionStatus {
	s.unwatched = true
	s.object.Status.BlockedUntil = nil
	set := condition.New(s.object.Generation, s.before.Conditions)
	for _, kind := range append([]string{v1alpha1.ConditionReady}, conditions...) {
		set.Unknown(kind, v1alpha1.ReasonSuspended, "spec.suspend is true: set it to false to go on")
	}
	return r.statusOf(s, set)
}

// statusOf completes the status with what every pass says. Who holds the stage is told
// as far as it is known; otherwise it stays as it was.
func (r *Reconciler) statusOf(s *scope, set *condition.Set) v1alpha1.ModelPromotionStatus {
	status := s.object.Status
	if s.unwatched {
		status.HeldSince = nil
	}
	status.Conditions = set.List()
	status.ObservedGeneration = s.object.Generation
	status.LastHandledReconcileAt = kube.RequestedAt(s.object)
	if s.live == nil || s.stage == nil {
		return status
	}
	alias := s.stage.EffectiveAlias()
	status.HeldSince = promotion.HeldSince(&s.before, s.situation(), s.changedHands, r.Clock.Now())
	status.CurrentVersion = v1alpha1.Version(s.live.Aliases[alias])
	status.PreviousVersion = ""
	if record := promotion.Recorded(status.History, s.live); record != nil && record.Version == status.CurrentVersion {
		status.PreviousVersion = promotion.Previous(status.History)
	}
	status.URI = fmt.Sprintf("models:/%s@%s", s.live.Name, alias)
	return status
}

func verdictsOf(j gate.Judgement) []v1alpha1.GateStatus {
	verdicts := make([]v1alpha1.GateStatus, 0, len(j.Verdicts))
	for _, v := range j.Verdicts {
		verdicts = append(verdicts, v.Status())
	}
	return verdicts
}

func comparisonOf(j gate.Judgement) []v1alpha1.MetricChange {
	var changes []v1alpha1.MetricChange
	for _, c := range j.Comparison {
		changes = append(changes, v1alpha1.MetricChange(c))
	}
	return changes
}
