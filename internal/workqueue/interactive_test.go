// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package workqueue

import (
	"fmt"
	"testing"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/test/builder"
)

func TestEditIsInteractive(t *testing.T) {
	for name, test := range map[string]struct {
		generation, observed int64
		requested, handled   string
		want                 bool
	}{
		"a new object":                {generation: 1, observed: -1},
		"an observed object":          {generation: 2, observed: 2},
		"an edited object":            {generation: 3, observed: 2, want: true},
		"a requested reconcile":       {generation: 2, observed: 2, requested: "now", want: true},
		"a handled request":           {generation: 2, observed: 2, requested: "now", handled: "now"},
		"a new object with a request": {generation: 1, observed: -1, requested: "now", want: true},
	} {
		t.Run(name, func(t *testing.T) {
			p := builder.Promotion("production").Build()
			p.Generation = test.generation
			p.Annotations = map[string]string{v1alpha1.ReconcileRequestedAtAnnotation: test.requested}
			if got := new(InteractiveTracker).BeginReconcile(p, test.observed, test.handled); got != test.want {
				t.Errorf("%t, want %t", got, test.want)
			}
		})
	}
}

// An edited object remains interactive until a reconcile is settled.
func TestInteractiveLastsUntilAReconcileEnds(t *testing.T) {
	p := builder.Promotion("production").Build()
	p.Generation = 2
	for name, test := range map[string]struct {
		isSettled, want bool
	}{
		"ended":    {isSettled: true},
		"repeated": {want: true},
	} {
		t.Run(name, func(t *testing.T) {
			var tracker InteractiveTracker
			if !tracker.BeginReconcile(p, 1, "") {
				t.Error("an edited object is not interactive")
			}
			tracker.EndReconcile(client.ObjectKeyFromObject(p), test.isSettled)
			if got := tracker.BeginReconcile(p, 2, ""); got != test.want {
				t.Errorf("interactive afterwards: %t, want %t", got, test.want)
			}
		})
	}
}

// A person does not wait for each of a thousand edits.
func TestInteractiveObjectsAreBounded(t *testing.T) {
	var tracker InteractiveTracker
	edited := func(i int) client.Object {
		p := builder.Promotion("production").Build()
		p.Name, p.Generation = fmt.Sprint(i), 2
		return p
	}
	interactive := 0
	for i := range 1000 {
		if tracker.BeginReconcile(edited(i), 1, "") {
			interactive++
		}
	}
	if interactive != maxInteractive {
		t.Errorf("%d objects are interactive, want %d", interactive, maxInteractive)
	}
	tracker.EndReconcile(client.ObjectKeyFromObject(edited(0)), true)
	if !tracker.BeginReconcile(edited(999), 1, "") {
		t.Error("an edited object is not interactive after another was settled")
	}
}
