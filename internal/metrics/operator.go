// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package metrics exports what the operator does to Prometheus.
package metrics

import (
	"strings"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/neuronews/mlflow-registry-operator/internal/featureflags"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
	"github.com/neuronews/mlflow-registry-operator/internal/registrycache"
)

// RequestMetrics counts and times the requests to MLflow servers. Its labels are bounded: a fixed
// set of methods, endpoints and status codes, and no names of models.
type RequestMetrics struct {
	total    *prometheus.CounterVec
	duration *prometheus.HistogramVec
}

// NewRequestMetrics registers the metrics of requests.
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
			// From the fastest answer of a local server to the default timeout.
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

// PollMetrics counts and times the polls of registries, and the changes that they found. Its
// labels are bounded: kinds of polls and of changes, and whether a poll succeeded.
type PollMetrics struct {
	duration *prometheus.HistogramVec
	changes  *prometheus.CounterVec
}

// NewPollMetrics registers the metrics of polls.
func NewPollMetrics(registerer prometheus.Registerer) *PollMetrics {
	l := &PollMetrics{
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "mlflow_registry_operator_poll_duration_seconds",
			Help: "Duration of a poll of a registry, by kind (full or incremental) and result (success or failure).",
			// From a ping to a list of a hundred thousand models.
			Buckets: []float64{.01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 100},
		}, []string{"kind", "result"}),
		changes: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "mlflow_registry_operator_observed_model_changes_total",
			Help: "Models that a poll found changed, by type: added, updated or unlisted.",
		}, []string{"type"}),
	}
	registerer.MustRegister(l.duration, l.changes)
	return l
}

// ObservePoll counts one poll.
func (l *PollMetrics) ObservePoll(poll registrycache.Poll) {
	result := "success"
	if poll.Err != nil {
		result = "failure"
	}
	l.duration.WithLabelValues(string(poll.Kind), result).Observe(poll.Duration.Seconds())
	for kind, count := range poll.Changes {
		l.changes.WithLabelValues(strings.ToLower(string(kind))).Add(float64(count))
	}
}

// The values of the label feature.
const (
	featureModelRegistry    = "model_registry"
	featurePerformanceGates = "performance_gates"
)

// RegisterFeatureMetrics exports which features are enabled.
func RegisterFeatureMetrics(registerer prometheus.Registerer, flags featureflags.Flags) {
	enabled := prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Name: "mlflow_registry_operator_feature_enabled",
		Help: "Whether a feature of the operator is enabled: 1 or 0.",
	}, []string{"feature"})
	enabled.WithLabelValues(featureModelRegistry).Set(boolToFloat(!flags.ReadOnly))
	enabled.WithLabelValues(featurePerformanceGates).Set(boolToFloat(!flags.PerformanceGatesDisabled))
	registerer.MustRegister(enabled)
}
