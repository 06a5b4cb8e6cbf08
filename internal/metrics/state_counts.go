// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package metrics

import (
	"strings"

	"github.com/prometheus/client_golang/prometheus"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/sets"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
)

// The states of an object, derived from its conditions.
const (
	stateReady       = "Ready"
	stateReconciling = "Reconciling"
	stateStalled     = "Stalled"
	// stateUnknown is the state of a suspended object.
	stateUnknown = "Unknown"
)

// otherReason replaces a reason that this operator does not know. Another release may have
// written the status, and the values of a label must be bounded.
const otherReason = "Other"

// knownReasons are the values of the label reason.
var knownReasons = sets.New(v1alpha1.Reasons()...)

// objectState is the state of an object and the reason for it.
type objectState struct {
	state, reason string
}

// stateOf derives the state from the conditions. An object without conditions was not reconciled
// yet.
func stateOf(conditions []metav1.Condition) objectState {
	ready := meta.FindStatusCondition(conditions, v1alpha1.ConditionReady)
	if ready == nil {
		return objectState{stateReconciling, v1alpha1.ReasonProgressing}
	}
	reason := ready.Reason
	if !knownReasons.Has(reason) {
		reason = otherReason
	}
	switch {
	case ready.Status == metav1.ConditionTrue:
		return objectState{stateReady, reason}
	case ready.Status == metav1.ConditionUnknown:
		return objectState{stateUnknown, reason}
	case meta.IsStatusConditionTrue(conditions, v1alpha1.ConditionStalled):
		return objectState{stateStalled, reason}
	default:
		return objectState{stateReconciling, reason}
	}
}

// stateCounts counts objects by state and reason.
type stateCounts map[objectState]int

func newStateDesc(name, kinds string) *prometheus.Desc {
	return prometheus.NewDesc("mlflow_registry_operator_"+name,
		kinds+" by their state, and by the reason of their condition Ready.", []string{"state", "reason"}, nil)
}

func (c stateCounts) collectCounts(description *prometheus.Desc, metrics chan<- prometheus.Metric) {
	for is, count := range c {
		metrics <- prometheus.MustNewConstMetric(description, prometheus.GaugeValue, float64(count), is.state, is.reason)
	}
}

// splitModelURI returns the model and the alias of models:/NAME@ALIAS. An alias has no "@".
func splitModelURI(uri string) (model, alias string) {
	path := strings.TrimPrefix(uri, "models:/")
	at := max(strings.LastIndex(path, "@"), 0)
	return path[:at], strings.TrimPrefix(path[at:], "@")
}
