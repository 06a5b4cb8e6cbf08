// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	toolscache "k8s.io/client-go/tools/cache"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/test/envtest"
)

// tracker watches the objects of the namespace as a dashboard would, and knows to the
// moment when something about them was first seen.
type tracker struct {
	cancel context.CancelFunc
	ended  chan struct{}

	mu      sync.Mutex
	objects map[string]client.Object
	// changes is how many events came: one for each write of an object.
	changes int
	// ready are the objects that are Ready at their generation.
	ready map[string]bool
	// waiting are looked at with each event about the object of that name; those of "" with
	// each event.
	waiting map[string][]*waiter
}

// track watches until stop. Nothing has to exist yet.
func track(plane *envtest.ControlPlane) (*tracker, error) {
	scheme, err := envtest.NewScheme()
	if err != nil {
		return nil, err
	}
	watch, err := cache.New(plane.Config, cache.Options{
		Scheme:            scheme,
		DefaultNamespaces: map[string]cache.Config{namespace: {}},
		DefaultTransform:  cache.TransformStripManagedFields(),
	})
	if err != nil {
		return nil, err
	}
	t := &tracker{
		objects: map[string]client.Object{}, ready: map[string]bool{}, waiting: map[string][]*waiter{}, ended: make(chan struct{}),
	}
	ctx, cancel := context.WithCancel(context.Background())
	t.cancel = cancel
	for _, kind := range []client.Object{&v1alpha1.RegisteredModel{}, &v1alpha1.ModelPromotion{}, &v1alpha1.MLflowConnection{}} {
		if err := t.listen(ctx, watch, kind); err != nil {
			cancel()
			return nil, err
		}
	}
	go func() {
		defer close(t.ended)
		_ = watch.Start(ctx) // it ends with its context
	}()
	return t, nil
}

func (t *tracker) listen(ctx context.Context, watch cache.Cache, kind client.Object) error {
	informer, err := watch.GetInformer(ctx, kind, cache.BlockUntilSynced(false))
	if err != nil {
		return err
	}
	_, err = informer.AddEventHandler(toolscache.ResourceEventHandlerFuncs{
		AddFunc:    func(now any) { t.see(now.(client.Object)) },
		UpdateFunc: func(_, now any) { t.see(now.(client.Object)) },
	})
	return err
}

func (t *tracker) stop() {
	t.cancel()
	<-t.ended
}

// keyOf is unique in the namespace.
func keyOf(object client.Object) string { return fmt.Sprintf("%T/%s", object, object.GetName()) }

func (t *tracker) see(object client.Object) {
	at := time.Now()
	t.mu.Lock()
	defer t.mu.Unlock()
	key := keyOf(object)
	t.objects[key] = object
	t.changes++
	if isReady(object) {
		t.ready[key] = true
	} else {
		delete(t.ready, key)
	}
	t.wake(key, at)
	t.wake("", at)
}

// versions are the resource versions of everything, which change with each write.
func (t *tracker) versions() map[string]string {
	t.mu.Lock()
	defer t.mu.Unlock()
	all := map[string]string{}
	for key, object := range t.objects {
		all[key] = object.GetResourceVersion()
	}
	return all
}

// changeCount is how many writes of objects were seen.
func (t *tracker) changeCount() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.changes
}

// readyCount is for a sentence about what was not reached.
func (t *tracker) readyCount() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.ready)
}

func isReady(object client.Object) bool {
	var conditions []metav1.Condition
	switch o := object.(type) {
	case *v1alpha1.RegisteredModel:
		conditions = o.Status.Conditions
	case *v1alpha1.ModelPromotion:
		conditions = o.Status.Conditions
	case *v1alpha1.MLflowConnection:
		conditions = o.Status.Conditions
	}
	ready := meta.FindStatusCondition(conditions, v1alpha1.ConditionReady)
	return ready != nil && ready.Status == metav1.ConditionTrue && ready.ObservedGeneration == object.GetGeneration()
}
