// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package metrics

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/neuronews/mlflow-registry-operator/internal/featureflags"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
	"github.com/neuronews/mlflow-registry-operator/internal/registrycache"
)

func TestRequestMetrics(t *testing.T) {
	registry := prometheus.NewPedanticRegistry()
	requests := NewRequestMetrics(registry)
	for _, code := range []string{"200", "200", "error"} {
		requests.ObserveRequest(mlflow.RequestInfo{Method: "GET", Endpoint: "runs/get", Code: code, Duration: time.Millisecond})
	}
	want := `
# HELP mlflow_registry_operator_requests_total Requests to MLflow servers by method, endpoint and status code; ` +
		`the code is "error" where no answer came.
# TYPE mlflow_registry_operator_requests_total counter
mlflow_registry_operator_requests_total{code="200",endpoint="runs/get",method="GET"} 2
mlflow_registry_operator_requests_total{code="error",endpoint="runs/get",method="GET"} 1
`
	if err := testutil.GatherAndCompare(registry, strings.NewReader(want), "mlflow_registry_operator_requests_total"); err != nil {
		t.Error(err)
	}
	if series := testutil.CollectAndCount(requests.duration); series != 1 {
		t.Errorf("%d histograms, want one for method and endpoint", series)
	}
}

func TestPollMetrics(t *testing.T) {
	registerer := prometheus.NewPedanticRegistry()
	polls := NewPollMetrics(registerer)
	for _, poll := range []registrycache.Poll{
		{
			Kind: registrycache.PollFull, Duration: time.Second,
			Changes: map[registrycache.ChangeType]int{registrycache.Added: 3, registrycache.Unlisted: 1},
		},
		{Kind: registrycache.PollFull, Duration: time.Second, Err: errors.New("no answer")},
		{Kind: registrycache.PollIncremental, Duration: time.Millisecond, Changes: map[registrycache.ChangeType]int{registrycache.Updated: 2}},
	} {
		polls.ObservePoll(poll)
	}
	want := `
# HELP mlflow_registry_operator_observed_model_changes_total Models that a poll found changed, ` +
		`by type: added, updated or unlisted.
# TYPE mlflow_registry_operator_observed_model_changes_total counter
mlflow_registry_operator_observed_model_changes_total{type="unlisted"} 1
mlflow_registry_operator_observed_model_changes_total{type="added"} 3
mlflow_registry_operator_observed_model_changes_total{type="updated"} 2
`
	const changes = "mlflow_registry_operator_observed_model_changes_total"
	if err := testutil.GatherAndCompare(registerer, strings.NewReader(want), changes); err != nil {
		t.Error(err)
	}
	if series := testutil.CollectAndCount(polls.duration); series != 3 {
		t.Errorf("%d histograms, want those of lists that succeed and fail, and of feeds", series)
	}
}

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
