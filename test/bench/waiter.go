// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
)

// waiter is somebody who waits for something to be so.
type waiter struct {
	so func() bool
	at chan time.Time
}

func (t *tracker) wake(key string, at time.Time) {
	var left []*waiter
	for _, w := range t.waiting[key] {
		if w.so() {
			w.at <- at
			continue
		}
		left = append(left, w)
	}
	t.waiting[key] = left
}

// expect begins to wait, before whatever makes it so is done.
func (t *tracker) expect(key string, so func() bool) *waiter {
	w := &waiter{so: so, at: make(chan time.Time, 1)}
	t.mu.Lock()
	defer t.mu.Unlock()
	if so() {
		w.at <- time.Now()
		return w
	}
	t.waiting[key] = append(t.waiting[key], w)
	return w
}

// wait is when it was seen to be so.
func (w *waiter) wait(ctx context.Context) (time.Time, error) {
	select {
	case at := <-w.at:
		return at, nil
	case <-ctx.Done():
		return time.Time{}, ctx.Err()
	}
}

// expectReady waits until so many objects are Ready.
func (t *tracker) expectReady(count int) *waiter {
	return t.expect("", func() bool { return len(t.ready) >= count })
}

// expectPromotion waits until the status of a promotion speaks of its spec, and is as wanted.
func (t *tracker) expectPromotion(name string, wanted func(*v1alpha1.ModelPromotion) bool) *waiter {
	key := keyOf(&v1alpha1.ModelPromotion{ObjectMeta: metav1.ObjectMeta{Name: name}})
	return t.expect(key, func() bool {
		p, known := t.objects[key].(*v1alpha1.ModelPromotion)
		return known && isReady(p) && wanted(p)
	})
}
