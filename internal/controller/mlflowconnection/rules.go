// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflowconnection

import (
	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/controller/connecting"
	"github.com/neuronews/mlflow-registry-operator/internal/outcome"
	"github.com/neuronews/mlflow-registry-operator/internal/tenancy"
)

// acceptRules makes sure that it is known who may use a shared connection. Otherwise nobody
// may, and it is not even polled. Those on it are not told what is wrong: the rules are
// about others, too.
func (r *Reconciler) acceptRules(s *scope) outcome.Outcome {
	shared, ok := s.object.(*v1alpha1.ClusterMLflowConnection)
	if !ok {
		return outcome.Done()
	}
	_, err := tenancy.Compile(shared)
	if err == nil {
		return outcome.Done()
	}
	r.Registry.Reject(s.key, &outcome.Cause{
		Reason: v1alpha1.ReasonRulesInvalid, Message: connecting.RulesInvalid(s.key.Name),
	})
	return outcome.Stall(v1alpha1.ReasonRulesInvalid, err.Error())
}
