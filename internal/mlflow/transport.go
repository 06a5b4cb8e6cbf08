// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflow

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"strconv"
	"time"
)

const (
	dialTimeout = 10 * time.Second
	// idleTimeout is below the 5s after which uvicorn closes an idle connection, because a
	// write on a connection that the server is closing can't be repeated.
	idleTimeout = 3 * time.Second
	// maxHeaderBytes is many times the headers of any server or gateway.
	maxHeaderBytes = 256 << 10
)

// dialFunc opens a connection.
type dialFunc func(ctx context.Context, network, address string) (net.Conn, error)

// newTransport returns a transport for HTTP/1.1, the only version that MLflow supports,
// through the proxy that the environment names.
//
// A server with several workers takes 44ms more for each answer on a connection with
// delayed acknowledgements. So connections acknowledge at once if the system supports
// it, and are not kept otherwise: see docs/adr/0002 for the measurements.
func newTransport(config Config) (*http.Transport, error) {
	trust, err := config.newTLSConfig()
	if err != nil {
		return nil, err
	}
	dialer := &net.Dialer{Timeout: dialTimeout}
	return &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		DialContext:            newQuickAckDialer(dialer.DialContext),
		TLSClientConfig:        trust,
		TLSHandshakeTimeout:    dialTimeout,
		DisableKeepAlives:      !keepAliveIsFast,
		MaxIdleConnsPerHost:    config.MaxInFlight,
		IdleConnTimeout:        idleTimeout,
		MaxResponseHeaderBytes: maxHeaderBytes,
	}, nil
}

// newTLSConfig returns the rules for the server's certificate.
func (c Config) newTLSConfig() (*tls.Config, error) {
	trust := &tls.Config{
		MinVersion:         tls.VersionTLS12,
		InsecureSkipVerify: c.InsecureSkipVerify, //nolint:gosec // The user sets it, and the connection's status reports it.
	}
	if len(c.CABundle) == 0 {
		return trust, nil
	}
	trust.RootCAs = x509.NewCertPool()
	if !trust.RootCAs.AppendCertsFromPEM(c.CABundle) {
		return nil, ErrInvalidCABundle
	}
	return trust, nil
}

const (
	userAgent       = "mlflow-registry-operator"
	workspaceHeader = "X-MLFLOW-WORKSPACE"
)

// response is a complete answer.
type response struct {
	status int
	size   int64
	// body is nil if the request has a decode function.
	body []byte
	// decodeErr is the error of the request's decode function.
	decodeErr error
}

// doOnce sends one HTTP request within the limits of concurrency, time and size.
func (c *Client) doOnce(ctx context.Context, q apiRequest) ([]byte, error) {
	release, err := c.limiter.Acquire(ctx)
	if err != nil {
		return nil, newQueueError(q, err)
	}
	defer release()

	began := time.Now()
	got, err := c.roundTrip(ctx, q)
	c.config.ObserveRequest(RequestInfo{
		Method: q.method, Endpoint: q.endpoint, Code: responseCode(got.status, err), Duration: time.Since(began),
	})
	if err != nil {
		return nil, err
	}
	return got.body, c.checkResponse(q, got)
}

// roundTrip sends a request and reads the complete answer.
func (c *Client) roundTrip(ctx context.Context, q apiRequest) (response, error) {
	limited, cancel := context.WithTimeout(ctx, c.config.Timeout)
	defer cancel()
	req, err := c.newHTTPRequest(limited, q)
	if err != nil {
		return response{}, newInvalidRequestError(q.endpoint, "the request can't be encoded")
	}
	resp, err := c.roundTripper.RoundTrip(req)
	if err != nil {
		return response{}, c.newTransportError(ctx, q, err)
	}
	defer func() { _ = resp.Body.Close() }()
	got, err := readResponse(q, resp)
	if err != nil {
		return response{}, c.newTransportError(ctx, q, err)
	}
	return got, nil
}

// readResponse reads an answer to its end or its limit, also after a decode error: an answer
// that breaks off is an error of its own, and the transport keeps a connection only after
// the end of the answer.
func readResponse(q apiRequest, resp *http.Response) (response, error) {
	body := &limitedReader{source: resp.Body, remaining: q.maxResponseBytes() + 1}
	got := response{status: resp.StatusCode}
	if q.decode != nil && isSuccess(got.status) {
		got.decodeErr = q.decode(body)
		_, _ = io.Copy(io.Discard, body)
	} else {
		got.body, _ = io.ReadAll(body)
	}
	got.size = q.maxResponseBytes() + 1 - body.remaining
	return got, body.err
}

// limitedReader reads up to a limit and keeps the first error of its source.
type limitedReader struct {
	source    io.Reader
	remaining int64
	err       error
}

// Read returns io.EOF at the limit, as at the end of the source.
func (b *limitedReader) Read(p []byte) (int, error) {
	if b.remaining == 0 || b.err != nil {
		return 0, io.EOF
	}
	n, err := b.source.Read(p[:min(int64(len(p)), b.remaining)])
	b.remaining -= int64(n)
	if err != nil && err != io.EOF {
		b.err = err
	}
	return n, err
}

// newHTTPRequest encodes a request as HTTP.
func (c *Client) newHTTPRequest(ctx context.Context, q apiRequest) (*http.Request, error) {
	var content io.Reader
	if q.body != nil {
		encoded, err := json.Marshal(q.body)
		if err != nil {
			return nil, err
		}
		content = bytes.NewReader(encoded)
	}
	req, err := http.NewRequestWithContext(ctx, q.method, q.buildURL(c.baseURL), content)
	if err != nil {
		return nil, err
	}
	c.setHeaders(req)
	return req, nil
}

// setHeaders sets no Origin, because MLflow rejects a write with the Origin of another site.
func (c *Client) setHeaders(req *http.Request) {
	req.Header.Set("User-Agent", userAgent)
	req.Header.Set("Accept", "application/json")
	if req.Body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if c.config.Workspace != "" {
		req.Header.Set(workspaceHeader, c.config.Workspace)
	}
}

func responseCode(status int, err error) string {
	if err != nil {
		return "error"
	}
	return strconv.Itoa(status)
}
