// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package kube

import (
	"sync"

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
		return reserving(ordinary, priorityqueue.New(name, func(o *priorityqueue.Opts[reconcile.Request]) { o.RateLimiter = limiter }))
	}
	return options
}

// reserve is a queue that hands out only so many objects at a time that are not urgent.
type reserve struct {
	priorityqueue.PriorityQueue[reconcile.Request]
	// slots are taken by what is worked on and not urgent.
	slots chan struct{}
	// urgent tells that something urgent came.
	urgent chan struct{}
	// down is closed when the queue is shut down.
	down     chan struct{}
	shutDown func()

	// door is passed by one worker at a time: one that holds an object and waits for a slot
	// is enough.
	door chan struct{}

	mu    sync.Mutex
	taken map[reconcile.Request]struct{}
}

func reserving(ordinary int, inner priorityqueue.PriorityQueue[reconcile.Request]) *reserve {
	down := make(chan struct{})
	return &reserve{
		PriorityQueue: inner,
		slots:         make(chan struct{}, ordinary),
		urgent:        make(chan struct{}, 1),
		down:          down,
		shutDown:      sync.OnceFunc(func() { close(down); inner.ShutDown() }),
		door:          make(chan struct{}, 1),
		taken:         map[reconcile.Request]struct{}{},
	}
}

// GetWithPriority waits for an object that may be worked on now. One that has to give way to
// an urgent one goes behind its like.
func (q *reserve) GetWithPriority() (reconcile.Request, int, bool) {
	q.door <- struct{}{}
	defer func() { <-q.door }()
	for {
		object, priority, shutdown := q.PriorityQueue.GetWithPriority()
		if shutdown || priority >= Urgent || q.admit(object) {
			return object, priority, shutdown
		}
		q.PriorityQueue.Done(object)
		q.PriorityQueue.AddWithOpts(priorityqueue.AddOpts{Priority: &priority}, object)
	}
}

// admit waits for a slot. It gives up when something urgent came, or nothing more will.
func (q *reserve) admit(object reconcile.Request) bool {
	select {
	case q.slots <- struct{}{}:
	case <-q.urgent:
		return false
	case <-q.down:
		return false
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	q.taken[object] = struct{}{}
	return true
}

// Get is GetWithPriority for who does not ask for the priority.
func (q *reserve) Get() (reconcile.Request, bool) {
	object, _, shutdown := q.GetWithPriority()
	return object, shutdown
}

// AddWithOpts adds objects, and tells a worker that waits for a slot of those that need none.
func (q *reserve) AddWithOpts(o priorityqueue.AddOpts, objects ...reconcile.Request) {
	q.PriorityQueue.AddWithOpts(o, objects...)
	if o.Priority == nil || *o.Priority < Urgent {
		return
	}
	select {
	case q.urgent <- struct{}{}:
	default:
	}
}

// Done gives back the slot of an object, if it had one.
func (q *reserve) Done(object reconcile.Request) {
	q.mu.Lock()
	if _, taken := q.taken[object]; taken {
		delete(q.taken, object)
		<-q.slots
	}
	q.mu.Unlock()
	q.PriorityQueue.Done(object)
}

// ShutDown ends the wait of all workers.
func (q *reserve) ShutDown() {
	q.shutDown()
}
