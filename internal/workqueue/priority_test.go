// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package workqueue

import (
	"testing"

	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/priorityqueue"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/neuronews/mlflow-registry-operator/test/builder"
)

// An edit overtakes older requests.
func TestEditsHaveHighPriority(t *testing.T) {
	queue := priorityqueue.New[reconcile.Request]("test")
	defer queue.ShutDown()
	enqueue := EnqueueWithPriority(ObjectRequest, func(e event.UpdateEvent) bool {
		return e.ObjectOld.GetGeneration() != e.ObjectNew.GetGeneration()
	})
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
			t.Errorf("%s has priority %d, want %d", request.Name, priority, want[request.Name])
		}
		if priority > last {
			t.Errorf("%s comes after one with priority %d", request.Name, last)
		}
		last = priority
		queue.Done(request)
	}
}

// A change of one object has high priority for another: an approval that is created or deleted.
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
	enqueue.Delete(t.Context(), event.DeleteEvent{Object: object("deleted")}, queue)

	want := map[string]int{"new": HighPriority, "changed": HighPriority, "deleted": HighPriority, "restarted": -100}
	for range want {
		request, priority, _ := queue.GetWithPriority()
		if priority != want[request.Name] {
			t.Errorf("%s has priority %d, want %d", request.Name, priority, want[request.Name])
		}
		queue.Done(request)
	}
}
