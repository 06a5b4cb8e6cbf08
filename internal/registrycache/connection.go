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
)

// ConnectionConfig is all that a connection is made of, its secrets included: it is
// compared whole to see whether anything changed. Never log it.
type ConnectionConfig struct {
	Client mlflow.Config
	// PollInterval is how often to look; 0 is 30 s.
	PollInterval time.Duration
	// DutyCyclePercent is the share of the time that lists may take; 0 is the Provider's.
	DutyCyclePercent int
	// PreviousInterval is what State.EffectiveInterval was when another operator was at work; 0 is
	// unknown. It is where this one begins, so that a restart alone changes nothing.
	PreviousInterval time.Duration
}

// isSame leaves out the observer, which is a function and can't be compared, and what is for the
// beginning alone.
func (c ConnectionConfig) isSame(other ConnectionConfig) bool {
	c.Client.ObserveRequest, other.Client.ObserveRequest = nil, nil
	c.PreviousInterval, other.PreviousInterval = 0, 0
	return reflect.DeepEqual(c, other)
}

// connection is one key's entry in the Provider.
type connection struct {
	// config is nil when there is none to connect with.
	config   *ConnectionConfig
	snapshot *Snapshot
	// cancel is nil while the poller does not run.
	cancel context.CancelFunc
}

// stopPoller ends the poller. It does not wait for a request that is under way: what it
// brings home is dropped.
func (c *connection) stopPoller() {
	c.snapshot.poller.health.markStopped()
	if c.cancel != nil {
		c.cancel()
	}
	if c.snapshot.client != nil {
		c.snapshot.client.CloseIdleConnections()
	}
}

// inheritState is the state that the next connection to the same server starts with. A
// failure stands until its poll tells otherwise; what was rejected before any
// request is settled by there being a next connection.
func (c *connection) inheritState(fresh State) State {
	if c.config == nil {
		return fresh
	}
	return c.snapshot.poller.health.currentState()
}

// ServerID is one spelling for all ways to write the same server. Without a header a
// server with workspaces answers for the one named default.
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
