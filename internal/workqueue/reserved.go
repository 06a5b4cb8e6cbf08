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

// WithReservedWorkers lets a controller work on a few objects more than its options say, which are then
// urgent ones: in bulk, where passes wait for what is read for all of them together, no worker
// would be free for an edit for seconds.
func WithReservedWorkers(options controller.Options) controller.Options {
	ordinary := options.MaxConcurrentReconciles
	options.MaxConcurrentReconciles += maxInteractive
	options.NewQueue = func(name string, limiter workqueue.TypedRateLimiter[reconcile.Request]) queue {
		inner := priorityqueue.New(name, func(o *priorityqueue.Opts[reconcile.Request]) { o.RateLimiter = limiter })
		return newReservedQueue(ordinary, inner, limiter)
	}
	return options
}

// signalDelay is how much later than the inner queue we look for what was to wait: what is told too
// early would have to wait for a slot.
const signalDelay = 20 * time.Millisecond

// reservedQueue is a queue that hands out only so many objects at a time that are not urgent.
type reservedQueue struct {
	priorityqueue.PriorityQueue[reconcile.Request]
	limiter workqueue.TypedRateLimiter[reconcile.Request]
	// ordinarySlots are taken by what is worked on and not urgent.
	ordinarySlots chan struct{}
	// highPriorityReady tells that something urgent may be had.
	highPriorityReady chan struct{}
	// stopped is closed when the queue is shut down.
	stopped  chan struct{}
	shutDown func()

	// getMu is passed by one worker at a time: one that holds an object and waits for a slot
	// is enough.
	getMu chan struct{}

	mu sync.Mutex
	// inFlight are the objects that are worked on.
	inFlight map[reconcile.Request]inFlightRequest
}

// inFlightRequest is what is known of an object that is worked on.
type inFlightRequest struct {
	// hasSlot is whether it has one.
	hasSlot bool
	// highPriorityPending is whether something urgent came for it meanwhile.
	highPriorityPending bool
}

func newReservedQueue(
	ordinary int, inner priorityqueue.PriorityQueue[reconcile.Request], limiter workqueue.TypedRateLimiter[reconcile.Request],
) *reservedQueue {
	down := make(chan struct{})
	return &reservedQueue{
		PriorityQueue:     inner,
		limiter:           limiter,
		ordinarySlots:     make(chan struct{}, ordinary),
		highPriorityReady: make(chan struct{}, 1),
		stopped:           down,
		shutDown:          sync.OnceFunc(func() { close(down); inner.ShutDown() }),
		getMu:             make(chan struct{}, 1),
		inFlight:          map[reconcile.Request]inFlightRequest{},
	}
}

// GetWithPriority waits for an object that may be worked on now. One that has to give way to
// an urgent one goes behind its like.
func (q *reservedQueue) GetWithPriority() (reconcile.Request, int, bool) {
	q.getMu <- struct{}{}
	defer func() { <-q.getMu }()
	for {
		// What was told until now, the queue knows.
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

// waitForSlot gives up when something urgent may be had, or nothing more will.
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

func (q *reservedQueue) beginRequest(object reconcile.Request, w inFlightRequest) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.inFlight[object] = w
}

// Get is GetWithPriority for who does not ask for the priority.
func (q *reservedQueue) Get() (reconcile.Request, bool) {
	object, _, shutdown := q.GetWithPriority()
	return object, shutdown
}

// AddWithOpts adds objects. A worker that waits for a slot is told of those that need none,
// once they may be had.
func (q *reservedQueue) AddWithOpts(o priorityqueue.AddOpts, objects ...reconcile.Request) {
	if o.Priority == nil || *o.Priority < HighPriority {
		q.PriorityQueue.AddWithOpts(o, objects...)
		return
	}
	for _, object := range objects {
		due := q.delayRequest(o, object)
		q.PriorityQueue.AddWithOpts(due, object)
		if due.After > 0 {
			time.AfterFunc(due.After+signalDelay, func() { q.signalIfAvailable(object) })
		} else {
			q.signalIfAvailable(object)
		}
	}
}

// delayRequest asks the limiter in place of the inner queue, which does not tell its answer.
func (q *reservedQueue) delayRequest(o priorityqueue.AddOpts, object reconcile.Request) priorityqueue.AddOpts {
	if o.RateLimited {
		o.RateLimited = false
		if limited := q.limiter.When(object); o.After == 0 || limited < o.After {
			o.After = limited
		}
	}
	return o
}

// signalIfAvailable tells a worker that waits for a slot of an urgent object. One that is worked on can't
// be had before that is done.
func (q *reservedQueue) signalIfAvailable(object reconcile.Request) {
	q.mu.Lock()
	w, busy := q.inFlight[object]
	if busy {
		w.highPriorityPending = true
		q.inFlight[object] = w
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

// Done gives back the slot of an object, if it had one.
func (q *reservedQueue) Done(object reconcile.Request) {
	q.mu.Lock()
	w := q.inFlight[object]
	delete(q.inFlight, object)
	q.mu.Unlock()
	q.PriorityQueue.Done(object)
	if w.highPriorityPending {
		q.signalHighPriority()
	}
	if w.hasSlot {
		<-q.ordinarySlots
	}
}

// ShutDown ends the wait of all workers.
func (q *reservedQueue) ShutDown() {
	q.shutDown()
}
