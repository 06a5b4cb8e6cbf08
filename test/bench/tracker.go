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

// tracker watches the objects of the namespace and records when a state was first observed.
type tracker struct {
	cancel  context.CancelFunc
	stopped chan struct{}

	mu      sync.Mutex
	objects map[string]client.Object
	// changes counts events: one for each write of an object.
	changes int
	// ready holds the objects that are Ready at their generation.
	ready map[string]bool
	// watches are checked on each event of the object of that key, and those of the key "" on
	// every event.
	watches map[string][]*watch
}

// startTracker needs neither objects nor the namespace to exist.
func startTracker(plane *envtest.ControlPlane) (*tracker, error) {
	scheme, err := envtest.NewScheme()
	if err != nil {
		return nil, err
	}
	informers, err := cache.New(plane.Config, cache.Options{
		Scheme:            scheme,
		DefaultNamespaces: map[string]cache.Config{namespace: {}},
		DefaultTransform:  cache.TransformStripManagedFields(),
	})
	if err != nil {
		return nil, err
	}
	t := &tracker{
		objects: map[string]client.Object{}, ready: map[string]bool{}, watches: map[string][]*watch{}, stopped: make(chan struct{}),
	}
	ctx, cancel := context.WithCancel(context.Background())
	t.cancel = cancel
	for _, kind := range []client.Object{&v1alpha1.RegisteredModel{}, &v1alpha1.ModelPromotion{}, &v1alpha1.MLflowConnection{}} {
		if err := t.addHandler(ctx, informers, kind); err != nil {
			cancel()
			return nil, err
		}
	}
	go func() {
		defer close(t.stopped)
		_ = informers.Start(ctx) // returns when the context ends
	}()
	return t, nil
}

func (t *tracker) addHandler(ctx context.Context, informers cache.Cache, kind client.Object) error {
	informer, err := informers.GetInformer(ctx, kind, cache.BlockUntilSynced(false))
	if err != nil {
		return err
	}
	_, err = informer.AddEventHandler(toolscache.ResourceEventHandlerFuncs{
		AddFunc:    func(now any) { t.recordObject(now.(client.Object)) },
		UpdateFunc: func(_, now any) { t.recordObject(now.(client.Object)) },
	})
	return err
}

func (t *tracker) stop() {
	t.cancel()
	<-t.stopped
}

// objectKey is unique in the namespace.
func objectKey(object client.Object) string { return fmt.Sprintf("%T/%s", object, object.GetName()) }

func (t *tracker) recordObject(object client.Object) {
	at := time.Now()
	t.mu.Lock()
	defer t.mu.Unlock()
	key := objectKey(object)
	t.objects[key] = object
	t.changes++
	if isReady(object) {
		t.ready[key] = true
	} else {
		delete(t.ready, key)
	}
	t.notifyWatches(key, at)
	t.notifyWatches("", at)
}

// resourceVersions returns the resource version of each object. It changes with each write.
func (t *tracker) resourceVersions() map[string]string {
	t.mu.Lock()
	defer t.mu.Unlock()
	all := map[string]string{}
	for key, object := range t.objects {
		all[key] = object.GetResourceVersion()
	}
	return all
}

// countChanges returns the number of observed writes.
func (t *tracker) countChanges() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.changes
}

// countReady returns the number of Ready objects.
func (t *tracker) countReady() int {
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
