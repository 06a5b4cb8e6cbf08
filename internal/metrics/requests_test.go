// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package metrics

import (
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
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
