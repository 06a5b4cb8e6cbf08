// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package modelpromotion

import (
	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/controller/reconciler"
	"github.com/neuronews/mlflow-registry-operator/internal/gate"
	"github.com/neuronews/mlflow-registry-operator/internal/promotion"
)

// MetricsRecorder counts what happens to promotions.
type MetricsRecorder interface {
	// RecordPromotion counts the outcome of a promotion, once the status shows it.
	RecordPromotion(promotion.Outcome)
	// RecordGateEvaluation counts one evaluation of a gate.
	RecordGateEvaluation(v1alpha1.GateType, v1alpha1.GateResult)
}

// noopMetrics is the MetricsRecorder of a Reconciler without one.
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

func (r *Reconciler) recordGateMetrics(gateResult gate.Result) {
	for _, g := range gateResult.Gates {
		r.metricsRecorder().RecordGateEvaluation(g.Type, g.Result)
	}
}

// recordOutcomeMetrics is called after the status is written, so that a reconcile that runs again counts
// nothing twice.
func (r *Reconciler) recordOutcomeMetrics(s *scope, _ reconciler.Result) {
	for _, o := range s.outcomes {
		r.metricsRecorder().RecordPromotion(o)
	}
}
