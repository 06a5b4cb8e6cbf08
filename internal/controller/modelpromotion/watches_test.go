// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package modelpromotion

import (
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/event"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/test/builder"
)

// TestSiblingsAreEnqueued lists what reconciles the other promotions of a model.
func TestSiblingsAreEnqueued(t *testing.T) {
	before := builder.Promotion("it").Build()
	recorded := before.DeepCopy()
	recorded.Status.History = []v1alpha1.PromotionRecord{{Version: "1"}}
	held := before.DeepCopy()
	held.Status.CurrentVersionSince = new(metav1.NewTime(time.Unix(1, 0)))
	waiting := before.DeepCopy()
	waiting.Status.CurrentVersion = "1"
	dry := builder.Promotion("it").DryRun().Build()
	update := func(changed *v1alpha1.ModelPromotion) bool {
		return siblingChanged.Update(event.UpdateEvent{ObjectOld: before, ObjectNew: changed})
	}
	for name, test := range map[string]struct{ enqueued, want bool }{
		"by a promotion that was created":         {enqueued: siblingChanged.Create(event.CreateEvent{Object: before}), want: true},
		"by a promotion that was deleted":         {enqueued: siblingChanged.Delete(event.DeleteEvent{Object: before}), want: true},
		"by a new record":                         {enqueued: update(recorded), want: true},
		"by another start of the current version": {enqueued: update(held), want: true},
		"by a promotion that becomes a dry run":   {enqueued: update(dry), want: true},
		"not by the rest of a status":             {enqueued: update(waiting)},
	} {
		t.Run(name, func(t *testing.T) {
			if test.enqueued != test.want {
				t.Errorf("got %v, want %v", test.enqueued, test.want)
			}
		})
	}
}
