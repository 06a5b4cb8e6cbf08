// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package kube

import (
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/util/workqueue"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/controller/priorityqueue"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
)

// office is a queue with workers that take from it and finish when they are told to.
type office struct {
	t     *testing.T
	queue priorityqueue.PriorityQueue[reconcile.Request]

	mu      sync.Mutex
	started []string
}

// opened is a queue of so many ordinary workers and the urgent ones.
func opened(t *testing.T, ordinary int) *office {
	options := Reserve(controller.Options{MaxConcurrentReconciles: ordinary})
	limiter := workqueue.NewTypedItemExponentialFailureRateLimiter[reconcile.Request](time.Second, time.Second)
	o := &office{t: t, queue: options.NewQueue("test", limiter).(priorityqueue.PriorityQueue[reconcile.Request])}
	t.Cleanup(o.queue.ShutDown)
	for range options.MaxConcurrentReconciles {
		go o.work()
	}
	return o
}

// work starts all objects that it gets, and leaves their ends to finish.
func (o *office) work() {
	if object, _, shutdown := o.queue.GetWithPriority(); !shutdown {
		o.mu.Lock()
		defer o.mu.Unlock()
		o.started = append(o.started, object.Name)
	}
}

// add adds objects of a priority, one after the other.
func (o *office) add(priority int, names ...string) {
	for _, name := range names {
		o.queue.AddWithOpts(priorityqueue.AddOpts{Priority: &priority}, named(name))
		synctest.Wait()
	}
}

// finish ends the work on an object, after which the worker takes another.
func (o *office) finish(name string) {
	o.queue.Done(named(name))
	go o.work()
	synctest.Wait()
}

func (o *office) expect(want ...string) {
	o.t.Helper()
	synctest.Wait()
	o.mu.Lock()
	defer o.mu.Unlock()
	if diff := cmp.Diff(want, o.started); diff != "" {
		o.t.Errorf("started (-want +got):\n%s", diff)
	}
}

func named(name string) reconcile.Request {
	return reconcile.Request{NamespacedName: types.NamespacedName{Name: name}}
}

// However much there is to do, a worker is free for what a person waits for.
func TestWorkersAreReservedForEdits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := opened(t, 2)
		o.add(0, "first", "second", "third", "fourth")
		o.expect("first", "second")
		o.add(Urgent, "edited")
		o.expect("first", "second", "edited")
		o.finish("edited")
		o.expect("first", "second", "edited")
		o.finish("first")
		o.expect("first", "second", "edited", "fourth")
		o.add(Urgent, "another", "one more")
		o.finish("second")
		o.expect("first", "second", "edited", "fourth", "another", "one more", "third")
	})
}

// What is to be looked at after a while, or was refused before, is urgent when its time has come.
func TestUrgentObjectsThatWaitAreStartedInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := opened(t, 1)
		o.add(0, "first", "second")
		o.queue.AddWithOpts(priorityqueue.AddOpts{Priority: new(Urgent), After: time.Minute}, named("later"))
		o.queue.AddWithOpts(priorityqueue.AddOpts{Priority: new(Urgent), RateLimited: true}, named("refused"))
		o.expect("first")
		time.Sleep(time.Second + late)
		o.expect("first", "refused")
		time.Sleep(time.Minute)
		o.expect("first", "refused", "later")
	})
}

// An edit of what is worked on counts when that is done.
func TestEditOfWhatIsWorkedOnIsUrgent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := opened(t, 1)
		o.add(0, "first", "second", "third")
		o.add(Urgent, "edited")
		o.add(Urgent, "edited")
		o.expect("first", "edited")
		o.finish("edited")
		o.expect("first", "edited", "edited")
	})
}

// Edits that found a worker at once leave the order of the others as it is.
func TestEditsKeepTheOrderOfOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := opened(t, 2)
		o.add(Urgent, "edited")
		o.add(0, "first", "second", "third")
		o.finish("first")
		o.expect("edited", "first", "second", "third")
	})
}

// An edit of what waits for its turn lets it go at once.
func TestEditOfWhatWaitsIsUrgent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := opened(t, 1)
		o.add(0, "first", "second", "third")
		o.add(Urgent, "second")
		o.expect("first", "second")
		o.finish("first")
		o.expect("first", "second", "third")
	})
}

// A queue that is shut down keeps no worker, whatever it waits for.
func TestShutdownEndsTheWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := opened(t, 1)
		o.add(0, "first", "second")
		o.queue.ShutDown()
		o.expect("first")
	})
}

// All workers take urgent objects, where there are enough of them.
func TestManyEditsTakeAllWorkers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := opened(t, 2)
		names := []string{"1", "2", "3", "4", "5", "6", "7", "8", "9", "10"}
		o.add(Urgent, append(names, "11")...)
		o.expect(names...)
	})
}
