// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflow

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"time"
)

const (
	userAgent       = "mlflow-registry-operator"
	workspaceHeader = "X-MLFLOW-WORKSPACE"
)

// reply is a whole answer.
type reply struct {
	status int
	size   int64
	// body is nil when it was decoded on its way.
	body []byte
	// misfit says why it could not be decoded.
	misfit error
}

// attempt is one HTTP request within the limits of time, size and number.
func (c *Client) attempt(ctx context.Context, q call) ([]byte, error) {
	release, err := c.slots.Acquire(ctx)
	if err != nil {
		return nil, waiting(q, err)
	}
	defer release()

	began := time.Now()
	got, err := c.exchange(ctx, q)
	c.config.Observe(RequestInfo{
		Method: q.method, Endpoint: q.endpoint, Code: codeOf(got.status, err), Duration: time.Since(began),
	})
	if err != nil {
		return nil, err
	}
	return got.body, c.judge(q, got)
}

// exchange sends a request and reads the whole answer.
func (c *Client) exchange(ctx context.Context, q call) (reply, error) {
	limited, cancel := context.WithTimeout(ctx, c.config.Timeout)
	defer cancel()
	req, err := c.request(limited, q)
	if err != nil {
		return reply{}, refuse(q.endpoint, "the request can't be written")
	}
	resp, err := c.sender.RoundTrip(req)
	if err != nil {
		return reply{}, c.unanswered(ctx, q, err)
	}
	defer func() { _ = resp.Body.Close() }()
	got, err := receive(q, resp)
	if err != nil {
		return reply{}, c.unanswered(ctx, q, err)
	}
	return got, nil
}

// receive reads an answer to its end or its limit, also after what can't be decoded:
// an answer that breaks off is no answer, and a connection is kept only after the end.
func receive(q call, resp *http.Response) (reply, error) {
	body := &bounded{from: resp.Body, left: q.limit() + 1}
	got := reply{status: resp.StatusCode}
	if q.decode != nil && succeeded(got.status) {
		got.misfit = q.decode(body)
		_, _ = io.Copy(io.Discard, body)
	} else {
		got.body, _ = io.ReadAll(body)
	}
	got.size = q.limit() + 1 - body.left
	return got, body.failed
}

// bounded reads until its limit, and remembers what went wrong on the way.
type bounded struct {
	from   io.Reader
	left   int64
	failed error
}

// Read ends at the limit as at the end of the answer.
func (b *bounded) Read(p []byte) (int, error) {
	if b.left == 0 || b.failed != nil {
		return 0, io.EOF
	}
	n, err := b.from.Read(p[:min(int64(len(p)), b.left)])
	b.left -= int64(n)
	if err != nil && err != io.EOF {
		b.failed = err
	}
	return n, err
}

// request writes a call down as HTTP.
func (c *Client) request(ctx context.Context, q call) (*http.Request, error) {
	var content io.Reader
	if q.body != nil {
		encoded, err := json.Marshal(q.body)
		if err != nil {
			return nil, err
		}
		content = bytes.NewReader(encoded)
	}
	req, err := http.NewRequestWithContext(ctx, q.method, q.url(c.base), content)
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

func codeOf(status int, err error) string {
	if err != nil {
		return "error"
	}
	return strconv.Itoa(status)
}
