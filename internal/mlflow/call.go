// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflow

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
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

// call is one question to the server.
type call struct {
	method string
	// endpoint names the call in errors and metrics; it never holds an identifier.
	endpoint string
	// path is the URL's path after the base; empty is the endpoint's under apiPath.
	path  string
	query url.Values
	// body is sent as JSON, on a DELETE too: MLflow reads its arguments from nowhere else.
	body any
	// reads marks a POST that changes nothing: it may be asked twice, as a GET may.
	reads bool
	// maxBytes bounds the answer; 0 is maxObjectBytes.
	maxBytes int64
	// decode reads a success while it comes; nil reads it whole first. It begins anew
	// with each attempt.
	decode func(body io.Reader) error
}

// get is a read of one object.
func get(endpoint string, query url.Values) call {
	return call{method: http.MethodGet, endpoint: endpoint, query: query}
}

// list is a read of one page.
func list(endpoint string, query url.Values) call {
	return call{method: http.MethodGet, endpoint: endpoint, query: query, maxBytes: maxListBytes}
}

// query is a read of one page whose question is too long for a URL.
func query(endpoint string, body any) call {
	return call{method: http.MethodPost, endpoint: endpoint, body: body, reads: true, maxBytes: maxListBytes}
}

// write changes something.
func write(method, endpoint string, body any) call {
	return call{method: method, endpoint: endpoint, body: body}
}

// isRead tells whether asking twice is the same as asking once.
func (q call) isRead() bool {
	return q.reads || q.method == http.MethodGet
}

func (q call) limit() int64 {
	if q.maxBytes > 0 {
		return q.maxBytes
	}
	return maxObjectBytes
}

// url is where the call goes.
func (q call) url(base string) string {
	path := q.path
	if path == "" {
		path = apiPath + q.endpoint
	}
	if len(q.query) == 0 {
		return base + path
	}
	return base + path + "?" + q.query.Encode()
}

// do asks and decodes the answer.
func (c *Client) do(ctx context.Context, q call, into any) error {
	body, err := c.ask(ctx, q)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(body, into); err != nil {
		return notJSON(q.endpoint)
	}
	return nil
}

// change asks for a write whose answer tells nothing, but must be MLflow's: a
// login page with status 200 has written nothing.
func (c *Client) change(ctx context.Context, q call) error {
	var answer map[string]json.RawMessage
	return c.do(ctx, q, &answer)
}
