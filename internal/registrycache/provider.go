// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package registrycache

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/manager"
	"sigs.k8s.io/controller-runtime/pkg/source"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
)

var (
	// ErrNotFound means that the Provider has no entry for the connection: the object does
	// not exist, or its controller has not reconciled it yet. An event follows when it has.
	ErrNotFound = errors.New("connection is not known")
	// ErrNotReady means that the connection can't be used now. It wraps the cause; an event
	// follows when that changes.
	ErrNotReady = errors.New("connection is not ready")
	// errFirstListPending is the cause as long as there is no other.
	errFirstListPending = errors.New("its models are being listed for the first time")
)

// Options configure a Provider; the zero Options are valid.
type Options struct {
	// Clock is the clock of the pollers; nil is the real one.
	Clock clock.WithTicker
	// DutyCyclePercent is the share of the time that the lists of a connection may take
	// if the connection does not set it; 0 is 10.
	DutyCyclePercent int
	// GracePeriod is how long an outage lasts before objects report it; 0 is 30 s, and
	// less than 0 is no grace period.
	GracePeriod time.Duration
	// DeclaredModels returns which models of a connection are declared, so that the pollers need not read
	// a whole registry because of a few models. If it is nil, or fails, they read the full registry.
	DeclaredModels func(context.Context, Key) (DeclaredModels, error)
	// ReadOnlyReason is why the clients of all connections must not write; if it is empty, they may.
	ReadOnlyReason string
	// ObservePoll is called after each poll, from many goroutines; it may be nil.
	ObservePoll func(Poll)
}

// Provider has one Snapshot for each connection and runs their pollers.
type Provider struct {
	pollerOptions

	newLister        func(*mlflow.Client) Lister
	dutyCyclePercent int
	readOnlyReason   string
	broadcaster      broadcaster

	mu          sync.RWMutex
	connections map[Key]*connection
	// ctx is the context of the pollers, which run longer than the reconcile that
	// starts them; it is nil until Start.
	ctx     context.Context
	pollers sync.WaitGroup
}

var (
	_ manager.Runnable               = (*Provider)(nil)
	_ manager.LeaderElectionRunnable = (*Provider)(nil)
)

// NewProvider makes a Provider without connections.
func NewProvider(options Options) *Provider {
	if options.Clock == nil {
		options.Clock = clock.RealClock{}
	}
	if options.ObservePoll == nil {
		options.ObservePoll = func(Poll) {}
	}
	return &Provider{
		pollerOptions: pollerOptions{
			clock:          options.Clock,
			jitter:         addJitter,
			gracePeriod:    cmp.Or(options.GracePeriod, defaultGracePeriod),
			declaredModels: options.DeclaredModels,
			observePoll:    options.ObservePoll,
		},
		newLister:        func(c *mlflow.Client) Lister { return c },
		dutyCyclePercent: options.DutyCyclePercent,
		readOnlyReason:   options.ReadOnlyReason,
		connections:      map[Key]*connection{},
	}
}

// Start runs the pollers until ctx ends, and returns when all of them have ended.
// Ensure may be called earlier; polling begins here.
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

// NeedLeaderElection returns true, so that a standby replica does not poll what only the leader uses.
func (p *Provider) NeedLeaderElection() bool {
	return true
}

// stopAll stops all pollers. The lock excludes a startPoller that began before ctx ended, so
// that the wait group is complete after it.
func (p *Provider) stopAll() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.connections {
		c.stopPoller()
	}
}

// startPoller starts the poller of a connection that has a client, between Start and the end of ctx.
func (p *Provider) startPoller(c *connection) {
	if c.config == nil || p.ctx == nil || p.ctx.Err() != nil {
		return
	}
	ctx, cancel := context.WithCancel(p.ctx)
	c.cancel = cancel
	p.pollers.Go(func() { c.snapshot.poller.run(ctx) })
}

// Ensure makes the connection have this configuration. It is cheap if nothing
// changed. Otherwise it starts or replaces the poller: on the same server and
// workspace the new client takes over the known models and
// the state, on another server neither. If the configuration is invalid, Ensure
// returns the error and marks the connection as not ready.
func (p *Provider) Ensure(key Key, config ConnectionConfig) error {
	config.Client.ReadOnlyReason = p.readOnlyReason
	if c := p.getConnection(key); c != nil && c.config != nil && c.config.isSame(config) {
		return nil
	}
	client, err := mlflow.New(config.Client)
	if err != nil {
		p.MarkNotReady(key, err)
		return err
	}
	p.replaceConnection(key, func(old *connection) *connection { return p.newPolledConnection(key, config, client, old) })
	return nil
}

