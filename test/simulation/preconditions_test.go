// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package simulation

import (
	"testing"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/mlflowtest"
	"github.com/neuronews/mlflow-registry-operator/test/builder"
)

// A pass may wait for MLflow while somebody thinks better of it.
func TestDeletedOrSuspendedModelIsNotWritten(t *testing.T) {
	for name, meanwhile := range map[string]func(*env){
		"deleted": func(e *env) { e.must(e.kube.Delete(e.ctx, e.getModel())) },
		"suspended": func(e *env) {
			e.editModel(func(spec *v1alpha1.RegisteredModelSpec) { spec.Suspend = new(true) })
		},
	} {
		for where, exists := range map[string]bool{"a new model": false, "a model that exists": true} {
			t.Run(name+", "+where, func(t *testing.T) {
				e := newEnv(t.Context(), t)
				defer e.close()
				if exists {
					e.must(e.user.CreateModel(e.ctx, sentiment, nil))
				}
				e.createObject(builder.RegisteredModel(sentiment).Build())
				reading := mlflowtest.CallsTo("GET registered-models/get")
				e.mlflow.InjectFault(mlflowtest.NthCall(1, reading), mlflowtest.RunAfter(func(mlflowtest.Call) { meanwhile(e) }))
				e.must(e.reconcileModel())
				if writes := e.mlflow.Writes(); len(writes) > 0 {
					t.Errorf("it is written: %v", writes)
				}
			})
		}
	}
}
