// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package modelpromotion_test

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
	"github.com/neuronews/mlflow-registry-operator/internal/registry"
)

var connection = registry.Key{Namespace: "default", Name: "mlflow"}

// operator is the part of the world that can be killed.
type operator struct {
	clock      *stillClock
	provider   *registry.Provider
	models     *registeredmodel.Reconciler
	promotions *modelpromotion.Reconciler
	versions   *modelversion.Reconciler
	// ctx is that of the passes. It ends when the operator is killed.
	ctx    context.Context
	cancel context.CancelFunc
	ended  chan struct{}
}

func startOperator(w *world) *operator {
	w.started++
	ctx, cancel := context.WithCancel(w.ctx)
	o := &operator{clock: newStillClock(), ctx: ctx, cancel: cancel, ended: make(chan struct{})}
	o.provider = registry.NewProvider(registry.Options{Clock: o.clock, ReadOnly: w.switches.WhyReadOnly()})
	o.models = &registeredmodel.Reconciler{
		Client: w.kube, Reader: w.kube, Registry: o.provider, Recorder: &events.FakeRecorder{}, Instance: "test",
		Switches: w.switches,
		Clock:    w.clock,
	}
	o.promotions = &modelpromotion.Reconciler{
		Client: w.kube, Reader: w.kube, Registry: o.provider, Recorder: &events.FakeRecorder{}, Instance: "test",
		Clock: w.clock, Meter: &w.counted, Switches: w.switches, Identities: &w.guard,
	}
	o.versions = &modelversion.Reconciler{
		Client: w.kube, Reader: w.kube, Registry: o.provider, Recorder: &events.FakeRecorder{}, Instance: "test",
		Clock: w.registering, Switches: w.switches,
	}
	w.must(o.provider.Ensure(connection, registry.ConnectionConfig{Client: mlflow.Config{URL: w.mlflow.URL}}))
	go func() {
		defer close(o.ended)
		_ = o.provider.Start(ctx)
	}()
	<-o.clock.rested
	return o
}

// stop lets the operator finish nothing.
func (o *operator) stop() {
	o.cancel()
	<-o.ended
}

// poll lists the registry once, and returns when the view shows it, or when the
// operator was killed meanwhile.
func (w *world) poll() {
	w.operator.provider.PollNow(connection)
	select {
	case <-w.operator.clock.rested:
	case <-w.operator.ended:
	}
}

// round is what the work queue would do after a poll that wakes everybody. An operator
// that was killed starts again. What failed is tried again in the next round.
func (w *world) round() {
	passes := []func(){w.poll, func() { _ = w.reconcileModel() }}
	for _, name := range w.registrations {
		passes = append(passes, func() { _ = w.reconcileVersion(name) })
	}
	for _, name := range w.promotions {
		passes = append(passes, func() { _ = w.reconcilePromotion(name) })
	}
	w.registering.SetTime(w.registering.Now().Add(betweenRounds))
	for _, pass := range passes {
		pass()
		if w.dead.Load() {
			w.restart()
		}
	}
}

// betweenRounds is longer than a registration is waited for whose answer was lost.
const betweenRounds = 2 * time.Minute

// settle is long enough for everything to be done after a crash: by one promotion, by
// another one that follows it, and by the model that tells of both.
func (w *world) settle() {
	for range 4 {
		w.round()
	}
}

func (w *world) reconcileModel() error {
	_, err := w.operator.models.Reconcile(w.operator.ctx, reconcile.Request{
		NamespacedName: types.NamespacedName{Namespace: "default", Name: sentiment},
	})
	return err
}

func (w *world) reconcileVersion(name string) error {
	_, err := w.operator.versions.Reconcile(w.operator.ctx, reconcile.Request{
		NamespacedName: types.NamespacedName{Namespace: "default", Name: name},
	})
	return err
}

func (w *world) reconcilePromotion(name string) error {
	_, err := w.operator.promotions.Reconcile(w.operator.ctx, reconcile.Request{
		NamespacedName: types.NamespacedName{Namespace: "default", Name: name},
	})
	return err
}

// kill ends the pass that is under way, at once. What it asks for after this, nobody
// hears.
func (w *world) kill() {
	w.dead.Store(true)
	w.operator.cancel()
}
