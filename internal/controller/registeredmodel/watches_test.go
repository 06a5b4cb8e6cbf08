// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package registeredmodel

import (
	"testing"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/controller/reconciler"
	"github.com/neuronews/mlflow-registry-operator/internal/kubeutil"
	"github.com/neuronews/mlflow-registry-operator/test/builder"
)

// TestRequeueAfter lists the results whose end triggers no event.
func TestRequeueAfter(t *testing.T) {
	own, older := builder.RegisteredModel("b").Build(), builder.RegisteredModel("a").Build()
	for name, test := range map[string]struct {
		result reconciler.Result
		want   time.Duration
	}{
		"a prompt that may be deleted":           {result: nameConflict("sentiment"), want: 5 * time.Minute},
		"a conflict whose connection may change": {result: newConflict(own, older), want: time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			if got, err := test.result.ReconcileResult(); err != nil || got.RequeueAfter != test.want {
				t.Errorf("got %v, %v, want a requeue after %v", got, err, test.want)
			}
		})
	}
}

func TestConflictingModelsAreEnqueued(t *testing.T) {
	model := builder.RegisteredModel("a").Build()
	for name, test := range map[string]struct{ selected, want bool }{
		"by a model that is created": {selected: kubeutil.CreateOrDelete.Create(event.CreateEvent{Object: model}), want: true},
		"by a model that is deleted": {selected: kubeutil.CreateOrDelete.Delete(event.DeleteEvent{Object: model}), want: true},
		"not by one that changes":    {selected: kubeutil.CreateOrDelete.Update(event.UpdateEvent{ObjectOld: model, ObjectNew: model})},
	} {
		t.Run(name, func(t *testing.T) {
			if test.selected != test.want {
				t.Errorf("got %v, want %v", test.selected, test.want)
			}
		})
	}
}

// TestModelIsEnqueued tests which changes of a promotion change the status of the stages.
func TestModelIsEnqueued(t *testing.T) {
	var before client.Object = builder.Promotion("it").Build()
	recorded := newPromotion("it", time.Hour)
	dry := withDryRun(*builder.Promotion("it").Build())
	for name, test := range map[string]struct {
		after *v1alpha1.ModelPromotion
		want  bool
	}{
		"a transition":                    {after: &recorded, want: true},
		"an edit that makes it a dry run": {after: &dry, want: true},
		"no such change":                  {after: builder.Promotion("it").Build()},
	} {
		t.Run(name, func(t *testing.T) {
			if got := historyChanged.Update(event.UpdateEvent{ObjectOld: before, ObjectNew: test.after}); got != test.want {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
}

// TestModelWithRetentionIsEnqueued tests which changes of a promotion change the versions that it needs.
func TestModelWithRetentionIsEnqueued(t *testing.T) {
	before := builder.Promotion("it").FromModelVersion("april").Build()
	before.Status.Candidate = &v1alpha1.Candidate{Version: "7", RunID: "a"}
	change := func(change func(*v1alpha1.ModelPromotion)) *v1alpha1.ModelPromotion {
		after := before.DeepCopy()
		change(after)
		return after
	}
	for name, test := range map[string]struct {
		after *v1alpha1.ModelPromotion
		want  bool
	}{
		"another version that is wanted": {after: change(func(p *v1alpha1.ModelPromotion) { p.Spec.Version = "8" }), want: true},
		"another candidate":              {after: change(func(p *v1alpha1.ModelPromotion) { p.Status.Candidate.Version = "8" }), want: true},
		"another ModelVersion that is wanted": {after: change(func(p *v1alpha1.ModelPromotion) {
			p.Spec.VersionFrom.ModelVersionRef.Name = "may"
		}), want: true},
		"no ModelVersion any more": {after: change(func(p *v1alpha1.ModelPromotion) {
			p.Spec.Version, p.Spec.VersionFrom = "7", nil
		}), want: true},
		"another baseline": {
			after: change(func(p *v1alpha1.ModelPromotion) { p.Status.Candidate.BaselineVersion = "6" }), want: true,
		},
		"what is known of the candidate": {after: change(func(p *v1alpha1.ModelPromotion) { p.Status.Candidate.RunID = "b" })},
		"its URI":                        {after: change(func(p *v1alpha1.ModelPromotion) { p.Status.URI = "models:/a@b" })},
	} {
		t.Run(name, func(t *testing.T) {
			if got := protectedChanged.Update(event.UpdateEvent{ObjectOld: before, ObjectNew: test.after}); got != test.want {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
}
