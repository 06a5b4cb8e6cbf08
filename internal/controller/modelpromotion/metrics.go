// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package modelpromotion

import (
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/gate"
	"github.com/neuronews/mlflow-registry-operator/internal/promotion"
)

// MetricsRecorder counts what happens to promotions, for the person who runs the operator.
type MetricsRecorder interface {
	// RecordPromotion is told what came of one, once the status tells it.
	RecordPromotion(promotion.Outcome)
	// RecordGateEvaluation is told of each evaluation of a gate.
	RecordGateEvaluation(v1alpha1.GateType, v1alpha1.GateResult)
}

// noopMetrics is the Meter of a Reconciler that was given none.
type noopMetrics struct{}

var _ MetricsRecorder = noopMetrics{}

func (noopMetrics) RecordPromotion(promotion.Outcome)                           {}
func (noopMetrics) RecordGateEvaluation(v1alpha1.GateType, v1alpha1.GateResult) {}

func (r *Reconciler) metricsRecorder() MetricsRecorder {
	if r.Metrics == nil {
		return noopMetrics{}
	}
	return r.Metrics
}

func (r *Reconciler) recordGateMetrics(result gate.Result) {
	for _, v := range result.Gates {
		r.metricsRecorder().RecordGateEvaluation(v.Type, v.Result)
	}
}

// recordOutcomeMetrics comes after the status was written, so that a pass that is run again
// counts nothing twice.
func (r *Reconciler) recordOutcomeMetrics(s *scope) {
	for _, o := range s.outcomes {
		r.metricsRecorder().RecordPromotion(o)
	}
	if kept, isNew := s.blockedOutcome(); isNew {
		r.metricsRecorder().RecordPromotion(kept)
	}
}

// blockedOutcome is what keeps the candidate out of the stage, and whether that is news. A gate
// that could not be asked is none: it is no verdict.
func (s *scope) blockedOutcome() (kept promotion.Outcome, isNew bool) {
	switch {
	case s.step == promotion.StepReportDrift:
		return promotion.OutcomeDriftReported, s.hasCurrentVersionChanged()
	case s.rejection.reason == "" || s.rejection.reason == v1alpha1.ReasonGateError:
		return "", false
	case s.rejection.isPending:
		return promotion.OutcomePending, s.gatesChanged
	default:
		return promotion.OutcomeBlocked, s.gatesChanged || s.isNewlyUnexpected()
	}
}

// What was known before is read in what outlasts an outage in the status: the verdicts,
// the holder. A condition is Unknown then, and would be news each time that MLflow is back.

// hasCurrentVersionChanged tells whether the status before this pass knew another holder, or spoke of
// another spec.
func (s *scope) hasCurrentVersionChanged() bool {
	return s.oldStatus.CurrentVersion != s.object.Status.CurrentVersion || s.oldStatus.ObservedGeneration != s.object.Generation
}

// isNewlyUnexpected tells whether the stage has a holder that is not the expected one, and
// the status before this pass said something else about it.
func (s *scope) isNewlyUnexpected() bool {
	before := meta.FindStatusCondition(s.oldStatus.Conditions, v1alpha1.ConditionPromoted)
	return s.rejection.reason == v1alpha1.ReasonPreconditionFailed && before != nil &&
		before.Status != metav1.ConditionUnknown && before.Reason != s.rejection.reason
}
