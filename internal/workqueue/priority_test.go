// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package workqueue

import (
	"fmt"
	"testing"

	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/priorityqueue"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/kubeutil"
	"github.com/neuronews/mlflow-registry-operator/test/builder"
)

// What a person edits goes before what was there first.
func TestEditsHaveHighPriority(t *testing.T) {
	queue := priorityqueue.New[reconcile.Request]("test")
	defer queue.ShutDown()
	enqueue := EnqueueWithPriority(ObjectRequest, func(e event.UpdateEvent) bool { return e.ObjectOld.GetGeneration() != e.ObjectNew.GetGeneration() })
	object := func(name string, generation int64) client.Object {
		p := builder.Promotion("production").Build()
		p.Name, p.Generation = name, generation
		return p
	}
	enqueue.Create(t.Context(), event.CreateEvent{Object: object("restarted", 1), IsInInitialList: true}, queue)
	enqueue.Create(t.Context(), event.CreateEvent{Object: object("new", 1)}, queue)
	enqueue.Update(t.Context(), event.UpdateEvent{ObjectOld: object("written", 1), ObjectNew: object("written", 1)}, queue)
	enqueue.Update(t.Context(), event.UpdateEvent{ObjectOld: object("edited", 1), ObjectNew: object("edited", 2)}, queue)

	want := map[string]int{"edited": HighPriority, "new": 0, "written": -100, "restarted": -100}
	last := HighPriority
	for range want {
		request, priority, _ := queue.GetWithPriority()
		if priority != want[request.Name] {
			t.Errorf("%s has the priority %d, want %d", request.Name, priority, want[request.Name])
		}
		if priority > last {
			t.Errorf("%s comes after one with the priority %d", request.Name, last)
		}
		last = priority
		queue.Done(request)
	}
}

// What a person does with one object is urgent for another: an approval that comes or goes.
func TestEnqueueHighPriority(t *testing.T) {
	queue := priorityqueue.New[reconcile.Request]("test")
	defer queue.ShutDown()
	enqueue := EnqueueHighPriority(ObjectRequest)
	object := func(name string) client.Object {
		p := builder.Promotion("production").Build()
		p.Name = name
		return p
	}
	enqueue.Create(t.Context(), event.CreateEvent{Object: object("restarted"), IsInInitialList: true}, queue)
	enqueue.Create(t.Context(), event.CreateEvent{Object: object("new")}, queue)
	enqueue.Update(t.Context(), event.UpdateEvent{ObjectOld: object("changed"), ObjectNew: object("changed")}, queue)
	enqueue.Delete(t.Context(), event.DeleteEvent{Object: object("gone")}, queue)

	want := map[string]int{"new": HighPriority, "changed": HighPriority, "gone": HighPriority, "restarted": -100}
	for range want {
		request, priority, _ := queue.GetWithPriority()
		if priority != want[request.Name] {
			t.Errorf("%s has the priority %d, want %d", request.Name, priority, want[request.Name])
		}
		queue.Done(request)
	}
}

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

func TestSpecOrAnnotationChanged(t *testing.T) {
	object := func(generation int64, requested string) client.Object {
		p := builder.Promotion("production").Build()
		p.Generation = generation
		p.Annotations = map[string]string{v1alpha1.ReconcileRequestedAtAnnotation: requested, "other": requested}
		return p
	}
	for name, test := range map[string]struct{ got, want bool }{
		"an edit":       {kubeutil.SpecOrAnnotationChanged.Update(event.UpdateEvent{ObjectOld: object(1, ""), ObjectNew: object(2, "")}), true},
		"a request":     {kubeutil.SpecOrAnnotationChanged.Update(event.UpdateEvent{ObjectOld: object(1, "a"), ObjectNew: object(1, "b")}), true},
		"a status":      {kubeutil.SpecOrAnnotationChanged.Update(event.UpdateEvent{ObjectOld: object(1, "a"), ObjectNew: object(1, "a")}), false},
		"a new object":  {kubeutil.SpecOrAnnotationChanged.Create(event.CreateEvent{Object: object(1, "")}), false},
		"a lost object": {kubeutil.SpecOrAnnotationChanged.Delete(event.DeleteEvent{Object: object(1, "")}), false},
	} {
		t.Run(name, func(t *testing.T) {
			if test.got != test.want {
				t.Errorf("%t, want %t", test.got, test.want)
			}
		})
	}
}
