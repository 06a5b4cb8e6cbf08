// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflowconnection

import (
	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/connectionpolicy"
	"github.com/neuronews/mlflow-registry-operator/internal/controller/modelref"
	"github.com/neuronews/mlflow-registry-operator/internal/controller/reconciler"
)

// compilePolicy makes sure that it is known who may use a shared connection. Otherwise nobody
// may, and it is not even polled. Those on it are not told what is wrong: the rules are
// about others, too.
func (r *Reconciler) compilePolicy(s *scope) reconciler.Result {
	shared, ok := s.object.(*v1alpha1.ClusterMLflowConnection)
	if !ok {
		return reconciler.Continue()
	}
	_, err := connectionpolicy.CompilePolicy(shared)
	if err == nil {
		return reconciler.Continue()
	}
	r.Registry.MarkNotReady(s.key, &reconciler.ReasonedError{
		Reason: v1alpha1.ReasonInvalidPolicy, Message: modelref.InvalidPolicyMessage(s.key.Name),
	})
	return reconciler.Terminal(v1alpha1.ReasonInvalidPolicy, err.Error())
}
