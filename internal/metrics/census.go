// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package metrics

import (
	"strings"

	"github.com/prometheus/client_golang/prometheus"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
)

// The states of an object, as its conditions tell them.
const (
	stateReady       = "Ready"
	stateReconciling = "Reconciling"
	stateStalled     = "Stalled"
	// stateUnknown is that of an object that nobody looks after.
	stateUnknown = "Unknown"
)

// otherReason stands for a reason that this operator never gives. A status may have been
// written by another release, and a label's values are bounded.
const otherReason = "Other"

// standing is how an object is, and why.
type standing struct {
	state, reason string
}

// conditionOf sums the conditions up. An object without any has not been looked at.
func conditionOf(conditions []metav1.Condition) standing {
	ready := meta.FindStatusCondition(conditions, v1alpha1.ConditionReady)
	if ready == nil {
		return standing{stateReconciling, v1alpha1.ReasonProgressing}
	}
	reason := ready.Reason
	if !reasons[reason] {
		reason = otherReason
	}
	switch {
	case ready.Status == metav1.ConditionTrue:
		return standing{stateReady, reason}
	case ready.Status == metav1.ConditionUnknown:
		return standing{stateUnknown, reason}
	case meta.IsStatusConditionTrue(conditions, v1alpha1.ConditionStalled):
		return standing{stateStalled, reason}
	default:
		return standing{stateReconciling, reason}
	}
}

// census is how many objects are how.
type census map[standing]int

func describeCensus(name, kinds string) *prometheus.Desc {
	return prometheus.NewDesc("mlflow_registry_operator_"+name,
		kinds+" by their state, and by the reason of their condition Ready.", []string{"state", "reason"}, nil)
}

func (c census) collect(description *prometheus.Desc, metrics chan<- prometheus.Metric) {
	for is, count := range c {
		metrics <- prometheus.MustNewConstMetric(description, prometheus.GaugeValue, float64(count), is.state, is.reason)
	}
}

// cutURI is the model and the alias of models:/NAME@ALIAS. An alias has no "@".
func cutURI(uri string) (model, alias string) {
	path := strings.TrimPrefix(uri, "models:/")
	at := max(strings.LastIndex(path, "@"), 0)
	return path[:at], strings.TrimPrefix(path[at:], "@")
}