// MarkNotReady makes the connection known and not ready for a cause before any
// request: a missing Secret, an invalid CA. Polling stops, so that a removed credential
// is no longer used. The known models are kept for the next
// Ensure.
func (p *Provider) MarkNotReady(key Key, cause error) {
	if c := p.getConnection(key); c != nil && c.config == nil && isSameError(c.getState().Err, cause) {
		return
	}
	p.replaceConnection(key, func(old *connection) *connection { return p.newNotReadyConnection(key, cause, old) })
}

// Remove removes the connection and stops its poller.
func (p *Provider) Remove(key Key) {
	p.mu.Lock()
	c, known := p.connections[key]
	if known {
		delete(p.connections, key)
		c.stopPoller()
	}
	p.mu.Unlock()
	if known {
		p.broadcaster.emit(Event{Key: key})
	}
}

// PollNow starts a full list of the connection's models at once, or a second one after a list in progress.
func (p *Provider) PollNow(key Key) {
	if c := p.getConnection(key); c != nil {
		signalChannel(c.snapshot.poller.pollNow)
	}
}

// Get returns the snapshot of a ready connection, or ErrNotFound, or ErrNotReady with the cause.
func (p *Provider) Get(key Key) (*Snapshot, error) {
	c := p.getConnection(key)
	if c == nil {
		return nil, fmt.Errorf("%w: %s", ErrNotFound, describeKey(key))
	}
	state := c.getState()
	if state.Ready {
		return c.snapshot, nil
	}
	cause := state.Err
	if cause == nil {
		cause = errFirstListPending
	}
	return nil, fmt.Errorf("%w: %s: %w", ErrNotReady, describeKey(key), cause)
}

// State returns the state of a connection, or the zero State if it is not known.
func (p *Provider) State(key Key) State {
	if c := p.getConnection(key); c != nil {
		return c.getState()
	}
	return State{}
}

// States returns the states of all known connections.
func (p *Provider) States() map[Key]State {
	p.mu.RLock()
	defer p.mu.RUnlock()
	states := make(map[Key]State, len(p.connections))
	for key, c := range p.connections {
		states[key] = c.getState()
	}
	return states
}

// Source returns a source that enqueues the objects that the events of all connections affect. The name is for
// logs. A source that starts late begins with one event for each known connection.
func (p *Provider) Source(name string, mapFn MapFunc) source.Source {
	return &eventSource{name: name, mapFn: mapFn, broadcaster: &p.broadcaster, connectionKeys: p.connectionKeys}
}

func (p *Provider) connectionKeys() []Key {
	p.mu.RLock()
	defer p.mu.RUnlock()
	keys := make([]Key, 0, len(p.connections))
	for key := range p.connections {
		keys = append(keys, key)
	}
	return keys
}

// getConnection returns nil for an unknown key.
func (p *Provider) getConnection(key Key) *connection {
	p.mu.RLock()
	defer p.mu.RUnlock()
	return p.connections[key]
}

// replaceConnection replaces the old connection, which may be nil.
func (p *Provider) replaceConnection(key Key, newConnection func(old *connection) *connection) {
	p.mu.Lock()
	old := p.connections[key]
	c := newConnection(old)
	if old != nil {
		old.stopPoller()
	}
	p.connections[key] = c
	p.startPoller(c)
	p.mu.Unlock()
	p.broadcaster.emit(Event{Key: key})
}

// newPolledConnection makes a connection with a client.
func (p *Provider) newPolledConnection(key Key, config ConnectionConfig, client *mlflow.Client, old *connection) *connection {
	interval := config.PollInterval
	if interval <= 0 {
		interval = defaultPollInterval
	}
	serverID := ServerID(config.Client)
	state := State{Known: true, InGracePeriod: true, LastTransitionTime: p.clock.Now(), ServerID: serverID}
	store := newStore()
	if old != nil && old.snapshot.serverID == serverID {
		state, store = old.inheritState(state), old.snapshot.store
	}
	state.EffectiveInterval = max(interval, inheritInterval(config, old))
	poller := newPoller(key, p.pollerOptions, store, newHealth(p.clock, state), p.broadcaster.emit)
	poller.lister = p.newLister(client)
	poller.interval = interval
	poller.dutyCycle = dutyCycle(cmp.Or(config.DutyCyclePercent, p.dutyCyclePercent, int(defaultDutyCycle)))
	c := newConnection(poller, serverID)
	c.setClient(config, client)
	return c
}

// newNotReadyConnection makes a connection without a client. It keeps the store of the last
// server, in case the next Ensure is for the same one.
func (p *Provider) newNotReadyConnection(key Key, cause error, old *connection) *connection {
	state := State{Known: true, LastTransitionTime: p.clock.Now(), Err: cause}
	store := newStore()
	if old != nil {
		store = old.snapshot.store
		state.ServerID = old.snapshot.serverID
		state.ModelCount = store.modelCount()
	}
	poller := newPoller(key, p.pollerOptions, store, newHealth(p.clock, state), p.broadcaster.emit)
	return newConnection(poller, state.ServerID)
}
