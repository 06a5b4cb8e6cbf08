// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package registrycache

import (
	"cmp"
	"context"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/manager"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
)

// Key names a connection: the namespace and the name of the MLflowConnection, or the name
// of the ClusterMLflowConnection, which has no namespace. The zero Key is the operator's
// own default connection.
type Key = types.NamespacedName

// IsShared tells whether a key is that of a ClusterMLflowConnection.
func IsShared(key Key) bool {
	return key.Namespace == "" && key.Name != ""
}

// Options change what a Provider is made with; the zero Options are for use.
type Options struct {
	// Clock is the time that pollers live by; nil is the real one.
	Clock clock.WithTicker
	// DutyCyclePercent is the share of the time that the lists of one connection may take,
	// where the connection does not say; 0 is 10.
	DutyCyclePercent int
	// GracePeriod is how long a connection may fail until its objects are told; 0 is 30 s, and
	// less than 0 is none.
	GracePeriod time.Duration
	// DeclaredModels tells which models of a connection are ours, so that a registry need not be
	// read whole for the sake of a few. Nil, or an error: all that it shows is read.
	DeclaredModels func(context.Context, Key) (DeclaredModels, error)
	// ReadOnlyReason says why no client of any connection may write; empty: they may.
	ReadOnlyReason string
	// ObservePoll hears of each look at a registry, from many goroutines; nil is nobody.
	ObservePoll func(Poll)
}

// Provider holds one View for each connection and runs their pollers.
type Provider struct {
	clock            clock.WithTicker
	jitter           func(time.Duration) time.Duration
	newLister        func(*mlflow.Client) Lister
	dutyCyclePercent int
	gracePeriod      time.Duration
	declaredModels   func(context.Context, Key) (DeclaredModels, error)
	readOnlyReason   string
	observePoll      func(Poll)
	broadcaster      broadcaster

	mu          sync.RWMutex
	connections map[Key]*connection
	// ctx is what the pollers run under, since they outlive the reconcile that asks
	// for them; it is nil until Start.
	ctx     context.Context
	pollers sync.WaitGroup
}

var (
	_ manager.Runnable               = (*Provider)(nil)
	_ manager.LeaderElectionRunnable = (*Provider)(nil)
)

// NewProvider makes a Provider that knows no connection yet.
func NewProvider(options Options) *Provider {
	if options.Clock == nil {
		options.Clock = clock.RealClock{}
	}
	if options.ObservePoll == nil {
		options.ObservePoll = func(Poll) {}
	}
	return &Provider{
		dutyCyclePercent: options.DutyCyclePercent,
		gracePeriod:      cmp.Or(options.GracePeriod, defaultGracePeriod),
		declaredModels:   options.DeclaredModels,
		readOnlyReason:   options.ReadOnlyReason,
		observePoll:      options.ObservePoll,
		clock:            options.Clock,
		jitter:           addJitter,
		newLister:        func(c *mlflow.Client) Lister { return c },
		connections:      map[Key]*connection{},
	}
}

// Start runs the pollers until ctx ends, and returns when all of them have ended.
// Connections may be ensured before it; they are polled from here on.
func (p *Provider) Start(ctx context.Context) error {
	p.mu.Lock()
	p.ctx = ctx
	for _, c := range p.connections {
		p.startPoller(c)
	}
	p.mu.Unlock()

	<-ctx.Done()
	p.stopAll()
	p.pollers.Wait()
	return nil
}

// stopAll lets go of all connections. Whoever started a poller before ctx ended held the
// lock, so that after this no poller is missing in the count.
func (p *Provider) stopAll() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.connections {
		c.stopPoller()
	}
}

// NeedLeaderElection keeps a standby replica from polling what only the leader uses.
func (p *Provider) NeedLeaderElection() bool {
	return true
}

// startPoller starts the poller of a connection, if it has one and this is the time.
func (p *Provider) startPoller(c *connection) {
	if c.config == nil || p.ctx == nil || p.ctx.Err() != nil {
		return
	}
	ctx, cancel := context.WithCancel(p.ctx)
	c.cancel = cancel
	p.pollers.Go(func() { c.snapshot.poller.run(ctx) })
}
