// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflow

import (
	"context"
	"errors"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// TestAWriteIsSentOnce proves it of the transport too, which has retries of its
// own: a kept connection is closed in the middle of the request.
func TestAWriteIsSentOnce(t *testing.T) {
	writes := map[string]func(context.Context, *Client) error{
		"set an alias": func(ctx context.Context, c *Client) error {
			return c.SetRegisteredModelAlias(ctx, "m", "a", "1")
		},
		"delete a tag": func(ctx context.Context, c *Client) error {
			return c.DeleteRegisteredModelTag(ctx, "m", "k")
		},
		"update a model": func(ctx context.Context, c *Client) error {
			return c.UpdateRegisteredModel(ctx, "m", "text")
		},
	}
	for name, ask := range writes {
		t.Run(name, func(t *testing.T) {
			var received atomic.Int32
			client := newServedClient(t, func(w http.ResponseWriter, r *http.Request) {
				if r.Method == http.MethodGet {
					_, _ = io.WriteString(w, `{"registered_model": {}}`)
					return
				}
				received.Add(1)
				closeConnection(w)
			})
			if err := readModel(t.Context(), client); err != nil {
				t.Fatal(err)
			}
			if err := ask(t.Context(), client); !errors.Is(err, ErrUnreachable) {
				t.Errorf("error is %v", err)
			}
			if got := received.Load(); got != 1 {
				t.Errorf("the server receives %d requests, want 1", got)
			}
		})
	}
}

func TestAReadSurvivesAClosedConnection(t *testing.T) {
	var received atomic.Int32
	client := newServedClient(t, func(w http.ResponseWriter, _ *http.Request) {
		if received.Add(1) == 1 {
			closeConnection(w)
			return
		}
		_, _ = io.WriteString(w, `{"registered_model": {}}`)
	})
	client.waitBackoff = skipBackoff
	if err := readModel(t.Context(), client); err != nil {
		t.Error(err)
	}
}

// closeConnection closes the connection in place of an answer.
func closeConnection(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err == nil {
		_ = conn.Close()
	}
}

// stallResponse begins an answer and doesn't end it before the client leaves.
func stallResponse(w http.ResponseWriter, r *http.Request) {
	_, _ = io.WriteString(w, `{"registered_model"`)
	_ = http.NewResponseController(w).Flush()
	<-r.Context().Done()
}

func TestAStalledBodyTimesOut(t *testing.T) {
	client := newServedClient(t, stallResponse, func(c *Config) { c.Timeout = 50 * time.Millisecond })
	wantOnlyKind(t, readModel(t.Context(), client), ErrUnreachable)
}

func TestACallerMayCancelARequest(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	client := newServedClient(t, func(w http.ResponseWriter, r *http.Request) {
		cancel()
		stallResponse(w, r)
	})
	err := readModel(ctx, client)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error is %v", err)
	}
	wantOnlyKind(t, err, context.Canceled)
}

func TestAClientIsSafeForConcurrentUse(t *testing.T) {
	var observed, inFlight, most atomic.Int32
	client := newServedClient(t, func(w http.ResponseWriter, _ *http.Request) {
		most.Store(max(most.Load(), inFlight.Add(1)))
		defer inFlight.Add(-1)
		_, _ = io.WriteString(w, `{"registered_model": {}}`)
	}, func(c *Config) { c.MaxInFlight, c.ObserveRequest = 3, func(RequestInfo) { observed.Add(1) } })

	var callers sync.WaitGroup
	for range 20 {
		callers.Go(func() {
			if err := errors.Join(readModel(t.Context(), client), client.SetRegisteredModelTag(t.Context(), "m", "k", "v")); err != nil {
				t.Error(err)
			}
		})
	}
	callers.Wait()
	if observed.Load() != 40 || most.Load() > 3 {
		t.Errorf("%d requests are observed, and %d at one time; want 40, and 3", observed.Load(), most.Load())
	}
}
