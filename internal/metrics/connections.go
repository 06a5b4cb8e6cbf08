// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package metrics

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/neuronews/mlflow-registry-operator/internal/registry"
)

// States tells how all connections are.
type States interface {
	States() map[registry.Key]registry.State
}

var _ States = (*registry.Provider)(nil)

// connections shows at each scrape what the registry knows, so that nothing has to be
// kept in step. Its labels are bounded by the number of connections: a
// ClusterMLflowConnection has no namespace, and the operator's own connection no name either.
type connections struct {
	states States
	now    func() time.Time

	ready, interval, models, missed, age *prometheus.Desc
}

var _ prometheus.Collector = (*connections)(nil)

// NewConnections registers the metrics of connections.
func NewConnections(registerer prometheus.Registerer, states States) {
	registerer.MustRegister(newConnections(states, time.Now))
}

func newConnections(states States, now func() time.Time) *connections {
	describe := func(name, help string) *prometheus.Desc {
		return prometheus.NewDesc("mlflow_registry_operator_connection_"+name, help, []string{"namespace", "name"}, nil)
	}
	return &connections{
		states:   states,
		now:      now,
		ready:    describe("ready", "Whether the last look at the registry of a connection succeeded: 1 or 0."),
		interval: describe("poll_interval_seconds", "How often the registry of a connection is really read, in seconds."),
		models:   describe("models", "Registered models in the last list of a connection."),
		missed:   describe("missed_models", "Declared models that the lists of a connection ceased to show and that are not known to be gone."),
		age:      describe("snapshot_age_seconds", "Time since the last list of a connection that succeeded, in seconds."),
	}
}

// Describe is part of prometheus.Collector.
func (c *connections) Describe(descriptions chan<- *prometheus.Desc) {
	descriptions <- c.ready
	descriptions <- c.interval
	descriptions <- c.models
	descriptions <- c.missed
	descriptions <- c.age
}

// Collect is part of prometheus.Collector.
func (c *connections) Collect(metrics chan<- prometheus.Metric) {
	for key, state := range c.states.States() {
		gauge := func(description *prometheus.Desc, value float64) {
			metrics <- prometheus.MustNewConstMetric(description, prometheus.GaugeValue, value, key.Namespace, key.Name)
		}
		gauge(c.ready, number(state.Ready))
		gauge(c.interval, state.EffectiveInterval.Seconds())
		gauge(c.models, float64(state.Models))
		gauge(c.missed, float64(state.Missed))
		if !state.ListedAt.IsZero() {
			gauge(c.age, c.now().Sub(state.ListedAt).Seconds())
		}
	}
}

func number(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}
