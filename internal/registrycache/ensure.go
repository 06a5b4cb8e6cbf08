// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package registrycache

import (
	"cmp"
	"time"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/batch"
)

// Ensure makes the connection be what config says. It is cheap when it is so
// already. Otherwise the poller is started or replaced: on the same server and
// workspace the new client takes over with all that is known of the models and with
// the state, on another server nothing is kept. A config that no client can be made
// of is returned as an error and rejects the connection.
func (p *Provider) Ensure(key Key, config ConnectionConfig) error {
	config.Client.ReadOnlyReason = p.readOnlyReason
	if p.hasConfig(key, config) {
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

// MarkNotReady makes the connection known and not ready for a cause that lies before any
// request: a missing Secret, an invalid CA. Polling stops, so that a credential that
// was taken away is not used on. What is known of the models waits for the next
// Ensure.
func (p *Provider) MarkNotReady(key Key, cause error) {
	if s := p.State(key); s.Known && !p.isPolling(key) && isSameError(s.Err, cause) {
		return
	}
	p.replaceConnection(key, func(old *connection) *connection { return p.newNotReadyConnection(key, cause, old) })
}

// Remove forgets the connection and ends its poller.
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

// replaceConnection puts another connection in the place of the old one, which may be nil.
func (p *Provider) replaceConnection(key Key, next func(old *connection) *connection) {
	p.mu.Lock()
	old := p.connections[key]
	c := next(old)
	if old != nil {
		old.stopPoller()
	}
	p.connections[key] = c
	p.startPoller(c)
	p.mu.Unlock()
	p.broadcaster.emit(Event{Key: key})
}

func (p *Provider) hasConfig(key Key, config ConnectionConfig) bool {
	p.mu.RLock()
	defer p.mu.RUnlock()
	c, known := p.connections[key]
	return known && c.config != nil && c.config.isSame(config)
}

func (p *Provider) isPolling(key Key) bool {
	p.mu.RLock()
	defer p.mu.RUnlock()
	c, known := p.connections[key]
	return known && c.config != nil
}

// newPolledConnection makes a connection with a client.
func (p *Provider) newPolledConnection(key Key, config ConnectionConfig, client *mlflow.Client, old *connection) *connection {
	interval := config.PollInterval
	if interval <= 0 {
		interval = defaultPollInterval
	}
	server := ServerID(config.Client)
	state := State{Known: true, InGracePeriod: true, LastTransitionTime: p.clock.Now(), ServerID: server}
	store := newStore()
	if old != nil && old.snapshot.serverID == server {
		state, store = old.inheritState(state), old.snapshot.store
	}
	state.EffectiveInterval = max(interval, inheritInterval(config, old))
	c := p.newConnection(key, server, state, store)
	c.config = &config
	c.snapshot.client = client
	c.snapshot.reader = batch.NewReader(client)
	c.snapshot.poller.lister = p.newLister(client)
	c.snapshot.poller.workspace = config.Client.Workspace
	c.snapshot.poller.interval = interval
	c.snapshot.poller.dutyCycle = dutyCycle(cmp.Or(config.DutyCyclePercent, p.dutyCyclePercent, int(defaultDutyCycle)))
	return c
}

// inheritInterval is what was found out before of how often the registry can be read; 0 where
// nothing was, or where it is asked for something else now.
func inheritInterval(config ConnectionConfig, old *connection) time.Duration {
	switch {
	case old == nil:
		return config.PreviousInterval
	case old.config == nil || old.snapshot.serverID != ServerID(config.Client),
		old.config.PollInterval != config.PollInterval, old.config.DutyCyclePercent != config.DutyCyclePercent:
		return 0
	default:
		return old.snapshot.poller.health.currentState().EffectiveInterval
	}
}

// newNotReadyConnection makes a connection without a client. It keeps the store of the server
// that was, should the next Ensure be for the same one.
func (p *Provider) newNotReadyConnection(key Key, cause error, old *connection) *connection {
	state := State{Known: true, LastTransitionTime: p.clock.Now(), Err: cause}
	if old == nil {
		return p.newConnection(key, "", state, newStore())
	}
	state.ServerID = old.snapshot.serverID
	state.ModelCount = old.snapshot.store.modelCount()
	return p.newConnection(key, old.snapshot.serverID, state, old.snapshot.store)
}

func (p *Provider) newConnection(key Key, server string, state State, store *store) *connection {
	poller := &poller{
		key:    key,
		clock:  p.clock,
		jitter: p.jitter,
		store:  store,
		health: newHealth(p.clock, state),
		emit:   p.broadcaster.emit,

		gracePeriod:    p.gracePeriod,
		declaredModels: p.declaredModels,
		observePoll:    p.observePoll,

		pollNow:  make(chan struct{}, 1),
		pollSoon: make(chan struct{}, 1),
	}
	return &connection{snapshot: &Snapshot{key: key, serverID: server, store: store, poller: poller}}
}
