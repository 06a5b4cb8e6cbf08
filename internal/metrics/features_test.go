// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package metrics

import (
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/neuronews/mlflow-registry-operator/internal/featureflags"
)

func TestFeatureMetrics(t *testing.T) {
	registerer := prometheus.NewPedanticRegistry()
	RegisterFeatureMetrics(registerer, featureflags.Flags{PerformanceGatesDisabled: true})
	want := `
# HELP mlflow_registry_operator_feature_enabled Whether a feature of the operator is enabled: 1 or 0.
# TYPE mlflow_registry_operator_feature_enabled gauge
mlflow_registry_operator_feature_enabled{feature="model_registry"} 1
mlflow_registry_operator_feature_enabled{feature="performance_gates"} 0
`
	if err := testutil.GatherAndCompare(registerer, strings.NewReader(want)); err != nil {
		t.Error(err)
	}
}
