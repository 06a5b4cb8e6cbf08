// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package metrics

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/neuronews/mlflow-registry-operator/internal/registrycache"
)

// ConnectionStates returns the state of each connection.
type ConnectionStates interface {
	States() map[registrycache.Key]registrycache.State
}

var _ ConnectionStates = (*registrycache.Provider)(nil)

// connectionCollector reads the state of the connections at each scrape, so that nothing must be
// kept in sync. Its labels are bounded by the number of connections. A ClusterMLflowConnection
// has no namespace, and the operator's own connection has no name either.
type connectionCollector struct {
	states ConnectionStates
	now    func() time.Time

	ready, interval, models, unlisted, listAge *prometheus.Desc
}

var _ prometheus.Collector = (*connectionCollector)(nil)

// RegisterConnectionMetrics registers the metrics of connections.
func RegisterConnectionMetrics(registerer prometheus.Registerer, states ConnectionStates) {
	registerer.MustRegister(newConnectionCollector(states, time.Now))
}

func newConnectionCollector(states ConnectionStates, now func() time.Time) *connectionCollector {
	describe := func(name, help string) *prometheus.Desc {
		return prometheus.NewDesc("mlflow_registry_operator_connection_"+name, help, []string{"namespace", "name"}, nil)
	}
	return &connectionCollector{
		states:   states,
		now:      now,
		ready:    describe("ready", "Whether the last poll of the registry of a connection succeeded: 1 or 0."),
		interval: describe("poll_interval_seconds", "How often the registry of a connection is listed, in seconds."),
		models:   describe("models", "Registered models in the last list of a connection."),
		unlisted: describe("unlisted_models",
			"Declared models that the lists of a connection no longer show, although MLflow has not confirmed their deletion."),
		listAge: describe("snapshot_age_seconds", "Time since the last list of a connection that succeeded, in seconds."),
	}
}

// Describe is part of prometheus.Collector.
func (c *connectionCollector) Describe(descriptions chan<- *prometheus.Desc) {
	descriptions <- c.ready
	descriptions <- c.interval
	descriptions <- c.models
	descriptions <- c.unlisted
	descriptions <- c.listAge
}

// Collect is part of prometheus.Collector.
func (c *connectionCollector) Collect(metrics chan<- prometheus.Metric) {
	for key, state := range c.states.States() {
		gauge := func(description *prometheus.Desc, value float64) {
			metrics <- prometheus.MustNewConstMetric(description, prometheus.GaugeValue, value, key.Namespace, key.Name)
		}
		gauge(c.ready, boolToFloat(state.Ready))
		gauge(c.interval, state.EffectiveInterval.Seconds())
		gauge(c.models, float64(state.ModelCount))
		gauge(c.unlisted, float64(state.MissingModels))
		if !state.ListedAt.IsZero() {
			gauge(c.listAge, c.now().Sub(state.ListedAt).Seconds())
		}
	}
}

func boolToFloat(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}
