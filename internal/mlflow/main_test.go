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

// served is a client of a server on this machine.
func served(t *testing.T, handler http.HandlerFunc, edits ...func(*Config)) *Client {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return clientOf(t, server.URL, edits...)
}

func clientOf(t testing.TB, url string, edits ...func(*Config)) *Client {
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

// sender is a network in memory.
type sender func(*http.Request) (*http.Response, error)

func (s sender) RoundTrip(req *http.Request) (*http.Response, error) { return s(req) }

// stubbed is a client without a network.
func stubbed(t testing.TB, send sender, edits ...func(*Config)) *Client {
	t.Helper()
	client := clientOf(t, "http://mlflow.test", edits...)
	client.sender = send
	return client
}

// answer is a response with a status and a body.
func answer(status int, body string) *http.Response {
	return &http.Response{StatusCode: status, Body: io.NopCloser(strings.NewReader(body))}
}
