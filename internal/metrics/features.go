// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package metrics

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/neuronews/mlflow-registry-operator/internal/featureflags"
)

// The values of the label of a switch.
const (
	featureModelRegistry    = "model_registry"
	featurePerformanceGates = "performance_gates"
)

// RegisterFeatureMetrics shows which of its switches the operator runs with.
func RegisterFeatureMetrics(registerer prometheus.Registerer, turned featureflags.Flags) {
	enabled := prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Name: "mlflow_registry_operator_feature_enabled",
		Help: "Whether a feature of the operator is enabled: 1 or 0.",
	}, []string{"feature"})
	enabled.WithLabelValues(featureModelRegistry).Set(boolToFloat(!turned.ReadOnly))
	enabled.WithLabelValues(featurePerformanceGates).Set(boolToFloat(!turned.PerformanceGatesDisabled))
	registerer.MustRegister(enabled)
}
