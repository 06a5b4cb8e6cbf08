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
	// idleTimeout is below the 5s after which uvicorn closes an idle connection: a
	// write that meets a closing connection can't be repeated.
	idleTimeout = 3 * time.Second
	// maxHeaderBytes is many times what any server or gateway sends.
	maxHeaderBytes = 256 << 10
)

// dialFunc opens a connection.
type dialFunc func(ctx context.Context, network, address string) (net.Conn, error)

// newTransport is HTTP/1.1, which is all that MLflow speaks, through the proxy
// that the environment names.
//
// A server of several workers takes 44ms more for each answer on a connection that
// acknowledges late, so that connections acknowledge at once where the system can,
// and elsewhere are not kept. docs/adr/0002 has the choice and its measurements.
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

// newTLSConfig is what makes a server's certificate acceptable.
func (c Config) newTLSConfig() (*tls.Config, error) {
	trust := &tls.Config{
		MinVersion:         tls.VersionTLS12,
		InsecureSkipVerify: c.InsecureSkipVerify, //nolint:gosec // Asked for by the user, and reported by the connection's status.
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

// response is a whole answer.
type response struct {
	status int
	size   int64
	// body is nil when it was decoded on its way.
	body []byte
	// decodeErr says why it could not be decoded.
	decodeErr error
}

// doOnce is one HTTP request within the limits of time, size and number.
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

// roundTrip sends a request and reads the whole answer.
func (c *Client) roundTrip(ctx context.Context, q apiRequest) (response, error) {
	limited, cancel := context.WithTimeout(ctx, c.config.Timeout)
	defer cancel()
	req, err := c.newHTTPRequest(limited, q)
	if err != nil {
		return response{}, newInvalidRequestError(q.endpoint, "the request can't be written")
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

// readResponse reads an answer to its end or its limit, also after what can't be decoded:
// an answer that breaks off is no answer, and a connection is kept only after the end.
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

// limitedReader reads until its limit, and remembers what went wrong on the way.
type limitedReader struct {
	source    io.Reader
	remaining int64
	err       error
}

// Read ends at the limit as at the end of the answer.
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

// newHTTPRequest writes a call down as HTTP.
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

// setHeaders sets no Origin: MLflow refuses a write that carries a foreign one.
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
