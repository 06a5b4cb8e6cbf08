// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflow

import (
	"context"
	"errors"
	"io"
	"net/http"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

func skipBackoff(context.Context, int) error { return nil }

// respondInTurn answers with each of the answers once, and goes on with the last.
func respondInTurn(requests *int, answers ...func() (*http.Response, error)) roundTripFunc {
	return func(*http.Request) (*http.Response, error) {
		*requests++
		return answers[min(*requests, len(answers))-1]()
	}
}

func respondOK() (*http.Response, error)        { return newResponse(200, `{"registered_model": {}}`), nil }
func refuseConnection() (*http.Response, error) { return nil, syscall.ECONNREFUSED }
func respondStatus(code int) func() (*http.Response, error) {
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
		ask     func(context.Context, *Client) error
		answers []func() (*http.Response, error)
		want    int
		wantErr error
	}{
		"a read that is answered":            {readModel, []func() (*http.Response, error){respondOK}, 1, nil},
		"a read that is refused once":        {readModel, []func() (*http.Response, error){refuseConnection, respondOK}, 2, nil},
		"a read that meets a restart":        {readModel, []func() (*http.Response, error){refuseConnection, respondStatus(503), respondOK}, 3, nil},
		"a read that is always refused":      {readModel, []func() (*http.Response, error){refuseConnection}, 3, ErrUnreachable},
		"a read through a gateway, 502":      {readModel, []func() (*http.Response, error){respondStatus(502)}, 3, ErrServer},
		"a read through a gateway, 504":      {readModel, []func() (*http.Response, error){respondStatus(504)}, 3, ErrServer},
		"a read that fails for good, 500":    {readModel, []func() (*http.Response, error){respondStatus(500)}, 1, ErrServer},
		"a read that comes too often, 429":   {readModel, []func() (*http.Response, error){respondStatus(429)}, 1, ErrServer},
		"a read without credentials":         {readModel, []func() (*http.Response, error){respondStatus(401)}, 1, ErrUnauthenticated},
		"a read that finds no MLflow":        {readModel, []func() (*http.Response, error){respondStatus(404)}, 1, ErrNotMLflow},
		"a read by POST":                     {query, []func() (*http.Response, error){refuseConnection, respondStatus(503), respondOK}, 3, nil},
		"a read by POST that fails for good": {query, []func() (*http.Response, error){respondStatus(500)}, 1, ErrServer},
		"a write that is refused":            {writes, []func() (*http.Response, error){refuseConnection, respondOK}, 1, ErrUnreachable},
		"a write that meets a gateway":       {writes, []func() (*http.Response, error){respondStatus(503), respondOK}, 1, ErrServer},
		"a create whose answer is lost":      {create, []func() (*http.Response, error){respondStatus(504), respondOK}, 1, ErrServer},
		"a version whose answer is lost":     {register, []func() (*http.Response, error){respondStatus(504), respondOK}, 1, ErrServer},
		"a version that is refused":          {register, []func() (*http.Response, error){refuseConnection, respondOK}, 1, ErrUnreachable},
		"a delete whose connection is reset": {remove, []func() (*http.Response, error){refuseConnection, respondOK}, 1, ErrUnreachable},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, seen := 0, 0
			client := newStubClient(t, respondInTurn(&got, test.answers...), func(c *Config) { c.ObserveRequest = func(RequestInfo) { seen++ } })
			client.waitBackoff = skipBackoff
			if err := test.ask(t.Context(), client); !errors.Is(err, test.wantErr) {
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

// slowBody is an answer that never ends.
type slowBody struct{ ctx context.Context }

func (b slowBody) Read([]byte) (int, error) {
	<-b.ctx.Done()
	return 0, b.ctx.Err()
}

func (slowBody) Close() error { return nil }

var _ io.ReadCloser = slowBody{}

func TestSlowResponses(t *testing.T) {
	tests := map[string]struct {
		patience func(context.Context) (context.Context, context.CancelFunc)
		want     []error
		wantNot  error
		wantMsg  string
	}{
		"the request's own time is used up, and not once more": {
			patience: context.WithCancel, want: []error{ErrUnreachable}, wantNot: context.DeadlineExceeded,
			wantMsg: "registered-models/get: no whole answer within 30s",
		},
		"the caller's deadline comes first": {
			patience: func(ctx context.Context) (context.Context, context.CancelFunc) {
				return context.WithTimeout(ctx, time.Second)
			},
			want: []error{ErrUnreachable, context.DeadlineExceeded}, wantNot: context.Canceled,
			wantMsg: "registered-models/get: no whole answer in the time given",
		},
		"the caller leaves, and blames nobody": {
			patience: func(ctx context.Context) (context.Context, context.CancelFunc) {
				ctx, cancel := context.WithCancel(ctx)
				time.AfterFunc(time.Second, cancel)
				return ctx, cancel
			},
			want: []error{context.Canceled}, wantNot: ErrUnreachable, wantMsg: "registered-models/get: given up",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				requests := 0
				client := newStubClient(t, func(r *http.Request) (*http.Response, error) {
					requests++
					return &http.Response{StatusCode: 200, Body: slowBody{r.Context()}}, nil
				})
				ctx, cancel := test.patience(t.Context())
				defer cancel()
				err := readModel(ctx, client)
				for _, want := range test.want {
					if !errors.Is(err, want) {
						t.Errorf("error %v is not %v", err, want)
					}
				}
				if errors.Is(err, test.wantNot) || err.Error() != test.wantMsg || requests != 1 {
					t.Errorf("after %d requests: %q is %v, want %q", requests, err, test.wantNot, test.wantMsg)
				}
			})
		})
	}
}
