// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"
)

// mlflowClient calls MLflow without retries, rate limits or caches.
type mlflowClient struct {
	base   string
	client *http.Client
}

// newPlainClient returns a client with the persistent connections of net/http, as most Go
// programs have.
func newPlainClient(base string, connections int) *mlflowClient {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost = connections
	return &mlflowClient{base: base, client: &http.Client{Transport: transport}}
}

// newQuickAckClient returns a client for one request at a time whose persistent connection
// acknowledges immediately. This avoids the 40 ms that a server with several workers otherwise
// adds to each response.
func newQuickAckClient(base string) *mlflowClient {
	return newClient(base, clientConfig{inFlight: 1})
}

// clientConfig is how a client makes many requests.
type clientConfig struct {
	inFlight int
	// freshConnections opens a connection for each request, which spreads the requests over the
	// workers of a server.
	freshConnections bool
}

// String names the configuration in the results.
func (c clientConfig) String() string {
	if c.freshConnections {
		return fmt.Sprintf("%d in flight, new connections", c.inFlight)
	}
	return fmt.Sprintf("%d in flight", c.inFlight)
}

// newClient returns a client whose connections acknowledge immediately.
func newClient(base string, c clientConfig) *mlflowClient {
	transport := newQuickAckTransport(c.inFlight)
	transport.DisableKeepAlives = c.freshConnections
	return &mlflowClient{base: base, client: &http.Client{Transport: transport}}
}

// newQuickAckTransport is also for the proxy, which must not add 40 ms to a response.
func newQuickAckTransport(connections int) *http.Transport {
	return &http.Transport{
		DialContext:         dialQuickAck(new(net.Dialer).DialContext),
		MaxIdleConnsPerHost: connections,
		// MLflow closes idle connections after 5 s.
		IdleConnTimeout: 3 * time.Second,
	}
}

func (a *mlflowClient) close() { a.client.CloseIdleConnections() }

func (a *mlflowClient) get(ctx context.Context, endpoint string, query url.Values, into any) error {
	return a.sendWithRetry(ctx, http.MethodGet, endpoint+"?"+query.Encode(), nil, into)
}

func (a *mlflowClient) post(ctx context.Context, endpoint string, body, into any) error {
	encoded, err := json.Marshal(body)
	if err != nil {
		return err
	}
	return a.sendWithRetry(ctx, http.MethodPost, endpoint, encoded, into)
}

// sendWithRetry repeats a failed request once, because the server may close a persistent
// connection at any time. All requests here are idempotent.
func (a *mlflowClient) sendWithRetry(ctx context.Context, method, path string, body []byte, into any) error {
	status, content, err := a.sendOnce(ctx, method, path, body)
	if err != nil && ctx.Err() == nil {
		status, content, err = a.sendOnce(ctx, method, path, body)
	}
	if err != nil {
		return err
	}
	if status != http.StatusOK {
		return fmt.Errorf("%s %s: status %d: %s", method, path, status, content)
	}
	if into == nil {
		return nil
	}
	return json.Unmarshal(content, into)
}

func (a *mlflowClient) sendOnce(ctx context.Context, method, path string, body []byte) (int, []byte, error) {
	request, err := http.NewRequestWithContext(ctx, method, a.base+"/api/2.0/mlflow/"+path, bytes.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := a.client.Do(request)
	if err != nil {
		return 0, nil, err
	}
	defer func() { _ = response.Body.Close() }()
	content, err := io.ReadAll(response.Body)
	return response.StatusCode, content, err
}
