// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package metrics

import (
	"strings"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/neuronews/mlflow-registry-operator/internal/registrycache"
)

// PollMetrics counts and times the looks at registries, and what they found. Its labels are
// bounded: kinds of looks and of changes, and whether a look succeeded.
type PollMetrics struct {
	duration *prometheus.HistogramVec
	changes  *prometheus.CounterVec
}

// NewPollMetrics registers the metrics.
func NewPollMetrics(registerer prometheus.Registerer) *PollMetrics {
	l := &PollMetrics{
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "mlflow_registry_operator_poll_duration_seconds",
			Help: "Time that a look at a registry kept its server at work, by kind (full or incremental) and result (success or failure).",
			// From a ping to a list of a hundred thousand models.
			Buckets: []float64{.01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 100},
		}, []string{"kind", "result"}),
		changes: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "mlflow_registry_operator_observed_model_changes_total",
			Help: "Models that a look found to be other than what was known of them, by type: added, updated or unlisted.",
		}, []string{"type"}),
	}
	registerer.MustRegister(l.duration, l.changes)
	return l
}

// ObservePoll counts one look.
func (l *PollMetrics) ObservePoll(look registrycache.Poll) {
	result := "success"
	if look.Err != nil {
		result = "failure"
	}
	l.duration.WithLabelValues(string(look.Kind), result).Observe(look.Duration.Seconds())
	for kind, count := range look.Changes {
		l.changes.WithLabelValues(strings.ToLower(string(kind))).Add(float64(count))
	}
}
