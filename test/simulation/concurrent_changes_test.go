// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package simulation

import (
	"context"
	"testing"

	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/mlflowtest"
	"github.com/neuronews/mlflow-registry-operator/internal/registrycache"
	"github.com/neuronews/mlflow-registry-operator/internal/workqueue"
	"github.com/neuronews/mlflow-registry-operator/test/builder"
)

// TestStaleSnapshotPromotesNothing changes what a gate depends on after the last poll.
func TestStaleSnapshotPromotesNothing(t *testing.T) {
	ofModel := builder.TagGate("approved", "yes")
	ofModel.Tag.Target = v1alpha1.TagTargetModel
	against := builder.ComparisonGate("f1", v1alpha1.HigherIsBetter)
	against.Comparison.Baseline = &v1alpha1.Baseline{Alias: "rival"}
	for name, test := range map[string]struct {
		gate      v1alpha1.Gate
		stage     v1alpha1.StageName
		meanwhile func(*env)
	}{
		"an approval of the model that was withdrawn": {
			gate: ofModel, stage: "production",
			meanwhile: func(e *env) { e.must(e.user.SetModelTag(e.ctx, sentiment, "approved", "no")) },
		},
		"a baseline that became a better one": {
			gate: against, stage: "production",
			meanwhile: func(e *env) { e.must(e.user.SetAlias(e.ctx, sentiment, "rival", "3")) },
		},
		"a version that took a later stage": {
			gate: against, stage: "staging",
			meanwhile: func(e *env) { e.must(e.user.SetAlias(e.ctx, sentiment, "production", "2")) },
		},
	} {
		t.Run(name, func(t *testing.T) {
			e := newEnv(t.Context(), t)
			defer e.close()
			e.createObject(builder.RegisteredModel(sentiment).Stages(
				builder.Stage("staging"), builder.Stage("production").Gates(test.gate)).Build())
			e.runUntilSettled()
			for _, f1 := range []string{"0.6", "0.7", "0.8"} {
				e.registerFromRun(metricValues{"f1": f1})
			}
			e.must(e.user.SetModelTag(e.ctx, sentiment, "approved", "yes"))
			e.must(e.user.SetAlias(e.ctx, sentiment, "rival", "1"))
			e.runRound()
			test.meanwhile(e)
			e.createObject(builder.Promotion("it").Stage(test.stage).Version("2").Build())
			for range 3 {
				e.must(e.reconcilePromotion("it"))
			}
			if history := e.getPromotion("it").Status.History; len(history) > 0 {
				t.Errorf("it was promoted: %+v", history)
			}
			if reason := readyCondition(e.getPromotion("it")).Reason; reason != v1alpha1.ReasonGateFailed && reason != v1alpha1.ReasonDemotionNotAllowed {
				t.Errorf("it is not refused but %s", reason)
			}
		})
	}
}

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
