// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflow

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"sync"
	"testing"
	"time"
)

// connectionKinds are the alternatives for connections. New uses the last on Linux and the
// second elsewhere.
var connectionKinds = []struct {
	name  string
	apply func(*http.Transport)
}{
	{"keep-alive", func(t *http.Transport) { t.DialContext, t.DisableKeepAlives = new(net.Dialer).DialContext, false }},
	{"per-request", func(t *http.Transport) { t.DialContext, t.DisableKeepAlives = new(net.Dialer).DialContext, true }},
	{"quickack", func(t *http.Transport) { t.DisableKeepAlives = false }},
}

// BenchmarkConnections measures the alternatives on the real server at MLFLOW_TRACKING_URI. Run
// it against a server with --workers 1 and one with --workers 4.
func BenchmarkConnections(b *testing.B) {
	uri := os.Getenv("MLFLOW_TRACKING_URI")
	if uri == "" {
		b.Skip("MLFLOW_TRACKING_URI names no server to measure")
	}
	name := seedModel(b, uri)
	for _, kind := range connectionKinds {
		for _, inFlight := range []int{1, 4, 16} {
			client := newBenchClient(b, uri, inFlight, kind.apply)
			label := fmt.Sprintf("%s/in-flight=%d", kind.name, inFlight)
			b.Run("version/"+label, runConcurrently(inFlight, func(ctx context.Context) error {
				_, err := client.getServerVersion(ctx)
				return err
			}))
			b.Run("get-model/"+label, runConcurrently(inFlight, func(ctx context.Context) error {
				_, err := client.GetRegisteredModel(ctx, name)
				return err
			}))
			b.Run("set-tag/"+label, runConcurrently(inFlight, func(ctx context.Context) error {
				return client.SetRegisteredModelTag(ctx, name, "bench", "value")
			}))
		}
	}
}

func newBenchClient(b *testing.B, uri string, inFlight int, apply func(*http.Transport)) *Client {
	b.Helper()
	insecure := os.Getenv("MLFLOW_TRACKING_INSECURE_TLS") == "true"
	client, err := New(Config{URL: uri, MaxInFlight: inFlight, InsecureSkipVerify: insecure})
	if err != nil {
		b.Fatal(err)
	}
	apply(client.transport)
	b.Cleanup(client.CloseIdleConnections)
	return client
}

func seedModel(b *testing.B, uri string) string {
	b.Helper()
	name := fmt.Sprintf("bench-%d", time.Now().UnixNano())
	client := newBenchClient(b, uri, 1, func(*http.Transport) {})
	if _, err := client.CreateRegisteredModel(b.Context(), name, "", nil); err != nil {
		b.Fatal(err)
	}
	return name
}

// runConcurrently divides the iterations among one goroutine per request in flight.
func runConcurrently(inFlight int, call func(context.Context) error) func(*testing.B) {
	return func(b *testing.B) {
		var workers sync.WaitGroup
		for worker := range inFlight {
			workers.Go(func() {
				for i := worker; i < b.N; i += inFlight {
					if err := call(b.Context()); err != nil {
						b.Error(err)
						return
					}
				}
			})
		}
		workers.Wait()
	}
}
