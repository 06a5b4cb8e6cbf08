// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package metrics

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/neuronews/mlflow-registry-operator/internal/switches"
)

// The values of the label of a switch.
const (
	switchModelRegistry    = "model_registry"
	switchPerformanceGates = "performance_gates"
)

// NewSwitches shows which of its switches the operator runs with.
func NewSwitches(registerer prometheus.Registerer, turned switches.Switches) {
	enabled := prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Name: "mlflow_registry_operator_switch_enabled",
		Help: "Whether a switch of the operator's environment is on: 1 or 0.",
	}, []string{"switch"})
	enabled.WithLabelValues(switchModelRegistry).Set(number(!turned.ReadOnly))
	enabled.WithLabelValues(switchPerformanceGates).Set(number(!turned.GatesOff))
	registerer.MustRegister(enabled)
}
