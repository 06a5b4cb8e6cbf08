// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflow

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m)
}

// newServedClient returns a client of a server that the handler serves on this machine.
func newServedClient(t *testing.T, handler http.HandlerFunc, edits ...func(*Config)) *Client {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return newTestClient(t, server.URL, edits...)
}

func newTestClient(t testing.TB, url string, edits ...func(*Config)) *Client {
	t.Helper()
	config := Config{URL: url}
	for _, edit := range edits {
		edit(&config)
	}
	client, err := New(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.CloseIdleConnections)
	return client
}

// roundTripFunc answers requests without a network.
type roundTripFunc func(*http.Request) (*http.Response, error)

func (f roundTripFunc) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

// newStubClient returns a client whose requests send answers.
func newStubClient(t testing.TB, send roundTripFunc, edits ...func(*Config)) *Client {
	t.Helper()
	client := newTestClient(t, "http://mlflow.test", edits...)
	client.roundTripper = send
	return client
}

// newResponse returns a response with a status and a body.
func newResponse(status int, body string) *http.Response {
	return &http.Response{StatusCode: status, Body: io.NopCloser(strings.NewReader(body))}
}
