// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package simulation

import (
	"context"
	"sync/atomic"
	"time"

	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/tools/events"
	"k8s.io/utils/clock"
	clocktesting "k8s.io/utils/clock/testing"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/neuronews/mlflow-registry-operator/internal/controller/modelpromotion"
	"github.com/neuronews/mlflow-registry-operator/internal/controller/modelversion"
	"github.com/neuronews/mlflow-registry-operator/internal/controller/registeredmodel"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
	"github.com/neuronews/mlflow-registry-operator/internal/registrycache"
)

var connectionKey = registrycache.Key{Namespace: "default", Name: "mlflow"}

// operator is the part of an env that can be killed.
type operator struct {
	clock      *manualClock
	provider   *registrycache.Provider
	models     *registeredmodel.Reconciler
	promotions *modelpromotion.Reconciler
	versions   *modelversion.Reconciler
	// ctx is the context of every reconcile and poll. It ends when the operator is killed.
	ctx    context.Context
	cancel context.CancelFunc
	// done is closed when the provider has ended.
	done chan struct{}
}

func startOperator(e *env) *operator {
	e.operatorCount++
	ctx, cancel := context.WithCancel(e.ctx)
	o := &operator{clock: newManualClock(), ctx: ctx, cancel: cancel, done: make(chan struct{})}
	o.provider = registrycache.NewProvider(registrycache.Options{Clock: o.clock, ReadOnlyReason: e.flags.ReadOnlyReason()})
	o.models = &registeredmodel.Reconciler{
		Client: e.kube, APIReader: e.kube, Registry: o.provider, Recorder: &events.FakeRecorder{}, InstanceID: "test",
		Clock: e.clock, Flags: e.flags,
	}
	o.promotions = &modelpromotion.Reconciler{
		Client: e.kube, APIReader: e.kube, Registry: o.provider, Recorder: &events.FakeRecorder{}, InstanceID: "test",
		Clock: e.clock, Metrics: &e.recordedMetrics, Flags: e.flags, ApprovalVerifier: &e.verifier,
	}
	o.versions = &modelversion.Reconciler{
		Client: e.kube, APIReader: e.kube, Registry: o.provider, Recorder: &events.FakeRecorder{}, InstanceID: "test",
		Clock: e.versionClock, Flags: e.flags,
	}
	e.must(o.provider.Ensure(connectionKey, registrycache.ConnectionConfig{Client: mlflow.Config{URL: e.mlflow.URL}}))
	go func() {
		defer close(o.done)
		_ = o.provider.Start(ctx)
	}()
	<-o.clock.pollDone
	return o
}

// stop ends the operator without a chance to finish a request.
func (o *operator) stop() {
	o.cancel()
	<-o.done
}

// pollRegistry polls the registry once. It returns when the snapshot is up to date, or when
// the operator was killed.
func (e *env) pollRegistry() {
	e.operator.provider.PollNow(connectionKey)
	select {
	case <-e.operator.clock.pollDone:
	case <-e.operator.done:
	}
}

// runRound does what the work queue does after a poll that enqueues every object. An operator
// that was killed starts again. A reconcile that failed is repeated in the next round.
func (e *env) runRound() {
	steps := []func(){e.pollRegistry, func() { _ = e.reconcileModel() }}
	for _, name := range e.modelVersions {
		steps = append(steps, func() { _ = e.reconcileVersion(name) })
	}
	for _, name := range e.promotions {
		steps = append(steps, func() { _ = e.reconcilePromotion(name) })
	}
	e.versionClock.SetTime(e.versionClock.Now().Add(roundInterval))
	for _, step := range steps {
		step()
		if e.killed.Load() {
			e.restartOperator()
		}
	}
}

// roundInterval is longer than the operator waits for a registration if the response was lost.
const roundInterval = 2 * time.Minute

// runUntilSettled runs four rounds: enough after a crash for one promotion, for another one
// that follows it, and for the model whose status reports both.
func (e *env) runUntilSettled() {
	for range 4 {
		e.runRound()
	}
}

func (e *env) reconcileModel() error {
	_, err := e.operator.models.Reconcile(e.operator.ctx, reconcile.Request{
		NamespacedName: types.NamespacedName{Namespace: "default", Name: sentiment},
	})
	return err
}

func (e *env) reconcileVersion(name string) error {
	_, err := e.operator.versions.Reconcile(e.operator.ctx, reconcile.Request{
		NamespacedName: types.NamespacedName{Namespace: "default", Name: name},
	})
	return err
}

func (e *env) reconcilePromotion(name string) error {
	_, err := e.operator.promotions.Reconcile(e.operator.ctx, reconcile.Request{
		NamespacedName: types.NamespacedName{Namespace: "default", Name: name},
	})
	return err
}

// noon is the time at which every clock starts. Only tests advance the clocks.
var noon = time.Date(2026, 5, 3, 12, 0, 0, 0, time.UTC)

// manualClock never fires, so that a poller polls only after PollNow. A poller makes a timer
// at the end of each poll, and pollDone then receives a value.
type manualClock struct {
	*clocktesting.FakeClock
	pollDone chan struct{}
}

func newManualClock() *manualClock {
	return &manualClock{FakeClock: clocktesting.NewFakeClock(noon), pollDone: make(chan struct{}, 1)}
}

func (c *manualClock) NewTimer(d time.Duration) clock.Timer {
	timer := c.FakeClock.NewTimer(d)
	c.pollDone <- struct{}{}
	return timer
}

// newTickingClock returns the clock of MLflow and of approvals. It advances by a second with each
// call, so that an object that is deleted and created again has another timestamp.
func newTickingClock() func() time.Time {
	var count atomic.Int64
	return func() time.Time { return noon.Add(time.Duration(count.Add(1)) * time.Second) }
}

// advanceClock advances the clock of the operators.
func (e *env) advanceClock(d time.Duration) { e.clock.SetTime(e.clock.Now().Add(d)) }
