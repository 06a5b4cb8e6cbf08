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

// workerPool is a queue with workers that finish a request when the test does.
type workerPool struct {
	t     *testing.T
	queue priorityqueue.PriorityQueue[reconcile.Request]

	mu      sync.Mutex
	started []string
}

// newWorkerPool starts that many ordinary workers and the reserved ones.
func newWorkerPool(t *testing.T, ordinary int) *workerPool {
	options := WithReservedWorkers(controller.Options{MaxConcurrentReconciles: ordinary})
	limiter := workqueue.NewTypedItemExponentialFailureRateLimiter[reconcile.Request](time.Second, time.Second)
	p := &workerPool{t: t, queue: options.NewQueue("test", limiter).(priorityqueue.PriorityQueue[reconcile.Request])}
	t.Cleanup(p.queue.ShutDown)
	for range options.MaxConcurrentReconciles {
		go p.runWorker()
	}
	return p
}

// runWorker gets one request; finishRequest ends it.
func (p *workerPool) runWorker() {
	if object, _, shutdown := p.queue.GetWithPriority(); !shutdown {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.started = append(p.started, object.Name)
	}
}

// addRequests adds requests with a priority, one after the other.
func (p *workerPool) addRequests(priority int, names ...string) {
	for _, name := range names {
		p.queue.AddWithOpts(priorityqueue.AddOpts{Priority: &priority}, newRequest(name))
		synctest.Wait()
	}
}

// finishRequest ends a request, after which its worker gets another.
func (p *workerPool) finishRequest(name string) {
	p.queue.Done(newRequest(name))
	go p.runWorker()
	synctest.Wait()
}

func (p *workerPool) expectStarted(want ...string) {
	p.t.Helper()
	synctest.Wait()
	p.mu.Lock()
	defer p.mu.Unlock()
	if diff := cmp.Diff(want, p.started); diff != "" {
		p.t.Errorf("started (-want +got):\n%s", diff)
	}
}

func newRequest(name string) reconcile.Request {
	return reconcile.Request{NamespacedName: types.NamespacedName{Name: name}}
}

// A worker is free for an edit, however many other requests wait.
func TestWorkersAreReservedForEdits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newWorkerPool(t, 2)
		p.addRequests(0, "first", "second", "third", "fourth")
		p.expectStarted("first", "second")
		p.addRequests(HighPriority, "edited")
		p.expectStarted("first", "second", "edited")
		p.finishRequest("edited")
		p.expectStarted("first", "second", "edited")
		p.finishRequest("first")
		p.expectStarted("first", "second", "edited", "fourth")
		p.addRequests(HighPriority, "another", "one more")
		p.finishRequest("second")
		p.expectStarted("first", "second", "edited", "fourth", "another", "one more", "third")
	})
}

// A delayed or rate-limited request with high priority starts when it is due.
func TestDelayedHighPriorityRequestsStartInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newWorkerPool(t, 1)
		p.addRequests(0, "first", "second")
		p.queue.AddWithOpts(priorityqueue.AddOpts{Priority: new(HighPriority), After: time.Minute}, newRequest("later"))
		p.queue.AddWithOpts(priorityqueue.AddOpts{Priority: new(HighPriority), RateLimited: true}, newRequest("limited"))
		p.expectStarted("first")
		time.Sleep(time.Second + signalDelay)
		p.expectStarted("first", "limited")
		time.Sleep(time.Minute)
		p.expectStarted("first", "limited", "later")
	})
}

// An edit of a request in flight has high priority after that reconcile.
func TestEditOfAnInFlightRequestHasHighPriority(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newWorkerPool(t, 1)
		p.addRequests(0, "first", "second", "third")
		p.addRequests(HighPriority, "edited")
		p.addRequests(HighPriority, "edited")
		p.expectStarted("first", "edited")
		p.finishRequest("edited")
		p.expectStarted("first", "edited", "edited")
	})
}

// Edits that find a free worker do not change the order of the other requests.
func TestEditsKeepTheOrderOfOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newWorkerPool(t, 2)
		p.addRequests(HighPriority, "edited")
		p.addRequests(0, "first", "second", "third")
		p.finishRequest("first")
		p.expectStarted("edited", "first", "second", "third")
	})
}

// An edit of a waiting request starts it at once.
func TestEditOfAQueuedRequestHasHighPriority(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newWorkerPool(t, 1)
		p.addRequests(0, "first", "second", "third")
		p.addRequests(HighPriority, "second")
		p.expectStarted("first", "second")
		p.finishRequest("first")
		p.expectStarted("first", "second", "third")
	})
}

// ShutDown releases all workers, whatever they wait for.
func TestShutdownStopsWaitingWorkers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newWorkerPool(t, 1)
		p.addRequests(0, "first", "second")
		p.queue.ShutDown()
		p.expectStarted("first")
	})
}

// All workers take requests with high priority if there are enough of them.
func TestManyEditsTakeAllWorkers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newWorkerPool(t, 2)
		names := []string{"1", "2", "3", "4", "5", "6", "7", "8", "9", "10"}
		p.addRequests(HighPriority, append(names, "11")...)
		p.expectStarted(names...)
	})
}
