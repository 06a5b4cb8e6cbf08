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
func (e *env) subscribeEvents() <-chan registrycache.Event {
	e.Helper()
	events := make(chan registrycache.Event, 100)
	source := e.operator.provider.Source("test", func(_ context.Context, event registrycache.Event) []reconcile.Request {
		events <- event
		return nil
	})
	e.must(source.Start(e.operator.ctx, nil))
	<-events // that there is a connection
	return events
}

// Who looks for versions itself has to hear of one that was registered while another was
// promoted: the list will show nothing that is not known already.
func TestVersionRegisteredDuringPromotion(t *testing.T) {
	e := newEnv(t.Context(), t)
	defer e.close()
	e.prepareModel(builder.Stage("production").Gates(builder.GreaterThanGate("f1", "0.05")))
	e.createObject(builder.Promotion("production").FromLatest(nil).Build())
	events := e.subscribeEvents()
	e.mlflow.InjectFault(mlflowtest.NthCall(1, mlflowtest.CallsTo("GET registered-models/get")), mlflowtest.RunBefore(func(mlflowtest.Call) {
		e.registerFromRun(metricValues{"f1": "0.9"})
	}))
	e.must(e.reconcilePromotion("production"))
	p := e.getPromotion("production")
	newest := v1alpha1.Version("4")
	if len(p.Status.History) != 1 || p.Status.CurrentVersion == newest {
		t.Fatalf("the story is another one: version %s holds the stage", p.Status.CurrentVersion)
	}
	own := workqueue.ObserverID("ModelPromotion", client.ObjectKeyFromObject(p))
	if event := <-events; event.Model != sentiment || event.ObservedBy == own {
		t.Errorf("got %+v, want an event that the promotion itself receives", event)
	}
}
