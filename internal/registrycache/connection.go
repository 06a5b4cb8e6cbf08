// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package registrycache

import (
	"context"
	"net/url"
	"reflect"
	"strings"
	"time"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/batch"
)

// ConnectionConfig has all settings of a connection, including its secrets: comparing two of them
// shows whether anything changed. Never log it.
type ConnectionConfig struct {
	Client mlflow.Config
	// PollInterval is the interval between two polls; 0 is 30 s.
	PollInterval time.Duration
	// DutyCyclePercent is the share of the time that lists may take; 0 is the Provider's.
	DutyCyclePercent int
	// PreviousInterval is the State.EffectiveInterval of an earlier process; 0 is unknown. The first
	// interval of this one is at least that, so that a restart alone changes nothing.
	PreviousInterval time.Duration
}

// isSame ignores ObserveRequest, a function that can't be compared, and PreviousInterval, which only
// the first configuration uses.
func (c ConnectionConfig) isSame(other ConnectionConfig) bool {
	c.Client.ObserveRequest, other.Client.ObserveRequest = nil, nil
	c.PreviousInterval, other.PreviousInterval = 0, 0
	return reflect.DeepEqual(c, other)
}

// connection is the Provider's entry for one key.
type connection struct {
	// config is nil if the connection is not ready for a reason before any request.
	config   *ConnectionConfig
	snapshot *Snapshot
	// cancel is nil while the poller does not run.
	cancel context.CancelFunc
}

// newConnection makes a connection that has no client and is not polled.
func newConnection(p *poller, serverID string) *connection {
	return &connection{snapshot: &Snapshot{key: p.key, serverID: serverID, store: p.store, poller: p}}
}

// setClient makes the connection one that can be polled.
func (c *connection) setClient(config ConnectionConfig, client *mlflow.Client) {
	c.config = &config
	c.snapshot.client = client
	c.snapshot.reader = batch.NewReader(client)
	c.snapshot.poller.workspace = config.Client.Workspace
}

// getState returns the state of the connection.
func (c *connection) getState() State {
	return c.snapshot.poller.health.currentState()
}

// stopPoller stops the poller. It does not wait for a request in progress, whose answer
// is dropped.
func (c *connection) stopPoller() {
	c.snapshot.poller.health.markStopped()
	if c.cancel != nil {
		c.cancel()
	}
	if c.snapshot.client != nil {
		c.snapshot.client.CloseIdleConnections()
	}
}

// inheritState returns the initial state of the next connection to the same server. A
// failure remains until the first poll of that one ends; a cause before any
// request is over once there is a next connection.
func (c *connection) inheritState(initial State) State {
	if c.config == nil {
		return initial
	}
	return c.getState()
}

// inheritInterval returns how often earlier polls found that the registry can be read; 0 if that is
// unknown, or if another interval or duty cycle is requested now. The old connection may be nil.
func inheritInterval(config ConnectionConfig, old *connection) time.Duration {
	switch {
	case old == nil:
		return config.PreviousInterval
	case old.config == nil || old.snapshot.serverID != ServerID(config.Client),
		old.config.PollInterval != config.PollInterval, old.config.DutyCyclePercent != config.DutyCyclePercent:
		return 0
	default:
		return old.getState().EffectiveInterval
	}
}

// ServerID returns one spelling for all spellings of the same server and workspace. Without a workspace
// header, a server with workspaces answers for the workspace named default.
func ServerID(config mlflow.Config) string {
	u, err := url.Parse(config.URL)
	if err != nil {
		return ""
	}
	id := url.URL{
		Scheme: strings.ToLower(u.Scheme),
		Host:   normalizeHost(u),
		Path:   strings.TrimRight(u.Path, "/"),
	}
	if config.Workspace != "" && config.Workspace != "default" {
		id.RawQuery = url.Values{"workspace": {config.Workspace}}.Encode()
	}
	return id.String()
}

func normalizeHost(u *url.URL) string {
	host := strings.ToLower(u.Host)
	switch strings.ToLower(u.Scheme) {
	case "http":
		return strings.TrimSuffix(host, ":80")
	case "https":
		return strings.TrimSuffix(host, ":443")
	}
	return host
}
