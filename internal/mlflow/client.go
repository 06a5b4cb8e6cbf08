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

const (
	// defaultTimeout leaves room for a page of 1000 models, about a second, on a
	// server that has just started.
	defaultTimeout = 30 * time.Second
	// defaultMaxInFlight is where a server stops getting faster: past four requests
	// in flight per worker, answers only come later.
	defaultMaxInFlight = 4
)

// Config says where an MLflow server is and how to speak to it.
type Config struct {
	// URL is absolute, http or https; a path prefix is allowed.
	URL string
	// Auth is BasicAuth or BearerAuth; nil is anonymous.
	Auth Auth
	// CABundle is PEM, and takes the place of the system's roots.
	CABundle []byte
	// InsecureSkipVerify accepts any certificate.
	InsecureSkipVerify bool
	// Workspace is sent with each request; a server without workspaces refuses any
	// value, so that nothing is sent when it is empty.
	Workspace string
	// Timeout bounds one HTTP request and its body; 0 is 30s.
	Timeout time.Duration
	// MaxInFlight bounds the requests at one time, reads and writes together; 0 is 4.
	MaxInFlight int
	// ReadOnlyReason says why nothing may be written; each write is then refused before it is
	// sent. Empty: everything may be asked.
	ReadOnlyReason string
	// ObserveRequest is called after each HTTP request, a repeated one included. It is
	// called from many goroutines at a time.
	ObserveRequest func(RequestInfo)
}

// withDefaults fills what the zero value leaves open.
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

// validate finds what no request could succeed with. Its sentences repeat nothing
// of the configuration, which may hold a password in the wrong place.
func (c Config) validate() error {
	if !isValidHeaderValue(c.Workspace) {
		return errors.New("the workspace contains a line break or another control character")
	}
	if c.Auth == nil {
		return nil
	}
	return c.Auth.validateCredentials()
}

// baseURL is the URL without a trailing slash.
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

// isValidPort takes a missing port, and what the parser of URLs lets through if it fits.
func isValidPort(port string) bool {
	_, err := strconv.ParseUint(port, 10, 16)
	return port == "" || err == nil
}

// isValidHeaderValue tells whether a text can be the value of an HTTP header.
func isValidHeaderValue(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r == 0x7f })
}
