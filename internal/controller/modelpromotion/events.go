// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package modelpromotion

import (
	"fmt"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/kubeutil"
)

// transitionEvent says which version lost the stage and which one took it.
func transitionEvent(s *scope, t transition) kubeutil.Event {
	if t.state.CurrentVersion() != t.state.Candidate {
		return aliasMovedEvent(s, t.record)
	}
	return kubeutil.Event{
		Warning: hasExemptions(t.record),
		Reason:  string(t.record.Reason), Action: "Record",
		Note: fmt.Sprintf("alias %s of model %s points to version %s already; every gate passed, and it is recorded as the holder of stage %s",
			s.stage.EffectiveAlias(), s.mlflowModel.Name, t.record.Version, s.stage.Name) + appendSentence(describeExemptions(t.record)),
	}
}

// aliasMovedEvent says where the alias was and where it is.
func aliasMovedEvent(s *scope, entry *v1alpha1.PromotionRecord) kubeutil.Event {
	moved := fmt.Sprintf("moved from version %s to %s", entry.PreviousVersion, entry.Version)
	if entry.PreviousVersion == "" {
		moved = fmt.Sprintf("was set to version %s; no version held it before", entry.Version)
	}
	return kubeutil.Event{
		Warning: entry.Reason == v1alpha1.PromotionReasonDriftReverted || hasExemptions(entry),
		Reason:  string(entry.Reason), Action: "SetAlias",
		Note: fmt.Sprintf("alias %s of model %s %s", s.stage.EffectiveAlias(), s.mlflowModel.Name, moved) + appendSentence(describeExemptions(entry)),
	}
}

// legacyStageSyncedEvent says that a legacy stage was put in step with the alias.
func legacyStageSyncedEvent(s *scope, t transition) kubeutil.Event {
	return kubeutil.Event{
		Warning: true, Reason: "LegacyStageSynced", Action: "TransitionModelVersionStage",
		Note: fmt.Sprintf("MLflow's stage %s of model %s was out of step with alias %s: version %s was moved there, what was there archived",
			s.stage.MLflowStage, s.mlflowModel.Name, s.stage.EffectiveAlias(), t.state.Candidate),
	}
}

// addBlockedEvent tells of a refusal, or of an alias that is only reported, once: when it is
// new, or its sentence changed.
func addBlockedEvent(s *scope, now []metav1.Condition) {
	answer, before := decidingCondition(now), decidingCondition(s.oldStatus.Conditions)
	told := before != nil && before.Reason == answer.Reason && before.Message == answer.Message
	if told || s.rejection.reason == "" && answer.Reason != v1alpha1.ReasonDriftDetected {
		return
	}
	s.addEvent(kubeutil.Event{Warning: true, Reason: answer.Reason, Action: "Evaluate", Note: answer.Message})
}

// decidingCondition is the condition that says whether the version takes the stage, or that its gates
// could not be asked.
func decidingCondition(conditions []metav1.Condition) *metav1.Condition {
	promoted := meta.FindStatusCondition(conditions, v1alpha1.ConditionPromoted)
	if promoted != nil && promoted.Status == metav1.ConditionUnknown {
		return meta.FindStatusCondition(conditions, v1alpha1.ConditionGatesPassed)
	}
	return promoted
}
