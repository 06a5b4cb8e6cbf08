// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package metrics

import (
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/gate"
	"github.com/neuronews/mlflow-registry-operator/internal/promotion"
)

func TestPromotionMetrics(t *testing.T) {
	registry := prometheus.NewPedanticRegistry()
	promotions := NewPromotionMetrics(registry)
	promotions.RecordPromotion(promotion.OutcomePromoted)
	promotions.RecordPromotion(promotion.OutcomeBlocked)
	promotions.RecordPromotion(promotion.OutcomeBlocked)
	want := `
# HELP mlflow_registry_operator_promotions_total Outcomes of promotions: promoted, drift_reverted, blocked and others. ` +
		`Blocked, pending and reported ones count only when they are new.
# TYPE mlflow_registry_operator_promotions_total counter
mlflow_registry_operator_promotions_total{outcome="legacy_stage_synced"} 0
mlflow_registry_operator_promotions_total{outcome="overridden"} 0
mlflow_registry_operator_promotions_total{outcome="promoted"} 1
mlflow_registry_operator_promotions_total{outcome="adopted"} 0
mlflow_registry_operator_promotions_total{outcome="blocked"} 2
mlflow_registry_operator_promotions_total{outcome="drift_reported"} 0
mlflow_registry_operator_promotions_total{outcome="drift_reverted"} 0
mlflow_registry_operator_promotions_total{outcome="rolled_back"} 0
mlflow_registry_operator_promotions_total{outcome="pending"} 0
`
	if err := testutil.GatherAndCompare(registry, strings.NewReader(want), "mlflow_registry_operator_promotions_total"); err != nil {
		t.Error(err)
	}
}

func TestGateEvaluationMetrics(t *testing.T) {
	registry := prometheus.NewPedanticRegistry()
	promotions := NewPromotionMetrics(registry)
	series := testutil.CollectAndCount(promotions.gateEvaluations)
	promotions.RecordGateEvaluation(v1alpha1.GateTypeTag, v1alpha1.GateFailed)
	if got := testutil.ToFloat64(promotions.gateEvaluations.WithLabelValues("Tag", "Failed")); got != 1 {
		t.Errorf("%v tag gates failed, want 1", got)
	}
	want := len(gate.Types()) * len(gateResults)
	if after := testutil.CollectAndCount(promotions.gateEvaluations); series != want || after != want {
		t.Errorf("%d series at the start and %d after, want %d: each type with each result", series, after, want)
	}
}
