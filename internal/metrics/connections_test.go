// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package metrics

import (
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/neuronews/mlflow-registry-operator/internal/registry"
)

type states map[registry.Key]registry.State

func (s states) States() map[registry.Key]registry.State { return s }

func TestConnectionsAreShown(t *testing.T) {
	registerer := prometheus.NewPedanticRegistry()
	NewConnections(registerer, states{
		{}:                                  {Known: true},
		{Namespace: "news", Name: "mlflow"}: {Known: true, Ready: true, EffectiveInterval: 90 * time.Second, Models: 10_000},
	})
	want := `
# HELP mlflow_registry_operator_connection_models Registered models in the last whole list of a connection.
# TYPE mlflow_registry_operator_connection_models gauge
mlflow_registry_operator_connection_models{name="",namespace=""} 0
mlflow_registry_operator_connection_models{name="mlflow",namespace="news"} 10000
# HELP mlflow_registry_operator_connection_poll_interval_seconds How often the registry of a connection is really read, in seconds.
# TYPE mlflow_registry_operator_connection_poll_interval_seconds gauge
mlflow_registry_operator_connection_poll_interval_seconds{name="",namespace=""} 0
mlflow_registry_operator_connection_poll_interval_seconds{name="mlflow",namespace="news"} 90
# HELP mlflow_registry_operator_connection_ready Whether the last look at the registry of a connection succeeded: 1 or 0.
# TYPE mlflow_registry_operator_connection_ready gauge
mlflow_registry_operator_connection_ready{name="",namespace=""} 0
mlflow_registry_operator_connection_ready{name="mlflow",namespace="news"} 1
`
	if err := testutil.GatherAndCompare(registerer, strings.NewReader(want)); err != nil {
		t.Error(err)
	}
}
