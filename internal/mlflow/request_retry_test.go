// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflow

import (
	"context"
	"errors"
	"io"
	"net/http"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// respondFunc is one answer of a server.
type respondFunc func() (*http.Response, error)

func skipBackoff(context.Context, int) error { return nil }

// respondInTurn gives each of the answers once, and then the last one.
func respondInTurn(requests *int, answers ...respondFunc) roundTripFunc {
	return func(*http.Request) (*http.Response, error) {
		*requests++
		return answers[min(*requests, len(answers))-1]()
	}
}

func respondOK() (*http.Response, error) { return newResponse(200, `{"registered_model": {}}`), nil }

func refuseConnection() (*http.Response, error) { return nil, syscall.ECONNREFUSED }

func respondStatus(code int) respondFunc {
	return func() (*http.Response, error) { return newResponse(code, ""), nil }
}

func readModel(ctx context.Context, c *Client) error {
	_, err := c.GetRegisteredModel(ctx, "m")
	return err
}

func TestRetriedRequests(t *testing.T) {
	writes := func(ctx context.Context, c *Client) error { return c.SetRegisteredModelAlias(ctx, "m", "a", "1") }
	create := func(ctx context.Context, c *Client) error {
		_, err := c.CreateRegisteredModel(ctx, "m", "", nil)
		return err
	}
	register := func(ctx context.Context, c *Client) error {
		_, err := c.CreateModelVersion(ctx, "m", CreateModelVersionRequest{Source: "s3://bucket/m"})
		return err
	}
	remove := func(ctx context.Context, c *Client) error { return c.DeleteRegisteredModelTag(ctx, "m", "k") }
	query := func(ctx context.Context, c *Client) error {
		_, err := c.SearchRuns(ctx, SearchRunsRequest{ExperimentIDs: []string{"1"}})
		return err
	}
	tests := map[string]struct {
		call    func(context.Context, *Client) error
		answers []respondFunc
		want    int
		wantErr error
	}{
		"a read that is answered":             {readModel, []respondFunc{respondOK}, 1, nil},
		"a read that is refused once":         {readModel, []respondFunc{refuseConnection, respondOK}, 2, nil},
		"a read that meets a restart":         {readModel, []respondFunc{refuseConnection, respondStatus(503), respondOK}, 3, nil},
		"a read that is always refused":       {readModel, []respondFunc{refuseConnection}, 3, ErrUnreachable},
		"a read through a gateway, 502":       {readModel, []respondFunc{respondStatus(502)}, 3, ErrServer},
		"a read through a gateway, 504":       {readModel, []respondFunc{respondStatus(504)}, 3, ErrServer},
		"a read with a lasting error, 500":    {readModel, []respondFunc{respondStatus(500)}, 1, ErrServer},
		"a read over a rate limit, 429":       {readModel, []respondFunc{respondStatus(429)}, 1, ErrServer},
		"a read without credentials":          {readModel, []respondFunc{respondStatus(401)}, 1, ErrUnauthenticated},
		"a read that finds no MLflow":         {readModel, []respondFunc{respondStatus(404)}, 1, ErrNotMLflow},
		"a read by POST":                      {query, []respondFunc{refuseConnection, respondStatus(503), respondOK}, 3, nil},
		"a read by POST with a lasting error": {query, []respondFunc{respondStatus(500)}, 1, ErrServer},
		"a write that is refused":             {writes, []respondFunc{refuseConnection, respondOK}, 1, ErrUnreachable},
		"a write that meets a gateway":        {writes, []respondFunc{respondStatus(503), respondOK}, 1, ErrServer},
		"a create whose answer is lost":       {create, []respondFunc{respondStatus(504), respondOK}, 1, ErrServer},
		"a version whose answer is lost":      {register, []respondFunc{respondStatus(504), respondOK}, 1, ErrServer},
		"a version that is refused":           {register, []respondFunc{refuseConnection, respondOK}, 1, ErrUnreachable},
		"a delete whose connection is reset":  {remove, []respondFunc{refuseConnection, respondOK}, 1, ErrUnreachable},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, seen := 0, 0
			client := newStubClient(t, respondInTurn(&got, test.answers...), func(c *Config) { c.ObserveRequest = func(RequestInfo) { seen++ } })
			client.waitBackoff = skipBackoff
			if err := test.call(t.Context(), client); !errors.Is(err, test.wantErr) {
				t.Errorf("error is %v, want %v", err, test.wantErr)
			}
			if got != test.want || seen != test.want {
				t.Errorf("%d requests are sent and %d observed, want %d", got, seen, test.want)
			}
		})
	}
}

func TestRetriesBackOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		requests, began := 0, time.Now()
		client := newStubClient(t, respondInTurn(&requests, refuseConnection))
		_ = readModel(t.Context(), client)
		if took := time.Since(began); took != 500*time.Millisecond {
			t.Errorf("two retries take %s, want 100ms and 400ms", took)
		}
	})
}

func TestRetriesEndWithTheContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		requests := 0
		client := newStubClient(t, respondInTurn(&requests, refuseConnection))
		if err := readModel(ctx, client); !errors.Is(err, ErrUnreachable) || requests != 1 {
			t.Errorf("%d requests, and error %v", requests, err)
		}
	})
}

// TestAWriteIsSentOnce includes the transport, which has retries of its own: the server closes
// a kept connection in the middle of the request.
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
	for name, call := range writes {
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
			if err := call(t.Context(), client); !errors.Is(err, ErrUnreachable) {
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

// closeConnection closes the connection instead of answering.
func closeConnection(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err == nil {
		_ = conn.Close()
	}
}
