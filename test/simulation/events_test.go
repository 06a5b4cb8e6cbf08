// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package simulation

import (
	"context"
	"testing"

	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/mlflowtest"
	"github.com/neuronews/mlflow-registry-operator/internal/registrycache"
	"github.com/neuronews/mlflow-registry-operator/internal/workqueue"

	"github.com/neuronews/mlflow-registry-operator/test/builder"
)

// subscribeEvents are the events of the registry from now on.
func (w *env) subscribeEvents() <-chan registrycache.Event {
	w.Helper()
	events := make(chan registrycache.Event, 100)
	source := w.operator.provider.Source("test", func(_ context.Context, e registrycache.Event) []reconcile.Request {
		events <- e
		return nil
	})
	w.must(source.Start(w.operator.ctx, nil))
	<-events // that there is a connection
	return events
}

// Who looks for versions itself has to hear of one that was registered while another was
// promoted: the list will show nothing that is not known already.
func TestVersionRegisteredDuringPromotion(t *testing.T) {
	w := newEnv(t.Context(), t)
	defer w.close()
	w.prepareModel(builder.Stage("production").Gates(builder.GreaterThanGate("f1", "0.05")))
	w.createObject(builder.Promotion("production").FromLatest(nil).Build())
	events := w.subscribeEvents()
	w.mlflow.InjectFault(mlflowtest.NthCall(1, mlflowtest.CallsTo("GET registered-models/get")), mlflowtest.RunBefore(func(mlflowtest.Call) {
		w.registerFromRun(metricValues{"f1": "0.9"})
	}))
	w.must(w.reconcilePromotion("production"))
	p := w.getPromotion("production")
	newest := v1alpha1.Version("4")
	if len(p.Status.History) != 1 || p.Status.CurrentVersion == newest {
		t.Fatalf("the story is another one: version %s holds the stage", p.Status.CurrentVersion)
	}
	own := workqueue.ObserverID("ModelPromotion", client.ObjectKeyFromObject(p))
	if e := <-events; e.Model != sentiment || e.ObservedBy == own {
		t.Errorf("it is told of %+v, want that it is woken itself", e)
	}
}
