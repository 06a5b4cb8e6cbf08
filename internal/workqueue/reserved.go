// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package workqueue

import (
	"sync"
	"time"

	"k8s.io/client-go/util/workqueue"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/controller/priorityqueue"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
)

// WithReservedWorkers adds workers to those of the options, which reconcile only requests with high
// priority. Without them, no worker would be free for an edit for seconds while many reconciles wait for a shared
// read.
func WithReservedWorkers(options controller.Options) controller.Options {
	ordinary := options.MaxConcurrentReconciles
	options.MaxConcurrentReconciles += maxInteractive
	options.NewQueue = func(name string, limiter workqueue.TypedRateLimiter[reconcile.Request]) queue {
		inner := priorityqueue.New(name, func(o *priorityqueue.Opts[reconcile.Request]) { o.RateLimiter = limiter })
		return newReservedQueue(ordinary, inner, limiter)
	}
	return options
}

// signalDelay is how much later than its due time a delayed request is signalled. A signal before the inner queue
// has the request ready is lost, and the request would wait for an ordinary slot.
const signalDelay = 20 * time.Millisecond

// reservedQueue bounds how many requests without high priority are in flight.
type reservedQueue struct {
	priorityqueue.PriorityQueue[reconcile.Request]
	limiter workqueue.TypedRateLimiter[reconcile.Request]
	// ordinarySlots has an entry for each request in flight without high priority.
	ordinarySlots chan struct{}
	// highPriorityReady signals that a request with high priority may be ready.
	highPriorityReady chan struct{}
	// stopped is closed when the queue is shut down.
	stopped  chan struct{}
	shutDown func()

	// getMu admits one worker at a time: one that has a request and waits for a slot
	// is enough.
	getMu chan struct{}

	mu sync.Mutex
	// inFlight are the requests that workers have.
	inFlight map[reconcile.Request]inFlightRequest
}

// inFlightRequest is the state of a request that a worker has.
type inFlightRequest struct {
	// hasSlot is whether it occupies an ordinary slot.
	hasSlot bool
	// highPriorityPending is whether it was added again with high priority since.
	highPriorityPending bool
}

func newReservedQueue(
	ordinary int, inner priorityqueue.PriorityQueue[reconcile.Request], limiter workqueue.TypedRateLimiter[reconcile.Request],
) *reservedQueue {
	stopped := make(chan struct{})
	return &reservedQueue{
		PriorityQueue:     inner,
		limiter:           limiter,
		ordinarySlots:     make(chan struct{}, ordinary),
		highPriorityReady: make(chan struct{}, 1),
		stopped:           stopped,
		shutDown:          sync.OnceFunc(func() { close(stopped); inner.ShutDown() }),
		getMu:             make(chan struct{}, 1),
		inFlight:          map[reconcile.Request]inFlightRequest{},
	}
}

// GetWithPriority waits for a request that may be reconciled now. A request that has no slot when one with
// high priority becomes ready is added again, behind the others with its priority.
func (q *reservedQueue) GetWithPriority() (reconcile.Request, int, bool) {
	q.getMu <- struct{}{}
	defer func() { <-q.getMu }()
	for {
		// The inner queue has all requests that were signalled until now.
		select {
		case <-q.highPriorityReady:
		default:
		}
		object, priority, shutdown := q.PriorityQueue.GetWithPriority()
		if shutdown {
			return object, priority, shutdown
		}
		if priority >= HighPriority || q.waitForSlot() {
			q.beginRequest(object, inFlightRequest{hasSlot: priority < HighPriority})
			return object, priority, false
		}
		q.PriorityQueue.Done(object)
		q.PriorityQueue.AddWithOpts(priorityqueue.AddOpts{Priority: &priority}, object)
	}
}

// waitForSlot returns false if a request with high priority may be ready, or if the queue is shut down.
func (q *reservedQueue) waitForSlot() bool {
	select {
	case q.ordinarySlots <- struct{}{}:
		return true
	default:
	}
	select {
	case q.ordinarySlots <- struct{}{}:
		return true
	case <-q.highPriorityReady:
		return false
	case <-q.stopped:
		return false
	}
}

func (q *reservedQueue) beginRequest(object reconcile.Request, state inFlightRequest) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.inFlight[object] = state
}

// Get is GetWithPriority without the priority.
func (q *reservedQueue) Get() (reconcile.Request, bool) {
	object, _, shutdown := q.GetWithPriority()
	return object, shutdown
}

// AddWithOpts adds requests. It signals those with high priority, when they are ready, to a worker that waits
// for a slot.
func (q *reservedQueue) AddWithOpts(o priorityqueue.AddOpts, objects ...reconcile.Request) {
	if o.Priority == nil || *o.Priority < HighPriority {
		q.PriorityQueue.AddWithOpts(o, objects...)
		return
	}
	for _, object := range objects {
		delayed := q.delayRequest(o, object)
		q.PriorityQueue.AddWithOpts(delayed, object)
		if delayed.After > 0 {
			time.AfterFunc(delayed.After+signalDelay, func() { q.signalIfAvailable(object) })
		} else {
			q.signalIfAvailable(object)
		}
	}
}

// delayRequest applies the rate limiter, instead of the inner queue, because signalling needs the delay.
func (q *reservedQueue) delayRequest(o priorityqueue.AddOpts, object reconcile.Request) priorityqueue.AddOpts {
	if o.RateLimited {
		o.RateLimited = false
		if limited := q.limiter.When(object); o.After == 0 || limited < o.After {
			o.After = limited
		}
	}
	return o
}

// signalIfAvailable signals a request with high priority. One that is in flight is signalled when that
// reconcile is done.
func (q *reservedQueue) signalIfAvailable(object reconcile.Request) {
	q.mu.Lock()
	state, busy := q.inFlight[object]
	if busy {
		state.highPriorityPending = true
		q.inFlight[object] = state
	}
	q.mu.Unlock()
	if !busy {
		q.signalHighPriority()
	}
}

func (q *reservedQueue) signalHighPriority() {
	select {
	case q.highPriorityReady <- struct{}{}:
	default:
	}
}

// Done releases the slot of a request, if it has one.
func (q *reservedQueue) Done(object reconcile.Request) {
	q.mu.Lock()
	state := q.inFlight[object]
	delete(q.inFlight, object)
	q.mu.Unlock()
	q.PriorityQueue.Done(object)
	if state.highPriorityPending {
		q.signalHighPriority()
	}
	if state.hasSlot {
		<-q.ordinarySlots
	}
}

// ShutDown shuts down the inner queue and releases all waiting workers.
func (q *reservedQueue) ShutDown() {
	q.shutDown()
}
