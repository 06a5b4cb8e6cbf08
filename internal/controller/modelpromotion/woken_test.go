// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package modelpromotion_test

import (
	"context"
	"testing"

	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/kube"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/mlflowtest"
	"github.com/neuronews/mlflow-registry-operator/internal/registry"
	"github.com/neuronews/mlflow-registry-operator/test/builder"
)

// heard are the events of the registry from now on.
func (w *world) heard() <-chan registry.Event {
	w.Helper()
	events := make(chan registry.Event, 100)
	source := w.operator.provider.Source("test", func(_ context.Context, e registry.Event) []reconcile.Request {
		events <- e
		return nil
	})
	w.must(source.Start(w.operator.ctx, nil))
	<-events // that there is a connection
	return events
}

// Who looks for versions itself has to hear of one that was registered while another was
// promoted: the list will show nothing that is not known already.
func TestVersionThatComesDuringAPromotionIsHeardOf(t *testing.T) {
	w := newWorld(t.Context(), t)
	defer w.close()
	w.prepare(builder.Stage("production").Gates(builder.GreaterThan("f1", "0.05")))
	w.apply(builder.Promotion("production").Latest(nil).Build())
	events := w.heard()
	w.mlflow.Fail(mlflowtest.Nth(1, mlflowtest.Endpoint("GET registered-models/get")), mlflowtest.Before(func(mlflowtest.Call) {
		w.train(metrics{"f1": "0.9"})
	}))
	w.must(w.reconcilePromotion("production"))
	p := w.promotion("production")
	newest := v1alpha1.Version("4")
	if len(p.Status.History) != 1 || p.Status.CurrentVersion == newest {
		t.Fatalf("the story is another one: version %s holds the stage", p.Status.CurrentVersion)
	}
	own := kube.Saw("ModelPromotion", client.ObjectKeyFromObject(p))
	if e := <-events; e.Model != sentiment || e.By == own {
		t.Errorf("it is told of %+v, want that it is woken itself", e)
	}
}
