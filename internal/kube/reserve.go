// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package kube

import (
	"sync"
	"time"

	"k8s.io/client-go/util/workqueue"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/controller/priorityqueue"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
)

// Reserve lets a controller work on a few objects more than its options say, which are then
// urgent ones: in bulk, where passes wait for what is read for all of them together, no worker
// would be free for an edit for seconds.
func Reserve(options controller.Options) controller.Options {
	ordinary := options.MaxConcurrentReconciles
	options.MaxConcurrentReconciles += mostUrgent
	options.NewQueue = func(name string, limiter workqueue.TypedRateLimiter[reconcile.Request]) queue {
		inner := priorityqueue.New(name, func(o *priorityqueue.Opts[reconcile.Request]) { o.RateLimiter = limiter })
		return reserving(ordinary, inner, limiter)
	}
	return options
}

// late is how much later than the inner queue we look for what was to wait: what is told too
// early would have to wait for a slot.
const late = 20 * time.Millisecond

// reserve is a queue that hands out only so many objects at a time that are not urgent.
type reserve struct {
	priorityqueue.PriorityQueue[reconcile.Request]
	limiter workqueue.TypedRateLimiter[reconcile.Request]
	// slots are taken by what is worked on and not urgent.
	slots chan struct{}
	// urgent tells that something urgent may be had.
	urgent chan struct{}
	// down is closed when the queue is shut down.
	down     chan struct{}
	shutDown func()

	// door is passed by one worker at a time: one that holds an object and waits for a slot
	// is enough.
	door chan struct{}

	mu sync.Mutex
	// working are the objects that are worked on.
	working map[reconcile.Request]work
}

// work is what is known of an object that is worked on.
type work struct {
	// slot is whether it has one.
	slot bool
	// edited is whether something urgent came for it meanwhile.
	edited bool
}

func reserving(
	ordinary int, inner priorityqueue.PriorityQueue[reconcile.Request], limiter workqueue.TypedRateLimiter[reconcile.Request],
) *reserve {
	down := make(chan struct{})
	return &reserve{
		PriorityQueue: inner,
		limiter:       limiter,
		slots:         make(chan struct{}, ordinary),
		urgent:        make(chan struct{}, 1),
		down:          down,
		shutDown:      sync.OnceFunc(func() { close(down); inner.ShutDown() }),
		door:          make(chan struct{}, 1),
		working:       map[reconcile.Request]work{},
	}
}

// GetWithPriority waits for an object that may be worked on now. One that has to give way to
// an urgent one goes behind its like.
func (q *reserve) GetWithPriority() (reconcile.Request, int, bool) {
	q.door <- struct{}{}
	defer func() { <-q.door }()
	for {
		// What was told until now, the queue knows.
		select {
		case <-q.urgent:
		default:
		}
		object, priority, shutdown := q.PriorityQueue.GetWithPriority()
		if shutdown {
			return object, priority, shutdown
		}
		if priority >= Urgent || q.awaitSlot() {
			q.begin(object, work{slot: priority < Urgent})
			return object, priority, false
		}
		q.PriorityQueue.Done(object)
		q.PriorityQueue.AddWithOpts(priorityqueue.AddOpts{Priority: &priority}, object)
	}
}

// awaitSlot gives up when something urgent may be had, or nothing more will.
func (q *reserve) awaitSlot() bool {
	select {
	case q.slots <- struct{}{}:
		return true
	default:
	}
	select {
	case q.slots <- struct{}{}:
		return true
	case <-q.urgent:
		return false
	case <-q.down:
		return false
	}
}

func (q *reserve) begin(object reconcile.Request, w work) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.working[object] = w
}

// Get is GetWithPriority for who does not ask for the priority.
func (q *reserve) Get() (reconcile.Request, bool) {
	object, _, shutdown := q.GetWithPriority()
	return object, shutdown
}

// AddWithOpts adds objects. A worker that waits for a slot is told of those that need none,
// once they may be had.
func (q *reserve) AddWithOpts(o priorityqueue.AddOpts, objects ...reconcile.Request) {
	if o.Priority == nil || *o.Priority < Urgent {
		q.PriorityQueue.AddWithOpts(o, objects...)
		return
	}
	for _, object := range objects {
		due := q.delay(o, object)
		q.PriorityQueue.AddWithOpts(due, object)
		if due.After > 0 {
			time.AfterFunc(due.After+late, func() { q.tell(object) })
		} else {
			q.tell(object)
		}
	}
}

// delay asks the limiter in place of the inner queue, which does not tell its answer.
func (q *reserve) delay(o priorityqueue.AddOpts, object reconcile.Request) priorityqueue.AddOpts {
	if o.RateLimited {
		o.RateLimited = false
		if limited := q.limiter.When(object); o.After == 0 || limited < o.After {
			o.After = limited
		}
	}
	return o
}

// tell tells a worker that waits for a slot of an urgent object. One that is worked on can't
// be had before that is done.
func (q *reserve) tell(object reconcile.Request) {
	q.mu.Lock()
	w, busy := q.working[object]
	if busy {
		w.edited = true
		q.working[object] = w
	}
	q.mu.Unlock()
	if !busy {
		q.signal()
	}
}

func (q *reserve) signal() {
	select {
	case q.urgent <- struct{}{}:
	default:
	}
}

// Done gives back the slot of an object, if it had one.
func (q *reserve) Done(object reconcile.Request) {
	q.mu.Lock()
	w := q.working[object]
	delete(q.working, object)
	q.mu.Unlock()
	q.PriorityQueue.Done(object)
	if w.edited {
		q.signal()
	}
	if w.slot {
		<-q.slots
	}
}

// ShutDown ends the wait of all workers.
func (q *reserve) ShutDown() {
	q.shutDown()
}
