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
	// apiPath is the base path of the registry's API, which has no newer version.
	apiPath = "/api/2.0/mlflow/"

	// maxListBytes is forty times a usual page of 200 models, and small enough to hold the
	// rows of one page in memory for each request in flight.
	maxListBytes = 16 << 20
	// maxObjectBytes is the size of a model with 80 tags whose values are the longest that
	// MLflow stores.
	maxObjectBytes = 8 << 20
)

// apiRequest is one call of an endpoint.
type apiRequest struct {
	method string
	// endpoint names the call in errors and metrics; it never contains an identifier.
	endpoint string
	// path is the URL's path below the base URL; empty is apiPath with the endpoint.
	path  string
	query url.Values
	// body is sent as JSON, also with a DELETE, whose arguments MLflow reads from the body
	// alone. Nil sends no body.
	body any
	// readOnly marks a POST that changes nothing, which may be repeated like a GET.
	readOnly bool
	// maxBytes limits the response body; 0 is maxObjectBytes.
	maxBytes int64
	// decode decodes the body of a success while it arrives, once per attempt; nil reads
	// the whole body first.
	decode func(body io.Reader) error
}

// newGetRequest returns a request that reads one object.
func newGetRequest(endpoint string, query url.Values) apiRequest {
	return apiRequest{method: http.MethodGet, endpoint: endpoint, query: query}
}

// newListRequest returns a request that reads one page.
func newListRequest(endpoint string, query url.Values) apiRequest {
	return apiRequest{method: http.MethodGet, endpoint: endpoint, query: query, maxBytes: maxListBytes}
}

// newQueryRequest returns a POST that reads one page; its query is too long for a URL.
func newQueryRequest(endpoint string, body any) apiRequest {
	return apiRequest{method: http.MethodPost, endpoint: endpoint, body: body, readOnly: true, maxBytes: maxListBytes}
}

// newWriteRequest returns a request that changes an object.
func newWriteRequest(method, endpoint string, body any) apiRequest {
	return apiRequest{method: method, endpoint: endpoint, body: body}
}

// isRead reports whether the request may be repeated without a further effect.
func (q apiRequest) isRead() bool {
	return q.readOnly || q.method == http.MethodGet
}

func (q apiRequest) maxResponseBytes() int64 {
	if q.maxBytes > 0 {
		return q.maxBytes
	}
	return maxObjectBytes
}

// buildURL returns the URL of the request.
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

// doJSON sends a request and decodes the JSON of the answer.
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

// doWrite sends a write whose answer has no content of interest. The answer must be a JSON
// object all the same: behind a login page with status 200 nothing was written.
func (c *Client) doWrite(ctx context.Context, q apiRequest) error {
	var answer map[string]json.RawMessage
	return c.doJSON(ctx, q, &answer)
}

const (
	// maxRetries is enough for a worker that restarts or a connection that closes. The
	// caller waits for an outage that lasts longer.
	maxRetries        = 2
	initialRetryDelay = 100 * time.Millisecond
)

// doWithRetry sends a request and repeats a read after a transient error. It sends a write
// once, because a write that failed may have been carried out.
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

// isRetryable reports whether an error may be over in a moment. A TLS error and a timeout
// are not retried: a certificate does not change, and a slow answer would time out again.
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

// waitBackoff waits before a retry, four times longer for each one, or until ctx is done.
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
