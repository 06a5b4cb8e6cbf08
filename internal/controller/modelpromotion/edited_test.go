// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package modelpromotion_test

import (
	"testing"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/mlflowtest"
	"github.com/neuronews/mlflow-registry-operator/test/builder"
)

// A pass may wait for MLflow while somebody thinks better of it.
func TestModelThatIsGivenUpMeanwhileIsNotWritten(t *testing.T) {
	for name, meanwhile := range map[string]func(*world){
		"deleted": func(w *world) { w.must(w.kube.Delete(w.ctx, w.model())) },
		"suspended": func(w *world) {
			w.editModel(func(spec *v1alpha1.RegisteredModelSpec) { spec.Suspend = new(true) })
		},
	} {
		for where, exists := range map[string]bool{"a new model": false, "a model that exists": true} {
			t.Run(name+", "+where, func(t *testing.T) {
				w := newWorld(t.Context(), t)
				defer w.close()
				if exists {
					w.must(w.user.CreateModel(w.ctx, sentiment, nil))
				}
				w.apply(builder.RegisteredModel(sentiment).Build())
				reading := mlflowtest.Endpoint("GET registered-models/get")
				w.mlflow.Fail(mlflowtest.Nth(1, reading), mlflowtest.After(func(mlflowtest.Call) { meanwhile(w) }))
				w.must(w.reconcileModel())
				if writes := w.mlflow.Writes(); len(writes) > 0 {
					t.Errorf("it is written: %v", writes)
				}
			})
		}
	}
}
