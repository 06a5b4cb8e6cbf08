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

// TestStaleSnapshotPromotesNothing changes what a gate depends on after the last poll, so that only the
// read before the write shows it.
func TestStaleSnapshotPromotesNothing(t *testing.T) {
	modelGate := builder.TagGate("approved", "yes")
	modelGate.Tag.Target = v1alpha1.TagTargetModel
	comparison := builder.ComparisonGate("f1", v1alpha1.HigherIsBetter)
	comparison.Comparison.Baseline = &v1alpha1.Baseline{Alias: "rival"}
	for name, test := range map[string]struct {
		gate   v1alpha1.Gate
		stage  v1alpha1.StageName
		change func(*env)
	}{
		"an approval of the model that was withdrawn": {
			gate: modelGate, stage: "production",
			change: func(e *env) { e.must(e.user.SetModelTag(e.ctx, sentiment, "approved", "no")) },
		},
		"a baseline that became a better one": {
			gate: comparison, stage: "production",
			change: func(e *env) { e.must(e.user.SetAlias(e.ctx, sentiment, "rival", "3")) },
		},
		"a version that took a later stage": {
			gate: comparison, stage: "staging",
			change: func(e *env) { e.must(e.user.SetAlias(e.ctx, sentiment, "production", "2")) },
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
			test.change(e)
			e.createObject(builder.Promotion("it").Stage(test.stage).Version("2").Build())
			for range 3 {
				e.must(e.reconcilePromotion("it"))
			}
			if history := e.getPromotion("it").Status.History; len(history) > 0 {
				t.Errorf("the version was promoted: %+v", history)
			}
			reason := readyCondition(e.getPromotion("it")).Reason
			if reason != v1alpha1.ReasonGateFailed && reason != v1alpha1.ReasonDemotionNotAllowed {
				t.Errorf("the reason is %s, want a blocked version", reason)
			}
		})
	}
}

// subscribeEvents returns a channel with all further events of the registry cache.
func (e *env) subscribeEvents() <-chan registrycache.Event {
	e.Helper()
	events := make(chan registrycache.Event, 100)
	source := e.operator.provider.Source("test", func(_ context.Context, event registrycache.Event) []reconcile.Request {
		events <- event
		return nil
	})
	e.must(source.Start(e.operator.ctx, nil))
	<-events // the event of the connection
	return events
}

// TestVersionRegisteredDuringPromotion registers a version while another one is promoted. The promotion's
// own read puts it into the snapshot, so that the next poll shows no change: the event of that
// read must reach the promotion itself.
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
		t.Fatalf("the current version is %s, want an older one than the newest", p.Status.CurrentVersion)
	}
	own := workqueue.ObserverID("ModelPromotion", client.ObjectKeyFromObject(p))
	if event := <-events; event.Model != sentiment || event.ObservedBy == own {
		t.Errorf("got %+v, want an event that the promotion itself receives", event)
	}
}

// TestDeletedOrSuspendedModelIsNotWritten changes a model while its reconcile waits for MLflow.
func TestDeletedOrSuspendedModelIsNotWritten(t *testing.T) {
	for name, change := range map[string]func(*env){
		"deleted": func(e *env) { e.must(e.kube.Delete(e.ctx, e.getModel())) },
		"suspended": func(e *env) {
			e.editModel(func(spec *v1alpha1.RegisteredModelSpec) { spec.Suspend = new(true) })
		},
	} {
		for target, exists := range map[string]bool{"a new model": false, "a model that exists": true} {
			t.Run(name+", "+target, func(t *testing.T) {
				e := newEnv(t.Context(), t)
				defer e.close()
				if exists {
					e.must(e.user.CreateModel(e.ctx, sentiment, nil))
				}
				e.createObject(builder.RegisteredModel(sentiment).Build())
				reading := mlflowtest.CallsTo("GET registered-models/get")
				e.mlflow.InjectFault(mlflowtest.NthCall(1, reading), mlflowtest.RunAfter(func(mlflowtest.Call) { change(e) }))
				e.must(e.reconcileModel())
				if writes := e.mlflow.Writes(); len(writes) > 0 {
					t.Errorf("the model was written: %v", writes)
				}
			})
		}
	}
}
