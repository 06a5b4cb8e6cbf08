// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflow

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/neuronews/mlflow-registry-operator/internal/limiter"
)

// Client calls one MLflow server. It is safe for concurrent use, and keeps nothing
// between calls but connections.
type Client struct {
	config    Config
	baseURL   string
	transport *http.Transport
	// roundTripper is transport with authentication. It is not an http.Client, which
	// follows redirects: MLflow's API has none, a login page does, and credentials must
	// not reach another server.
	roundTripper http.RoundTripper
	limiter      *limiter.Limiter
	// waitBackoff waits before a retry; tests replace it.
	waitBackoff func(ctx context.Context, retry int) error
}

// RequestInfo describes one HTTP request. Its strings come from small fixed sets, so that
// they can be labels of a metric.
type RequestInfo struct {
	Method string
	// Endpoint is the call, such as registered-models/get.
	Endpoint string
	// Code is the HTTP status, or "error" if there was no complete answer.
	Code     string
	Duration time.Duration
}

// New creates a client. It does no I/O. Its errors are one sentence and contain no secrets.
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

// Timeout returns how long one attempt of a request may take.
func (c *Client) Timeout() time.Duration {
	return c.config.Timeout
}

// CloseIdleConnections closes the connections that no request uses. Call it when another
// client replaces this one; otherwise they close after idleTimeout.
func (c *Client) CloseIdleConnections() {
	c.transport.CloseIdleConnections()
}

const (
	// defaultTimeout leaves room for a page of 1000 models, which takes about a second, on
	// a server that has just started.
	defaultTimeout = 30 * time.Second
	// defaultMaxInFlight is the number of concurrent requests per worker beyond which a
	// server answers later and no faster.
	defaultMaxInFlight = 4
)

// Config is the address of an MLflow server and how to call it.
type Config struct {
	// URL is absolute, http or https; a path prefix is allowed.
	URL string
	// Auth authenticates the requests; nil is anonymous.
	Auth Auth
	// CABundle holds certificate authorities in PEM, which replace those of the system.
	CABundle []byte
	// InsecureSkipVerify accepts any certificate of the server.
	InsecureSkipVerify bool
	// Workspace is sent with each request. Empty sends no header, because a server
	// without workspaces rejects any value.
	Workspace string
	// Timeout limits one HTTP request with its response body; 0 is 30s.
	Timeout time.Duration
	// MaxInFlight limits the concurrent requests, reads and writes together; 0 is 4.
	MaxInFlight int
	// ReadOnlyReason says why the client must not write. It then returns ErrReadOnly for each
	// write without sending it. Empty allows writes.
	ReadOnlyReason string
	// ObserveRequest is called after each HTTP request, retries included. It must be safe
	// for concurrent use; nil observes nothing.
	ObserveRequest func(RequestInfo)
}

// withDefaults returns the config with defaults in place of zero values.
func (c Config) withDefaults() Config {
	if c.Timeout <= 0 {
		c.Timeout = defaultTimeout
	}
	if c.MaxInFlight <= 0 {
		c.MaxInFlight = defaultMaxInFlight
	}
	if c.ObserveRequest == nil {
		c.ObserveRequest = func(RequestInfo) {}
	}
	return c
}

// validate reports a value with which no request can succeed. Its errors repeat no value
// of the config, because a user may have put a password into the wrong field.
func (c Config) validate() error {
	if !isValidHeaderValue(c.Workspace) {
		return errors.New("the workspace contains a line break or another control character")
	}
	if c.Auth == nil {
		return nil
	}
	return c.Auth.validateCredentials()
}

// baseURL validates the URL and returns it without a trailing slash.
func (c Config) baseURL() (string, error) {
	u, err := url.Parse(c.URL)
	switch {
	case err != nil, u.Scheme != "http" && u.Scheme != "https", u.Hostname() == "", !isValidPort(u.Port()):
		return "", errors.New("the URL is not an absolute http or https URL")
	case u.User != nil:
		return "", errors.New("the URL contains a user name or a password: give them as credentials instead")
	case u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return "", errors.New("the URL contains a query or a fragment")
	default:
		return strings.TrimRight(u.String(), "/"), nil
	}
}

// isValidPort reports whether a port is absent or fits 16 bits; url.Parse checks only that
// it is a number.
func isValidPort(port string) bool {
	_, err := strconv.ParseUint(port, 10, 16)
	return port == "" || err == nil
}

// isValidHeaderValue reports whether a text may be the value of an HTTP header.
func isValidHeaderValue(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r == 0x7f })
}
