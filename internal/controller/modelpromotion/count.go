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

// Meter counts what happens to promotions, for the person who runs the operator.
type Meter interface {
	// Promotion is told what came of one, once the status tells it.
	Promotion(promotion.Outcome)
	// Gate is told of each evaluation of a gate.
	Gate(v1alpha1.GateType, v1alpha1.GateResult)
}

// uncounted is the Meter of a Reconciler that was given none.
type uncounted struct{}

var _ Meter = uncounted{}

func (uncounted) Promotion(promotion.Outcome)                 {}
func (uncounted) Gate(v1alpha1.GateType, v1alpha1.GateResult) {}

func (r *Reconciler) meter() Meter {
	if r.Meter == nil {
		return uncounted{}
	}
	return r.Meter
}

func (r *Reconciler) countVerdicts(j gate.Judgement) {
	for _, v := range j.Verdicts {
		r.meter().Gate(v.Type, v.Judged)
	}
}

// countOutcomes comes after the status was written, so that a pass that is run again
// counts nothing twice.
func (r *Reconciler) countOutcomes(s *scope) {
	for _, o := range s.outcomes {
		r.meter().Promotion(o)
	}
	if kept, isNew := s.keptOut(); isNew {
		r.meter().Promotion(kept)
	}
}

// keptOut is what keeps the candidate out of the stage, and whether that is news. A gate
// that could not be asked is none: it is no verdict.
func (s *scope) keptOut() (kept promotion.Outcome, isNew bool) {
	switch {
	case s.step == promotion.StepReport:
		return promotion.OutcomeReported, s.movedSince()
	case s.refused.reason == "" || s.refused.reason == v1alpha1.ReasonGateError:
		return "", false
	case s.refused.waits:
		return promotion.OutcomeWaiting, s.judgedAnew
	default:
		return promotion.OutcomeRefused, s.judgedAnew || s.unexpectedSince()
	}
}

// What was known before is read in what outlasts an outage in the status: the verdicts,
// the holder. A condition is Unknown then, and would be news each time that MLflow is back.

// movedSince tells whether the status before this pass knew another holder, or spoke of
// another spec.
func (s *scope) movedSince() bool {
	return s.before.CurrentVersion != s.object.Status.CurrentVersion || s.before.ObservedGeneration != s.object.Generation
}

// unexpectedSince tells whether the stage has a holder that is not the expected one, and
// the status before this pass said something else about it.
func (s *scope) unexpectedSince() bool {
	before := meta.FindStatusCondition(s.before.Conditions, v1alpha1.ConditionPromoted)
	return s.refused.reason == v1alpha1.ReasonPreconditionFailed && before != nil &&
		before.Status != metav1.ConditionUnknown && before.Reason != s.refused.reason
}
