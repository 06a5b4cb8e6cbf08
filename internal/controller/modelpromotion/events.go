// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package modelpromotion

import (
	"fmt"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/kube"
)

// changedHands says which version lost the stage and which one took it.
func changedHands(s *scope, t transfer) kube.Event {
	if t.situation.Holder() != t.situation.Candidate {
		return movedAlias(s, t.entry)
	}
	return kube.Event{
		Warning: isLoose(t.entry),
		Reason:  string(t.entry.Cause), Action: "Record",
		Note: fmt.Sprintf("alias %s of model %s points to version %s already; every gate passed, and it is recorded as the holder of stage %s",
			s.stage.EffectiveAlias(), s.live.Name, t.entry.Version, s.stage.Name) + said(looserThan(t.entry)),
	}
}

// movedAlias says where the alias was and where it is.
func movedAlias(s *scope, entry *v1alpha1.PromotionRecord) kube.Event {
	moved := fmt.Sprintf("moved from version %s to %s", entry.PreviousVersion, entry.Version)
	if entry.PreviousVersion == "" {
		moved = fmt.Sprintf("was set to version %s; no version held it before", entry.Version)
	}
	return kube.Event{
		Warning: entry.Cause == v1alpha1.CauseDriftReverted || isLoose(entry),
		Reason:  string(entry.Cause), Action: "SetAlias",
		Note: fmt.Sprintf("alias %s of model %s %s", s.stage.EffectiveAlias(), s.live.Name, moved) + said(looserThan(entry)),
	}
}

// mirrored says that a legacy stage was put in step with the alias.
func mirrored(s *scope, t transfer) kube.Event {
	return kube.Event{
		Warning: true, Reason: "Mirrored", Action: "TransitionModelVersionStage",
		Note: fmt.Sprintf("MLflow's stage %s of model %s was out of step with alias %s: version %s was moved there, what was there archived",
			s.stage.MLflowStage, s.live.Name, s.stage.EffectiveAlias(), t.situation.Candidate),
	}
}

// tellRefusal tells of a refusal, or of an alias that is only reported, once: when it is
// new, or its sentence changed.
func tellRefusal(s *scope, now []metav1.Condition) {
	answer, before := answerOf(now), answerOf(s.before.Conditions)
	told := before != nil && before.Reason == answer.Reason && before.Message == answer.Message
	if told || s.refused.reason == "" && answer.Reason != v1alpha1.ReasonAliasMoved {
		return
	}
	s.happened(kube.Event{Warning: true, Reason: answer.Reason, Action: "Evaluate", Note: answer.Message})
}

// answerOf is the condition that says whether the version takes the stage, or that its gates
// could not be asked.
func answerOf(conditions []metav1.Condition) *metav1.Condition {
	promoted := meta.FindStatusCondition(conditions, v1alpha1.ConditionPromoted)
	if promoted != nil && promoted.Status == metav1.ConditionUnknown {
		return meta.FindStatusCondition(conditions, v1alpha1.ConditionGatesPassed)
	}
	return promoted
}
