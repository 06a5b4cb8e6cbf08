// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflow

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// stallResponse begins an answer and does not end it before the client disconnects.
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

func TestKeepAliveIsUsedIfItIsFast(t *testing.T) {
	want := int32(3)
	if keepAliveIsFast {
		want = 1
	}
	for name, start := range map[string]func(*httptest.Server){
		"without TLS": (*httptest.Server).Start, "with TLS": (*httptest.Server).StartTLS,
	} {
		t.Run(name, func(t *testing.T) {
			var opened atomic.Int32
			server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				_, _ = io.WriteString(w, `{"registered_model": {}}`)
			}))
			server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
				if state == http.StateNew {
					opened.Add(1)
				}
			}
			start(server)
			t.Cleanup(server.Close)
			client := newTestClient(t, server.URL, func(c *Config) { c.InsecureSkipVerify = true })
			for range 3 {
				if err := readModel(t.Context(), client); err != nil {
					t.Fatal(err)
				}
			}
			if got := opened.Load(); got != want {
				t.Errorf("3 requests open %d connections, want %d", got, want)
			}
		})
	}
}

func TestReadsAndWritesShareALimiter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var inFlight, sent atomic.Int32
		gate := make(chan struct{})
		client := newStubClient(t, func(*http.Request) (*http.Response, error) {
			sent.Add(1)
			inFlight.Add(1)
			defer inFlight.Add(-1)
			<-gate
			return newResponse(200, `{"registered_model": {}}`), nil
		}, func(c *Config) { c.MaxInFlight = 2 })

		var callers sync.WaitGroup
		for range 5 {
			callers.Go(func() { _ = readModel(t.Context(), client) })
			callers.Go(func() { _ = client.SetRegisteredModelTag(t.Context(), "m", "k", "v") })
		}
		for range 5 {
			synctest.Wait()
			if got := inFlight.Load(); got != 2 {
				t.Errorf("%d requests are in flight, want 2", got)
			}
			gate <- struct{}{}
			gate <- struct{}{}
		}
		callers.Wait()
		if got := sent.Load(); got != 10 {
			t.Errorf("%d requests are sent, want 10", got)
		}
	})
}

func TestWaitingForASlotEndsWithTheContext(t *testing.T) {
	observed := false
	client := newStubClient(t, func(*http.Request) (*http.Response, error) {
		t.Error("the request is sent")
		return respondOK()
	}, func(c *Config) { c.MaxInFlight, c.ObserveRequest = 1, func(RequestInfo) { observed = true } })
	if _, err := client.limiter.Acquire(t.Context()); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err := readModel(ctx, client)
	if !errors.Is(err, context.Canceled) || errors.Is(err, ErrUnreachable) || observed {
		t.Errorf("error is %v, observed is %t", err, observed)
	}
}

func TestASlotIsReleasedDuringBackoff(t *testing.T) {
	requests := 0
	client := newStubClient(t, respondInTurn(&requests, refuseConnection, respondOK), func(c *Config) { c.MaxInFlight = 1 })
	client.waitBackoff = func(context.Context, int) error {
		if client.limiter.InFlight() != 0 {
			t.Error("the slot is in use during the backoff")
		}
		return nil
	}
	if err := readModel(t.Context(), client); err != nil {
		t.Error(err)
	}
}

func TestResponsesAreBounded(t *testing.T) {
	tests := map[string]struct {
		call    func(*testing.T, *Client) error
		bytes   int64
		want    error
		wantMsg string
	}{
		"an object": {call: requestModel, bytes: maxObjectBytes},
		"an object that is too large": {
			call: requestModel, bytes: maxObjectBytes + 1, want: ErrTooLarge,
			wantMsg: "registered-models/get: 200: the answer is larger than 8 MiB",
		},
		"a list that is too large": {
			call: requestModels, bytes: maxListBytes + 1, want: ErrTooLarge,
			wantMsg: "registered-models/search: 200: the answer is larger than 16 MiB",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			const object = `{"registered_model": {}}`
			client := newServedClient(t, func(w http.ResponseWriter, _ *http.Request) {
				_, _ = io.WriteString(w, object)
				_, _ = io.Copy(w, io.LimitReader(spaceReader{}, test.bytes-int64(len(object))))
			})
			err := test.call(t, client)
			wantMessage(t, err, test.wantMsg)
			wantOnlyKind(t, err, test.want)
		})
	}
}

func requestModel(t *testing.T, c *Client) error { return readModel(t.Context(), c) }

func requestModels(t *testing.T, c *Client) error {
	_, err := c.SearchRegisteredModels(t.Context(), SearchRequest{})
	return err
}

// spaceReader is whitespace without end.
type spaceReader struct{}

func (spaceReader) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	return len(p), nil
}
