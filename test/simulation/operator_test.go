// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package simulation

import (
	"context"
	"time"

	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/tools/events"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/neuronews/mlflow-registry-operator/internal/controller/modelpromotion"
	"github.com/neuronews/mlflow-registry-operator/internal/controller/modelversion"
	"github.com/neuronews/mlflow-registry-operator/internal/controller/registeredmodel"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
	"github.com/neuronews/mlflow-registry-operator/internal/registrycache"
)

var connectionKey = registrycache.Key{Namespace: "default", Name: "mlflow"}

// operator is the part of the world that can be killed.
type operator struct {
	clock      *manualClock
	provider   *registrycache.Provider
	models     *registeredmodel.Reconciler
	promotions *modelpromotion.Reconciler
	versions   *modelversion.Reconciler
	// ctx is that of the passes. It ends when the operator is killed.
	ctx    context.Context
	cancel context.CancelFunc
	done   chan struct{}
}

func startOperator(w *env) *operator {
	w.operatorCount++
	ctx, cancel := context.WithCancel(w.ctx)
	o := &operator{clock: newManualClock(), ctx: ctx, cancel: cancel, done: make(chan struct{})}
	o.provider = registrycache.NewProvider(registrycache.Options{Clock: o.clock, ReadOnlyReason: w.flags.ReadOnlyReason()})
	o.models = &registeredmodel.Reconciler{
		Client: w.kube, APIReader: w.kube, Registry: o.provider, Recorder: &events.FakeRecorder{}, InstanceID: "test",
		Flags: w.flags,
		Clock: w.clock,
	}
	o.promotions = &modelpromotion.Reconciler{
		Client: w.kube, APIReader: w.kube, Registry: o.provider, Recorder: &events.FakeRecorder{}, InstanceID: "test",
		Clock: w.clock, Metrics: &w.recordedMetrics, Flags: w.flags, ApprovalVerifier: &w.verifier,
	}
	o.versions = &modelversion.Reconciler{
		Client: w.kube, APIReader: w.kube, Registry: o.provider, Recorder: &events.FakeRecorder{}, InstanceID: "test",
		Clock: w.registrationClock, Flags: w.flags,
	}
	w.must(o.provider.Ensure(connectionKey, registrycache.ConnectionConfig{Client: mlflow.Config{URL: w.mlflow.URL}}))
	go func() {
		defer close(o.done)
		_ = o.provider.Start(ctx)
	}()
	<-o.clock.pollDone
	return o
}

// stop lets the operator finish nothing.
func (o *operator) stop() {
	o.cancel()
	<-o.done
}

// pollRegistry lists the registry once, and returns when the view shows it, or when the
// operator was killed meanwhile.
func (w *env) pollRegistry() {
	w.operator.provider.PollNow(connectionKey)
	select {
	case <-w.operator.clock.pollDone:
	case <-w.operator.done:
	}
}

// runRound is what the work queue would do after a poll that wakes everybody. An operator
// that was killed starts again. What failed is tried again in the next round.
func (w *env) runRound() {
	passes := []func(){w.pollRegistry, func() { _ = w.reconcileModel() }}
	for _, name := range w.registrations {
		passes = append(passes, func() { _ = w.reconcileVersion(name) })
	}
	for _, name := range w.promotions {
		passes = append(passes, func() { _ = w.reconcilePromotion(name) })
	}
	w.registrationClock.SetTime(w.registrationClock.Now().Add(roundInterval))
	for _, pass := range passes {
		pass()
		if w.dead.Load() {
			w.restartOperator()
		}
	}
}

// roundInterval is longer than a registration is waited for whose answer was lost.
const roundInterval = 2 * time.Minute

// runUntilSettled is long enough for everything to be done after a crash: by one promotion, by
// another one that follows it, and by the model that tells of both.
func (w *env) runUntilSettled() {
	for range 4 {
		w.runRound()
	}
}

func (w *env) reconcileModel() error {
	_, err := w.operator.models.Reconcile(w.operator.ctx, reconcile.Request{
		NamespacedName: types.NamespacedName{Namespace: "default", Name: sentiment},
	})
	return err
}

func (w *env) reconcileVersion(name string) error {
	_, err := w.operator.versions.Reconcile(w.operator.ctx, reconcile.Request{
		NamespacedName: types.NamespacedName{Namespace: "default", Name: name},
	})
	return err
}

func (w *env) reconcilePromotion(name string) error {
	_, err := w.operator.promotions.Reconcile(w.operator.ctx, reconcile.Request{
		NamespacedName: types.NamespacedName{Namespace: "default", Name: name},
	})
	return err
}

// killOperator ends the pass that is under way, at once. What it asks for after this, nobody
// hears.
func (w *env) killOperator() {
	w.dead.Store(true)
	w.operator.cancel()
}
