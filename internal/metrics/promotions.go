// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package metrics

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/controller/modelpromotion"
	"github.com/neuronews/mlflow-registry-operator/internal/gate"
	"github.com/neuronews/mlflow-registry-operator/internal/promotion"
)

// PromotionMetrics counts the outcomes of promotions and the results of their gates. Its labels
// are bounded: they have no names of models, stages or gates.
type PromotionMetrics struct {
	outcomes, gateEvaluations *prometheus.CounterVec
}

var _ modelpromotion.MetricsRecorder = (*PromotionMetrics)(nil)

var gateResults = []v1alpha1.GateResult{
	v1alpha1.GatePassed, v1alpha1.GateFailed, v1alpha1.GatePending, v1alpha1.GateError,
}

// NewPromotionMetrics registers the metrics of promotions. Each counter exists from the start, so
// that its first increment is visible as one.
func NewPromotionMetrics(registerer prometheus.Registerer) *PromotionMetrics {
	p := &PromotionMetrics{
		outcomes: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "mlflow_registry_operator_promotions_total",
			Help: "Outcomes of promotions: promoted, drift_reverted, blocked and others. " +
				"Blocked, pending and reported ones count only when they are new.",
		}, []string{"outcome"}),
		gateEvaluations: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "mlflow_registry_operator_gate_evaluations_total",
			Help: "Evaluations of gates by their type and result.",
		}, []string{"gate_type", "result"}),
	}
	for _, outcome := range promotion.AllOutcomes() {
		p.outcomes.WithLabelValues(string(outcome))
	}
	for _, kind := range gate.Types() {
		for _, result := range gateResults {
			p.gateEvaluations.WithLabelValues(string(kind), string(result))
		}
	}
	registerer.MustRegister(p.outcomes, p.gateEvaluations)
	return p
}

// RecordPromotion is part of modelpromotion.MetricsRecorder.
func (p *PromotionMetrics) RecordPromotion(outcome promotion.Outcome) {
	p.outcomes.WithLabelValues(string(outcome)).Inc()
}

// RecordGateEvaluation is part of modelpromotion.MetricsRecorder.
func (p *PromotionMetrics) RecordGateEvaluation(kind v1alpha1.GateType, result v1alpha1.GateResult) {
	p.gateEvaluations.WithLabelValues(string(kind), string(result)).Inc()
}
