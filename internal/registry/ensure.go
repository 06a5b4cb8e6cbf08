// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package registry

import (
	"cmp"
	"time"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/bulk"
)

// Ensure makes the connection be what config says. It is cheap when it is so
// already. Otherwise the poller is started or replaced: on the same server and
// workspace the new client takes over with all that is known of the models and with
// the state, on another server nothing is kept. A config that no client can be made
// of is returned as an error and rejects the connection.
func (p *Provider) Ensure(key Key, config ConnectionConfig) error {
	config.Client.ReadOnly = p.readOnly
	if p.has(key, config) {
		return nil
	}
	client, err := mlflow.New(config.Client)
	if err != nil {
		p.Reject(key, err)
		return err
	}
	p.replace(key, func(old *connection) *connection { return p.connect(key, config, client, old) })
	return nil
}

// Reject makes the connection known and not ready for a cause that lies before any
// request: a missing Secret, an invalid CA. Polling stops, so that a credential that
// was taken away is not used on. What is known of the models waits for the next
// Ensure.
func (p *Provider) Reject(key Key, cause error) {
	if s := p.State(key); s.Known && !p.polls(key) && sameError(s.Err, cause) {
		return
	}
	p.replace(key, func(old *connection) *connection { return p.rejected(key, cause, old) })
}

// Remove forgets the connection and ends its poller.
func (p *Provider) Remove(key Key) {
	p.mu.Lock()
	c, known := p.connections[key]
	if known {
		delete(p.connections, key)
		c.stop()
	}
	p.mu.Unlock()
	if known {
		p.hub.emit(Event{Key: key})
	}
}

// replace puts another connection in the place of the old one, which may be nil.
func (p *Provider) replace(key Key, next func(old *connection) *connection) {
	p.mu.Lock()
	old := p.connections[key]
	c := next(old)
	if old != nil {
		old.stop()
	}
	p.connections[key] = c
	p.run(c)
	p.mu.Unlock()
	p.hub.emit(Event{Key: key})
}

func (p *Provider) has(key Key, config ConnectionConfig) bool {
	p.mu.RLock()
	defer p.mu.RUnlock()
	c, known := p.connections[key]
	return known && c.config != nil && c.config.same(config)
}

func (p *Provider) polls(key Key) bool {
	p.mu.RLock()
	defer p.mu.RUnlock()
	c, known := p.connections[key]
	return known && c.config != nil
}

// connect makes a connection with a client.
func (p *Provider) connect(key Key, config ConnectionConfig, client *mlflow.Client, old *connection) *connection {
	interval := config.PollInterval
	if interval <= 0 {
		interval = defaultPollInterval
	}
	server := ServerOf(config.Client)
	state := State{Known: true, Unsettled: true, Since: p.clock.Now(), Server: server}
	store := newStore()
	if old != nil && old.view.server == server {
		state, store = old.heir(state), old.view.store
	}
	state.EffectiveInterval = max(interval, lastInterval(config, old))
	c := p.newConnection(key, server, state, store)
	c.config = &config
	c.view.client = client
	c.view.reader = bulk.NewReader(client)
	c.view.poller.lister = p.listerOf(client)
	c.view.poller.workspace = config.Client.Workspace
	c.view.poller.interval = interval
	c.view.poller.duty = duty(cmp.Or(config.DutyPercent, p.dutyPercent, int(defaultDuty)))
	return c
}

// lastInterval is what was found out before of how often the registry can be read; 0 where
// nothing was, or where it is asked for something else now.
func lastInterval(config ConnectionConfig, old *connection) time.Duration {
	switch {
	case old == nil:
		return config.LastInterval
	case old.config == nil || old.view.server != ServerOf(config.Client),
		old.config.PollInterval != config.PollInterval, old.config.DutyPercent != config.DutyPercent:
		return 0
	default:
		return old.view.poller.health.get().EffectiveInterval
	}
}

// rejected makes a connection without a client. It keeps the store of the server
// that was, should the next Ensure be for the same one.
func (p *Provider) rejected(key Key, cause error, old *connection) *connection {
	state := State{Known: true, Since: p.clock.Now(), Err: cause}
	if old == nil {
		return p.newConnection(key, "", state, newStore())
	}
	state.Server = old.view.server
	state.Models = old.view.store.len()
	return p.newConnection(key, old.view.server, state, old.view.store)
}

func (p *Provider) newConnection(key Key, server string, state State, store *store) *connection {
	poller := &poller{
		key:    key,
		clock:  p.clock,
		jitter: p.jitter,
		store:  store,
		health: newHealth(p.clock, state),
		emit:   p.hub.emit,

		grace:    p.grace,
		declared: p.declared,
		observe:  p.observe,

		now:  make(chan struct{}, 1),
		soon: make(chan struct{}, 1),
	}
	return &connection{view: &View{key: key, server: server, store: store, poller: poller}}
}
