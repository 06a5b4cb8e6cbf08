// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package metrics

import (
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/neuronews/mlflow-registry-operator/internal/registrycache"
)

type fakeStates map[registrycache.Key]registrycache.State

func (s fakeStates) States() map[registrycache.Key]registrycache.State { return s }

func TestConnectionMetrics(t *testing.T) {
	registerer := prometheus.NewPedanticRegistry()
	noon := time.Date(2026, 5, 3, 12, 0, 0, 0, time.UTC)
	registerer.MustRegister(newConnectionCollector(fakeStates{
		{}:               {Known: true},
		{Name: "shared"}: {Known: true, ModelCount: 7},
		{Namespace: "news", Name: "mlflow"}: {
			Known: true, Ready: true, EffectiveInterval: 90 * time.Second, ModelCount: 10_000, MissingModels: 50, ListedAt: noon,
		},
	}, func() time.Time { return noon.Add(75 * time.Second) }))
	want := `
# HELP mlflow_registry_operator_connection_unlisted_models ` +
		`Declared models that the lists of a connection no longer show, although MLflow has not confirmed their deletion.
# TYPE mlflow_registry_operator_connection_unlisted_models gauge
mlflow_registry_operator_connection_unlisted_models{name="",namespace=""} 0
mlflow_registry_operator_connection_unlisted_models{name="mlflow",namespace="news"} 50
mlflow_registry_operator_connection_unlisted_models{name="shared",namespace=""} 0
# HELP mlflow_registry_operator_connection_models Registered models in the last list of a connection.
# TYPE mlflow_registry_operator_connection_models gauge
mlflow_registry_operator_connection_models{name="",namespace=""} 0
mlflow_registry_operator_connection_models{name="mlflow",namespace="news"} 10000
mlflow_registry_operator_connection_models{name="shared",namespace=""} 7
# HELP mlflow_registry_operator_connection_poll_interval_seconds How often the registry of a connection is listed, in seconds.
# TYPE mlflow_registry_operator_connection_poll_interval_seconds gauge
mlflow_registry_operator_connection_poll_interval_seconds{name="",namespace=""} 0
mlflow_registry_operator_connection_poll_interval_seconds{name="mlflow",namespace="news"} 90
mlflow_registry_operator_connection_poll_interval_seconds{name="shared",namespace=""} 0
# HELP mlflow_registry_operator_connection_ready Whether the last poll of the registry of a connection succeeded: 1 or 0.
# TYPE mlflow_registry_operator_connection_ready gauge
mlflow_registry_operator_connection_ready{name="",namespace=""} 0
mlflow_registry_operator_connection_ready{name="mlflow",namespace="news"} 1
mlflow_registry_operator_connection_ready{name="shared",namespace=""} 0
# HELP mlflow_registry_operator_connection_snapshot_age_seconds Time since the last list of a connection that succeeded, in seconds.
# TYPE mlflow_registry_operator_connection_snapshot_age_seconds gauge
mlflow_registry_operator_connection_snapshot_age_seconds{name="mlflow",namespace="news"} 75
`
	if err := testutil.GatherAndCompare(registerer, strings.NewReader(want)); err != nil {
		t.Error(err)
	}
}
