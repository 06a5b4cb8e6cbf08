// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package kube

import (
	"errors"
	"fmt"
	"testing"

	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/priorityqueue"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/outcome"
	"github.com/neuronews/mlflow-registry-operator/test/builder"
)

// What a person edits goes before what was there first.
func TestEditsGoFirst(t *testing.T) {
	queue := priorityqueue.New[reconcile.Request]("test")
	defer queue.ShutDown()
	enqueue := Enqueue(Self, func(e event.UpdateEvent) bool { return e.ObjectOld.GetGeneration() != e.ObjectNew.GetGeneration() })
	object := func(name string, generation int64) client.Object {
		p := builder.Promotion("production").Build()
		p.Name, p.Generation = name, generation
		return p
	}
	enqueue.Create(t.Context(), event.CreateEvent{Object: object("restarted", 1), IsInInitialList: true}, queue)
	enqueue.Create(t.Context(), event.CreateEvent{Object: object("new", 1)}, queue)
	enqueue.Update(t.Context(), event.UpdateEvent{ObjectOld: object("written", 1), ObjectNew: object("written", 1)}, queue)
	enqueue.Update(t.Context(), event.UpdateEvent{ObjectOld: object("edited", 1), ObjectNew: object("edited", 2)}, queue)

	want := map[string]int{"edited": Urgent, "new": 0, "written": -100, "restarted": -100}
	last := Urgent
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
func TestSomeObjectsAreUrgentAtOnce(t *testing.T) {
	queue := priorityqueue.New[reconcile.Request]("test")
	defer queue.ShutDown()
	enqueue := AtOnce(Self)
	object := func(name string) client.Object {
		p := builder.Promotion("production").Build()
		p.Name = name
		return p
	}
	enqueue.Create(t.Context(), event.CreateEvent{Object: object("restarted"), IsInInitialList: true}, queue)
	enqueue.Create(t.Context(), event.CreateEvent{Object: object("new")}, queue)
	enqueue.Update(t.Context(), event.UpdateEvent{ObjectOld: object("changed"), ObjectNew: object("changed")}, queue)
	enqueue.Delete(t.Context(), event.DeleteEvent{Object: object("gone")}, queue)

	want := map[string]int{"new": Urgent, "changed": Urgent, "gone": Urgent, "restarted": -100}
	for range want {
		request, priority, _ := queue.GetWithPriority()
		if priority != want[request.Name] {
			t.Errorf("%s has the priority %d, want %d", request.Name, priority, want[request.Name])
		}
		queue.Done(request)
	}
}

func TestEditIsUrgent(t *testing.T) {
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
			if got := new(Urgency).Begin(p, test.observed, test.handled); got != test.want {
				t.Errorf("%t, want %t", got, test.want)
			}
		})
	}
}

// An edit stays urgent until a pass over it has come to an end.
func TestUrgencyLastsUntilAPassEnds(t *testing.T) {
	p := builder.Promotion("production").Build()
	p.Generation = 2
	for name, test := range map[string]struct {
		ended outcome.Outcome
		want  bool
	}{
		"done":        {ended: outcome.Done()},
		"refused":     {ended: outcome.Stall(v1alpha1.ReasonStageNotFound, "no such stage")},
		"overtaken":   {ended: outcome.Wait(v1alpha1.ReasonProgressing, "starting again", 1), want: true},
		"not written": {ended: outcome.Retry(v1alpha1.ReasonProgressing, errors.New("no answer")), want: true},
	} {
		t.Run(name, func(t *testing.T) {
			var urgency Urgency
			if !urgency.Begin(p, 1, "") {
				t.Error("an edit is not urgent")
			}
			urgency.End(client.ObjectKeyFromObject(p), test.ended)
			if got := urgency.Begin(p, 2, ""); got != test.want {
				t.Errorf("urgent afterwards: %t, want %t", got, test.want)
			}
		})
	}
}

// Nobody waits for one of a thousand.
func TestFewAreUrgentAtATime(t *testing.T) {
	var urgency Urgency
	edited := func(i int) client.Object {
		p := builder.Promotion("production").Build()
		p.Name, p.Generation = fmt.Sprint(i), 2
		return p
	}
	urgent := 0
	for i := range 1000 {
		if urgency.Begin(edited(i), 1, "") {
			urgent++
		}
	}
	if urgent != mostUrgent {
		t.Errorf("%d are urgent, want %d", urgent, mostUrgent)
	}
	urgency.End(client.ObjectKeyFromObject(edited(0)), outcome.Done())
	if !urgency.Begin(edited(999), 1, "") {
		t.Error("another is not urgent when one is done")
	}
}

func TestEditedLetsThroughWhatAPersonChanged(t *testing.T) {
	object := func(generation int64, requested string) client.Object {
		p := builder.Promotion("production").Build()
		p.Generation = generation
		p.Annotations = map[string]string{v1alpha1.ReconcileRequestedAtAnnotation: requested, "other": requested}
		return p
	}
	for name, test := range map[string]struct{ got, want bool }{
		"an edit":       {Edited.Update(event.UpdateEvent{ObjectOld: object(1, ""), ObjectNew: object(2, "")}), true},
		"a request":     {Edited.Update(event.UpdateEvent{ObjectOld: object(1, "a"), ObjectNew: object(1, "b")}), true},
		"a status":      {Edited.Update(event.UpdateEvent{ObjectOld: object(1, "a"), ObjectNew: object(1, "a")}), false},
		"a new object":  {Edited.Create(event.CreateEvent{Object: object(1, "")}), false},
		"a lost object": {Edited.Delete(event.DeleteEvent{Object: object(1, "")}), false},
	} {
		t.Run(name, func(t *testing.T) {
			if test.got != test.want {
				t.Errorf("%t, want %t", test.got, test.want)
			}
		})
	}
}
