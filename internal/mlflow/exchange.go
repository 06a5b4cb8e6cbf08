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

// attempt is one HTTP request within the limits of time, size and number.
func (c *Client) attempt(ctx context.Context, q call) ([]byte, error) {
	if err := c.slots.Acquire(ctx); err != nil {
		return nil, waiting(q, err)
	}
	defer c.slots.Release()

	began := time.Now()
	status, body, err := c.exchange(ctx, q)
	c.config.Observe(RequestInfo{
		Method: q.method, Endpoint: q.endpoint, Code: codeOf(status, err), Duration: time.Since(began),
	})
	if err != nil {
		return nil, err
	}
	return body, c.judge(q, status, body)
}

// exchange sends a request and reads the whole answer.
func (c *Client) exchange(ctx context.Context, q call) (int, []byte, error) {
	limited, cancel := context.WithTimeout(ctx, c.config.Timeout)
	defer cancel()
	req, err := c.request(limited, q)
	if err != nil {
		return 0, nil, refuse(q.endpoint, "the request can't be written")
	}
	resp, err := c.sender.RoundTrip(req)
	if err != nil {
		return 0, nil, c.unanswered(ctx, q, err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(resp.Body, q.limit()+1))
	if err != nil {
		return 0, nil, c.unanswered(ctx, q, err)
	}
	return resp.StatusCode, body, nil
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
