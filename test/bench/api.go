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

// api speaks to MLflow with as little as possible in between.
type api struct {
	base   string
	client *http.Client
}

// plainAPI keeps connections as every Go program does that thinks of it.
func plainAPI(base string, connections int) *api {
	wire := http.DefaultTransport.(*http.Transport).Clone()
	wire.MaxIdleConnsPerHost = connections
	return &api{base: base, client: &http.Client{Transport: wire}}
}

// promptAPI keeps connections that acknowledge at once, which spares the 40 ms that a
// server of several workers otherwise adds to each answer. It is for one request at a time.
func promptAPI(base string) *api {
	return bareAPI(base, manner{inFlight: 1})
}

// manner is a way to make many bare calls.
type manner struct {
	inFlight int
	// fresh: each request has a connection of its own, which spreads them over the workers of
	// a server.
	fresh bool
}

// String is the manner in words.
func (m manner) String() string {
	if m.fresh {
		return fmt.Sprintf("%d in flight, a connection each", m.inFlight)
	}
	return fmt.Sprintf("%d in flight", m.inFlight)
}

func bareAPI(base string, m manner) *api {
	wire := promptTransport(m.inFlight)
	wire.DisableKeepAlives = m.fresh
	return &api{base: base, client: &http.Client{Transport: wire}}
}

func promptTransport(connections int) *http.Transport {
	return &http.Transport{
		DialContext:         prompt(new(net.Dialer).DialContext),
		MaxIdleConnsPerHost: connections,
		// MLflow closes after 5 s.
		IdleConnTimeout: 3 * time.Second,
	}
}

func (a *api) close() { a.client.CloseIdleConnections() }

func (a *api) get(ctx context.Context, endpoint string, query url.Values, into any) error {
	return a.do(ctx, http.MethodGet, endpoint+"?"+query.Encode(), nil, into)
}

func (a *api) post(ctx context.Context, endpoint string, body, into any) error {
	encoded, err := json.Marshal(body)
	if err != nil {
		return err
	}
	return a.do(ctx, http.MethodPost, endpoint, encoded, into)
}

// do asks again, once, where the server closed a kept connection in that moment: all that
// is asked here may be repeated.
func (a *api) do(ctx context.Context, method, path string, body []byte, into any) error {
	status, answer, err := a.send(ctx, method, path, body)
	if err != nil && ctx.Err() == nil {
		status, answer, err = a.send(ctx, method, path, body)
	}
	if err != nil {
		return err
	}
	if status != http.StatusOK {
		return fmt.Errorf("%s %s: status %d: %s", method, path, status, answer)
	}
	if into == nil {
		return nil
	}
	return json.Unmarshal(answer, into)
}

func (a *api) send(ctx context.Context, method, path string, body []byte) (int, []byte, error) {
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
	answer, err := io.ReadAll(response.Body)
	return response.StatusCode, answer, err
}
