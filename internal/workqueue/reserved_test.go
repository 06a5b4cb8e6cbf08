// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package workqueue

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

// workerPool is a queue with workers that take from it and finish when they are told to.
type workerPool struct {
	t     *testing.T
	queue priorityqueue.PriorityQueue[reconcile.Request]

	mu      sync.Mutex
	started []string
}

// newWorkerPool is a queue of so many ordinary workers and the urgent ones.
func newWorkerPool(t *testing.T, ordinary int) *workerPool {
	options := WithReservedWorkers(controller.Options{MaxConcurrentReconciles: ordinary})
	limiter := workqueue.NewTypedItemExponentialFailureRateLimiter[reconcile.Request](time.Second, time.Second)
	o := &workerPool{t: t, queue: options.NewQueue("test", limiter).(priorityqueue.PriorityQueue[reconcile.Request])}
	t.Cleanup(o.queue.ShutDown)
	for range options.MaxConcurrentReconciles {
		go o.runWorker()
	}
	return o
}

// runWorker starts all objects that it gets, and leaves their ends to finish.
func (o *workerPool) runWorker() {
	if object, _, shutdown := o.queue.GetWithPriority(); !shutdown {
		o.mu.Lock()
		defer o.mu.Unlock()
		o.started = append(o.started, object.Name)
	}
}

// addRequests adds objects of a priority, one after the other.
func (o *workerPool) addRequests(priority int, names ...string) {
	for _, name := range names {
		o.queue.AddWithOpts(priorityqueue.AddOpts{Priority: &priority}, newRequest(name))
		synctest.Wait()
	}
}

// finishRequest ends the work on an object, after which the worker takes another.
func (o *workerPool) finishRequest(name string) {
	o.queue.Done(newRequest(name))
	go o.runWorker()
	synctest.Wait()
}

func (o *workerPool) expectStarted(want ...string) {
	o.t.Helper()
	synctest.Wait()
	o.mu.Lock()
	defer o.mu.Unlock()
	if diff := cmp.Diff(want, o.started); diff != "" {
		o.t.Errorf("started (-want +got):\n%s", diff)
	}
}

func newRequest(name string) reconcile.Request {
	return reconcile.Request{NamespacedName: types.NamespacedName{Name: name}}
}

// However much there is to do, a worker is free for what a person waits for.
func TestWorkersAreReservedForEdits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newWorkerPool(t, 2)
		o.addRequests(0, "first", "second", "third", "fourth")
		o.expectStarted("first", "second")
		o.addRequests(HighPriority, "edited")
		o.expectStarted("first", "second", "edited")
		o.finishRequest("edited")
		o.expectStarted("first", "second", "edited")
		o.finishRequest("first")
		o.expectStarted("first", "second", "edited", "fourth")
		o.addRequests(HighPriority, "another", "one more")
		o.finishRequest("second")
		o.expectStarted("first", "second", "edited", "fourth", "another", "one more", "third")
	})
}

// What is to be looked at after a while, or was refused before, is urgent when its time has come.
func TestDelayedHighPriorityRequestsStartInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newWorkerPool(t, 1)
		o.addRequests(0, "first", "second")
		o.queue.AddWithOpts(priorityqueue.AddOpts{Priority: new(HighPriority), After: time.Minute}, newRequest("later"))
		o.queue.AddWithOpts(priorityqueue.AddOpts{Priority: new(HighPriority), RateLimited: true}, newRequest("refused"))
		o.expectStarted("first")
		time.Sleep(time.Second + signalDelay)
		o.expectStarted("first", "refused")
		time.Sleep(time.Minute)
		o.expectStarted("first", "refused", "later")
	})
}

// An edit of what is worked on counts when that is done.
func TestEditOfAnInFlightRequestHasHighPriority(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newWorkerPool(t, 1)
		o.addRequests(0, "first", "second", "third")
		o.addRequests(HighPriority, "edited")
		o.addRequests(HighPriority, "edited")
		o.expectStarted("first", "edited")
		o.finishRequest("edited")
		o.expectStarted("first", "edited", "edited")
	})
}

// Edits that found a worker at once leave the order of the others as it is.
func TestEditsKeepTheOrderOfOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newWorkerPool(t, 2)
		o.addRequests(HighPriority, "edited")
		o.addRequests(0, "first", "second", "third")
		o.finishRequest("first")
		o.expectStarted("edited", "first", "second", "third")
	})
}

// An edit of what waits for its turn lets it go at once.
func TestEditOfAQueuedRequestHasHighPriority(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newWorkerPool(t, 1)
		o.addRequests(0, "first", "second", "third")
		o.addRequests(HighPriority, "second")
		o.expectStarted("first", "second")
		o.finishRequest("first")
		o.expectStarted("first", "second", "third")
	})
}

// A queue that is shut down keeps no worker, whatever it waits for.
func TestShutdownStopsWaitingWorkers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newWorkerPool(t, 1)
		o.addRequests(0, "first", "second")
		o.queue.ShutDown()
		o.expectStarted("first")
	})
}

// All workers take urgent objects, where there are enough of them.
func TestManyEditsTakeAllWorkers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newWorkerPool(t, 2)
		names := []string{"1", "2", "3", "4", "5", "6", "7", "8", "9", "10"}
		o.addRequests(HighPriority, append(names, "11")...)
		o.expectStarted(names...)
	})
}
