// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package metrics counts what the operator does, for the person who runs it.
package metrics

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
)

// Requests counts and times the requests to MLflow servers. Its labels are bounded: a
// fixed set of methods, endpoints and status codes, and no name of any model.
type Requests struct {
	total    *prometheus.CounterVec
	duration *prometheus.HistogramVec
}

// NewRequests registers the metrics.
func NewRequests(registerer prometheus.Registerer) *Requests {
	labels := []string{"method", "endpoint", "code"}
	r := &Requests{
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

// Observe counts one request.
func (r *Requests) Observe(info mlflow.RequestInfo) {
	r.total.WithLabelValues(info.Method, info.Endpoint, info.Code).Inc()
	r.duration.WithLabelValues(info.Method, info.Endpoint).Observe(info.Duration.Seconds())
}
