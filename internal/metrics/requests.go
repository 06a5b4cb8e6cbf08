// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package metrics counts what the operator does, for the person who runs it.
package metrics

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
)

// RequestMetrics counts and times the requests to MLflow servers. Its labels are bounded: a
// fixed set of methods, endpoints and status codes, and no name of any model.
type RequestMetrics struct {
	total    *prometheus.CounterVec
	duration *prometheus.HistogramVec
}

// NewRequestMetrics registers the metrics.
func NewRequestMetrics(registerer prometheus.Registerer) *RequestMetrics {
	labels := []string{"method", "endpoint", "code"}
	r := &RequestMetrics{
		total: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "mlflow_registry_operator_requests_total",
			Help: "Requests to MLflow servers by method, endpoint and status code; the code is \"error\" where no answer came.",
		}, labels),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "mlflow_registry_operator_request_duration_seconds",
			Help: "Time from a request to an MLflow server to the end of its answer.",
			// From the floor of a local server to the default timeout.
			Buckets: []float64{.002, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30},
		}, labels[:2]),
	}
	registerer.MustRegister(r.total, r.duration)
	return r
}

// ObserveRequest counts one request.
func (r *RequestMetrics) ObserveRequest(info mlflow.RequestInfo) {
	r.total.WithLabelValues(info.Method, info.Endpoint, info.Code).Inc()
	r.duration.WithLabelValues(info.Method, info.Endpoint).Observe(info.Duration.Seconds())
}
