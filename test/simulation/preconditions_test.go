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
		"deleted": func(w *env) { w.must(w.kube.Delete(w.ctx, w.getModel())) },
		"suspended": func(w *env) {
			w.editModel(func(spec *v1alpha1.RegisteredModelSpec) { spec.Suspend = new(true) })
		},
	} {
		for where, exists := range map[string]bool{"a new model": false, "a model that exists": true} {
			t.Run(name+", "+where, func(t *testing.T) {
				w := newEnv(t.Context(), t)
				defer w.close()
				if exists {
					w.must(w.user.CreateModel(w.ctx, sentiment, nil))
				}
				w.createObject(builder.RegisteredModel(sentiment).Build())
				reading := mlflowtest.CallsTo("GET registered-models/get")
				w.mlflow.InjectFault(mlflowtest.NthCall(1, reading), mlflowtest.RunAfter(func(mlflowtest.Call) { meanwhile(w) }))
				w.must(w.reconcileModel())
				if writes := w.mlflow.Writes(); len(writes) > 0 {
					t.Errorf("it is written: %v", writes)
				}
			})
		}
	}
}
