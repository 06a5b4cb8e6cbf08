// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package registry

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
	// DutyPercent is the share of the time that lists may take; 0 is the Provider's.
	DutyPercent int
	// LastInterval is what State.EffectiveInterval was when another operator was at work; 0 is
	// unknown. It is where this one begins, so that a restart alone changes nothing.
	LastInterval time.Duration
}

// same leaves out the observer, which is a function and can't be compared, and what is for the
// beginning alone.
func (c ConnectionConfig) same(other ConnectionConfig) bool {
	c.Client.Observe, other.Client.Observe = nil, nil
	c.LastInterval, other.LastInterval = 0, 0
	return reflect.DeepEqual(c, other)
}

// connection is one key's entry in the Provider.
type connection struct {
	// config is nil when there is none to connect with.
	config *ConnectionConfig
	view   *View
	// cancel is nil while the poller does not run.
	cancel context.CancelFunc
}

// stop ends the poller. It does not wait for a request that is under way: what it
// brings home is dropped.
func (c *connection) stop() {
	c.view.poller.health.retire()
	if c.cancel != nil {
		c.cancel()
	}
	if c.view.client != nil {
		c.view.client.CloseIdleConnections()
	}
}

// heir is the state that the next connection to the same server starts with. A
// failure stands until its poll tells otherwise; what was rejected before any
// request is settled by there being a next connection.
func (c *connection) heir(fresh State) State {
	if c.config == nil {
		return fresh
	}
	return c.view.poller.health.get()
}

// ServerOf is one spelling for all ways to write the same server. Without a header a
// server with workspaces answers for the one named default.
func ServerOf(config mlflow.Config) string {
	u, err := url.Parse(config.URL)
	if err != nil {
		return ""
	}
	id := url.URL{
		Scheme: strings.ToLower(u.Scheme),
		Host:   hostOf(u),
		Path:   strings.TrimRight(u.Path, "/"),
	}
	if config.Workspace != "" && config.Workspace != "default" {
		id.RawQuery = url.Values{"workspace": {config.Workspace}}.Encode()
	}
	return id.String()
}

func hostOf(u *url.URL) string {
	host := strings.ToLower(u.Host)
	switch strings.ToLower(u.Scheme) {
	case "http":
		return strings.TrimSuffix(host, ":80")
	case "https":
		return strings.TrimSuffix(host, ":443")
	}
	return host
}
