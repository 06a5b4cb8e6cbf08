// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package modelpromotion

import (
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	clocktesting "k8s.io/utils/clock/testing"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/controller/reconciler"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
	"github.com/neuronews/mlflow-registry-operator/internal/promotion"
	"github.com/neuronews/mlflow-registry-operator/internal/registrycache"
	"github.com/neuronews/mlflow-registry-operator/test/envtest"

	"github.com/neuronews/mlflow-registry-operator/test/builder"
)

// TestNextRequeue lists when a promotion is looked at though nothing wakes it.
func TestNextRequeue(t *testing.T) {
	planned := func(dryRunReason string, step promotion.Step) scope {
		return scope{inputs: inputs{dryRunReason: dryRunReason}, decision: promotion.Decision{Step: step}}
	}
	for name, test := range map[string]struct {
		s     scope
		ended reconciler.Result
		want  time.Duration
	}{
		"a prompt has the name":                {ended: nameConflict("sentiment"), want: 5 * time.Minute},
		"a rival has the stage":                {ended: newConflict(builder.Promotion("a").Build()), want: time.Minute},
		"a dry run passed, and may fail later": {s: planned("mode is DryRun", promotion.StepPromote), want: minRequeueInterval},
		"a dry run holds the stage already":    {s: planned("mode is DryRun", promotion.StepNone)},
		"the stage is held":                    {s: planned("", promotion.StepNone)},
	} {
		t.Run(name, func(t *testing.T) {
			r := &Reconciler{Registry: registrycache.NewProvider(registrycache.Options{}), Clock: clocktesting.NewFakePassiveClock(time.Unix(0, 0))}
			s := test.s
			s.Object, s.model = builder.Promotion("it").Build(), builder.RegisteredModel("sentiment").Build()
			if result, err := r.nextRequeue(&s, test.ended); err != nil || result.RequeueAfter != test.want {
				t.Errorf("got %v, %v, want to look again after %v", result, err, test.want)
			}
		})
	}
}

func TestSiblingsAreEnqueued(t *testing.T) {
	before := builder.Promotion("it").Build()
	recorded := before.DeepCopy()
	recorded.Status.History = []v1alpha1.PromotionRecord{{Version: "1"}}
	held := before.DeepCopy()
	held.Status.CurrentVersionSince = new(metav1.NewTime(time.Unix(1, 0)))
	waiting := before.DeepCopy()
	waiting.Status.CurrentVersion = "1"
	dry := builder.Promotion("it").DryRun().Build()
	for name, test := range map[string]struct{ woken, want bool }{
		"by a promotion that comes":     {woken: siblingChanged.Create(event.CreateEvent{Object: before}), want: true},
		"by a promotion that goes":      {woken: siblingChanged.Delete(event.DeleteEvent{Object: before}), want: true},
		"by a change of hands":          {woken: siblingChanged.Update(event.UpdateEvent{ObjectOld: before, ObjectNew: recorded}), want: true},
		"by one that is held anew":      {woken: siblingChanged.Update(event.UpdateEvent{ObjectOld: before, ObjectNew: held}), want: true},
		"by one that becomes a dry run": {woken: siblingChanged.Update(event.UpdateEvent{ObjectOld: before, ObjectNew: dry}), want: true},
		"not by the rest of a status":   {woken: siblingChanged.Update(event.UpdateEvent{ObjectOld: before, ObjectNew: waiting})},
	} {
		t.Run(name, func(t *testing.T) {
			if test.woken != test.want {
				t.Errorf("got %v, want %v", test.woken, test.want)
			}
		})
	}
}

// TestDeletedPromotionIsForgotten lets a promotion be deleted.
func TestDeletedPromotionIsForgotten(t *testing.T) {
	scheme, err := envtest.NewScheme()
	if err != nil {
		t.Fatal(err)
	}
	r := &Reconciler{Client: fake.NewClientBuilder().WithScheme(scheme).Build()}
	gone := types.NamespacedName{Namespace: "news", Name: "it"}
	r.deletionChecks.timestamps.Store(gone, entities.Timestamp(1))
	if _, err := r.Reconcile(t.Context(), reconcile.Request{NamespacedName: gone}); err != nil {
		t.Fatal(err)
	}
	if _, found := r.deletionChecks.timestamps.Load(gone); found {
		t.Error("what was confirmed of it is still remembered")
	}
}
