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
		"a new object":                       {generation: 1, observed: -1},
		"an object that was seen":            {generation: 2, observed: 2},
		"an edited object":                   {generation: 3, observed: 2, want: true},
		"an object that is to be looked at":  {generation: 2, observed: 2, requested: "now", want: true},
		"an object that was looked at":       {generation: 2, observed: 2, requested: "now", handled: "now"},
		"a new object that is to be seen so": {generation: 1, observed: -1, requested: "now", want: true},
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

// An edit stays urgent until a pass over it has come to an end.
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
			var urgency InteractiveTracker
			if !urgency.BeginReconcile(p, 1, "") {
				t.Error("an edit is not urgent")
			}
			urgency.EndReconcile(client.ObjectKeyFromObject(p), test.isSettled)
			if got := urgency.BeginReconcile(p, 2, ""); got != test.want {
				t.Errorf("urgent afterwards: %t, want %t", got, test.want)
			}
		})
	}
}

// Nobody waits for one of a thousand.
func TestInteractiveObjectsAreBounded(t *testing.T) {
	var urgency InteractiveTracker
	edited := func(i int) client.Object {
		p := builder.Promotion("production").Build()
		p.Name, p.Generation = fmt.Sprint(i), 2
		return p
	}
	urgent := 0
	for i := range 1000 {
		if urgency.BeginReconcile(edited(i), 1, "") {
			urgent++
		}
	}
	if urgent != maxInteractive {
		t.Errorf("%d are urgent, want %d", urgent, maxInteractive)
	}
	urgency.EndReconcile(client.ObjectKeyFromObject(edited(0)), true)
	if !urgency.BeginReconcile(edited(999), 1, "") {
		t.Error("another is not urgent when one is done")
	}
}
