// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
)

// watch waits for a condition on the objects of a tracker.
type watch struct {
	condition func() bool
	seen      chan time.Time
}

func (t *tracker) notifyWatches(key string, at time.Time) {
	var left []*watch
	for _, w := range t.watches[key] {
		if w.condition() {
			w.seen <- at
			continue
		}
		left = append(left, w)
	}
	t.watches[key] = left
}

// watch returns a watch for a condition. Start it before the action that makes the condition
// true.
func (t *tracker) watch(key string, condition func() bool) *watch {
	w := &watch{condition: condition, seen: make(chan time.Time, 1)}
	t.mu.Lock()
	defer t.mu.Unlock()
	if condition() {
		w.seen <- time.Now()
		return w
	}
	t.watches[key] = append(t.watches[key], w)
	return w
}

// wait returns the time at which the condition was first observed.
func (w *watch) wait(ctx context.Context) (time.Time, error) {
	select {
	case at := <-w.seen:
		return at, nil
	case <-ctx.Done():
		return time.Time{}, ctx.Err()
	}
}

// watchReady watches for a number of Ready objects.
func (t *tracker) watchReady(count int) *watch {
	return t.watch("", func() bool { return len(t.ready) >= count })
}

// watchPromotion watches for a promotion whose status is current and meets a condition.
func (t *tracker) watchPromotion(name string, condition func(*v1alpha1.ModelPromotion) bool) *watch {
	key := objectKey(&v1alpha1.ModelPromotion{ObjectMeta: metav1.ObjectMeta{Name: name}})
	return t.watch(key, func() bool {
		p, known := t.objects[key].(*v1alpha1.ModelPromotion)
		return known && isReady(p) && condition(p)
	})
}
