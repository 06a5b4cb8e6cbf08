// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflow

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"time"
)

const (
	// apiPath is where the registry's API is; it has no newer version.
	apiPath = "/api/2.0/mlflow/"

	// maxListBytes is forty times a page of 200 models as registries have them, and little
	// enough to hold in memory once for each request in flight, as rows.
	maxListBytes = 16 << 20
	// maxObjectBytes is a model with 80 tags of the longest value that MLflow stores.
	maxObjectBytes = 8 << 20
)

// apiRequest is one question to the server.
type apiRequest struct {
	method string
	// endpoint names the call in errors and metrics; it never holds an identifier.
	endpoint string
	// path is the URL's path after the base; empty is the endpoint's under apiPath.
	path  string
	query url.Values
	// body is sent as JSON, on a DELETE too: MLflow reads its arguments from nowhere else.
	body any
	// readOnly marks a POST that changes nothing: it may be asked twice, as a GET may.
	readOnly bool
	// maxBytes bounds the answer; 0 is maxObjectBytes.
	maxBytes int64
	// decode reads a success while it comes; nil reads it whole first. It begins anew
	// with each attempt.
	decode func(body io.Reader) error
}

// newGetRequest is a read of one object.
func newGetRequest(endpoint string, query url.Values) apiRequest {
	return apiRequest{method: http.MethodGet, endpoint: endpoint, query: query}
}

// newListRequest is a read of one page.
func newListRequest(endpoint string, query url.Values) apiRequest {
	return apiRequest{method: http.MethodGet, endpoint: endpoint, query: query, maxBytes: maxListBytes}
}

// newQueryRequest is a read of one page whose question is too long for a URL.
func newQueryRequest(endpoint string, body any) apiRequest {
	return apiRequest{method: http.MethodPost, endpoint: endpoint, body: body, readOnly: true, maxBytes: maxListBytes}
}

// newWriteRequest changes something.
func newWriteRequest(method, endpoint string, body any) apiRequest {
	return apiRequest{method: method, endpoint: endpoint, body: body}
}

// isRead tells whether asking twice is the same as asking once.
func (q apiRequest) isRead() bool {
	return q.readOnly || q.method == http.MethodGet
}

func (q apiRequest) maxResponseBytes() int64 {
	if q.maxBytes > 0 {
		return q.maxBytes
	}
	return maxObjectBytes
}

// buildURL is where the call goes.
func (q apiRequest) buildURL(base string) string {
	path := q.path
	if path == "" {
		path = apiPath + q.endpoint
	}
	if len(q.query) == 0 {
		return base + path
	}
	return base + path + "?" + q.query.Encode()
}

// doJSON asks and decodes the answer.
func (c *Client) doJSON(ctx context.Context, q apiRequest, into any) error {
	body, err := c.doWithRetry(ctx, q)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(body, into); err != nil {
		return newNotJSONError(q.endpoint)
	}
	return nil
}

// doWrite asks for a write whose answer tells nothing, but must be MLflow's: a
// login page with status 200 has written nothing.
func (c *Client) doWrite(ctx context.Context, q apiRequest) error {
	var answer map[string]json.RawMessage
	return c.doJSON(ctx, q, &answer)
}

const (
	// maxRetries mends a restarted worker or a closed connection; what lasts longer
	// is the caller's to wait for.
	maxRetries        = 2
	initialRetryDelay = 100 * time.Millisecond
)

// doWithRetry makes a request, and repeats a read that met a passing failure. A write is
// sent once: nobody knows whether the one that failed was done.
func (c *Client) doWithRetry(ctx context.Context, q apiRequest) ([]byte, error) {
	if why := c.config.ReadOnlyReason; why != "" && !q.isRead() {
		return nil, &Error{Endpoint: q.endpoint, reason: "nothing is written while " + why, kinds: []error{ErrReadOnly}}
	}
	body, err := c.doOnce(ctx, q)
	for retry := range maxRetries {
		if !q.isRead() || !isRetryable(err) || c.waitBackoff(ctx, retry) != nil {
			break
		}
		body, err = c.doOnce(ctx, q)
	}
	return body, err
}

// isRetryable tells whether a failure may be over in a moment. A certificate won't
// change, and a request that used up its time would only use it up again.
func isRetryable(err error) bool {
	var failed *Error
	if !errors.As(err, &failed) {
		return false
	}
	switch failed.StatusCode {
	case http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	}
	return errors.Is(err, ErrUnreachable) && !errors.Is(err, ErrTLS) && !errors.Is(err, ErrTimeout)
}

// waitBackoff waits longer before each retry, or until ctx ends.
func waitBackoff(ctx context.Context, retry int) error {
	timer := time.NewTimer(initialRetryDelay << (2 * retry))
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
