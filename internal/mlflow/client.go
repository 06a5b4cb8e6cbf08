// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflow

import (
	"context"
	"net/http"
	"time"

	"github.com/neuronews/mlflow-registry-operator/internal/limiter"
)

// Client speaks to one MLflow server. It is safe for many goroutines, and keeps
// nothing between calls but connections.
type Client struct {
	config    Config
	baseURL   string
	transport *http.Transport
	// roundTripper is the wire with credentials. It is not an http.Client, which would
	// follow redirects: MLflow's API has none, a login page does, and credentials
	// must not travel.
	roundTripper http.RoundTripper
	limiter      *limiter.Limiter
	// waitBackoff waits before a read is repeated; tests replace it.
	waitBackoff func(ctx context.Context, retry int) error
}

// RequestInfo tells what one HTTP request did. Its strings come from small fixed
// sets, so that they can label a metric.
type RequestInfo struct {
	Method   string
	Endpoint string
	// Code is the HTTP status, or "error" when there was no whole answer.
	Code     string
	Duration time.Duration
}

// New makes a client. It does no I/O; its errors are one sentence, without secrets.
func New(config Config) (*Client, error) {
	config = config.withDefaults()
	base, err := config.baseURL()
	if err != nil {
		return nil, err
	}
	if err := config.validate(); err != nil {
		return nil, err
	}
	wire, err := newTransport(config)
	if err != nil {
		return nil, err
	}
	return &Client{
		config:       config,
		baseURL:      base,
		transport:    wire,
		roundTripper: withAuth(wire, config.Auth),
		limiter:      limiter.NewAdaptive(config.MaxInFlight),
		waitBackoff:  waitBackoff,
	}, nil
}

// Timeout is how long one attempt of a request may take.
func (c *Client) Timeout() time.Duration {
	return c.config.Timeout
}

// CloseIdleConnections lets go of what a client that is replaced would keep for
// some seconds.
func (c *Client) CloseIdleConnections() {
	c.transport.CloseIdleConnections()
}
