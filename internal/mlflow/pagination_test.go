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
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// searches are the methods that request a page, each with the key of its rows.
var searches = map[string]struct {
	key  string
	call func(context.Context, *Client) (rows int, err error)
}{
	"models": {"registered_models", func(ctx context.Context, c *Client) (int, error) {
		page, err := c.SearchRegisteredModels(ctx, SearchRequest{})
		if err != nil {
			return 0, err
		}
		return len(page.RegisteredModels), nil
	}},
	"versions": {"model_versions", func(ctx context.Context, c *Client) (int, error) {
		page, err := c.SearchModelVersions(ctx, SearchRequest{})
		if err != nil {
			return 0, err
		}
		return len(page.ModelVersions), nil
	}},
	"runs": {"runs", func(ctx context.Context, c *Client) (int, error) {
		page, err := c.SearchRuns(ctx, SearchRunsRequest{ExperimentIDs: []string{"1"}})
		if err != nil {
			return 0, err
		}
		return len(page.Runs), nil
	}},
}

func TestInvalidPages(t *testing.T) {
	bodies := map[string]struct {
		body string
		want error
	}{
		"a page":                      {`{"other": {"ROWS": [1]}, "ROWS": [{}, {}], "next_page_token": "t"}`, nil},
		"a login page":                {"<!doctype html><title>Log in</title>", ErrNotMLflow},
		"nothing":                     {"", ErrNotMLflow},
		"a list":                      {"[]", ErrNotMLflow},
		"half a page":                 {`{"ROWS": [{}, {}`, ErrNotMLflow},
		"rows in an object":           {`{"ROWS": {}}`, ErrNotMLflow},
		"a null row":                  {`{"ROWS": [{}, null]}`, ErrNotMLflow},
		"a row of another kind":       {`{"ROWS": [{}, "m"]}`, ErrNotMLflow},
		"a token of another kind":     {`{"ROWS": [{}], "next_page_token": 7}`, ErrNotMLflow},
		"something after the page":    {`{"ROWS": [{}]} {"ROWS": [{}]}`, ErrNotMLflow},
		"a broken value under no key": {`{"other": {"a": }, "ROWS": [{}]}`, ErrNotMLflow},
	}
	for what, search := range searches {
		for name, test := range bodies {
			t.Run(what+"/"+name, func(t *testing.T) {
				codes := []string{}
				client := newStubClient(t, func(*http.Request) (*http.Response, error) {
					return newResponse(http.StatusOK, strings.ReplaceAll(test.body, "ROWS", search.key)), nil
				}, func(c *Config) { c.ObserveRequest = func(i RequestInfo) { codes = append(codes, i.Code) } })
				rows, err := search.call(t.Context(), client)
				wantOnlyKind(t, err, test.want)
				if test.want == nil && rows != 2 {
					t.Errorf("%d rows", rows)
				}
				if diff := cmp.Diff([]string{"200"}, codes); diff != "" || client.limiter.InFlight() != 0 {
					t.Errorf("%d slots are in use; codes (-want +got):\n%s", client.limiter.InFlight(), diff)
				}
			})
		}
	}
}

// The client requests a page again that breaks off, and drops its rows.
func TestAnInterruptedPageIsRetried(t *testing.T) {
	for what, search := range searches {
		t.Run(what, func(t *testing.T) {
			var received atomic.Int32
			var codes []string
			client := newServedClient(t, func(w http.ResponseWriter, _ *http.Request) {
				if received.Add(1) == 1 {
					w.Header().Set("Content-Length", "1000")
					_, _ = io.WriteString(w, `{"`+search.key+`": [{}, {}, {}, `)
					return
				}
				_, _ = io.WriteString(w, `{"`+search.key+`": [{}]}`)
			}, func(c *Config) { c.ObserveRequest = func(i RequestInfo) { codes = append(codes, i.Code) } })
			client.waitBackoff = skipBackoff
			rows, err := search.call(t.Context(), client)
			if rows != 1 || err != nil {
				t.Errorf("%d rows, error %v", rows, err)
			}
			if diff := cmp.Diff([]string{"error", "200"}, codes); diff != "" {
				t.Errorf("codes (-want +got):\n%s", diff)
			}
		})
	}
}

// repeatingReader repeats a text without end.
type repeatingReader struct {
	text   string
	offset int
}

func (e *repeatingReader) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = e.text[e.offset%len(e.text)]
		e.offset++
	}
	return len(p), nil
}

func TestAPageThatDoesNotEndIsTooLarge(t *testing.T) {
	for name, test := range map[string]struct{ start, then string }{
		"of rows":      {`{"registered_models": [`, `{"name": "` + strings.Repeat("m", 1000) + `"}, `},
		"of space":     {`{"registered_models": [{}]}`, ` `},
		"of one value": {`{"next_page_token": "`, `a`},
		"of garbage":   {`{"registered_models": `, `]`},
	} {
		t.Run(name, func(t *testing.T) {
			client := newStubClient(t, func(*http.Request) (*http.Response, error) {
				body := io.NopCloser(io.MultiReader(strings.NewReader(test.start), &repeatingReader{text: test.then}))
				return &http.Response{StatusCode: http.StatusOK, Body: body}, nil
			})
			wantOnlyKind(t, requestModels(t, client), ErrTooLarge)
		})
	}
}

// The client keeps a connection after an answer that is not a page, too, because it reads each
// answer to its end.
func TestPagesLeaveTheConnectionUsable(t *testing.T) {
	bodies := []string{
		`{"runs": [{}]}  `, "<!doctype html>" + strings.Repeat(" ", 100_000), `{"runs": [` + strings.Repeat("{},", 50_000),
	}
	var opened, received atomic.Int32
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, bodies[received.Add(1)-1])
	}))
	server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			opened.Add(1)
		}
	}
	server.Start()
	t.Cleanup(server.Close)
	client := newTestClient(t, server.URL)
	var codes []string
	client.config.ObserveRequest = func(i RequestInfo) { codes = append(codes, i.Code) }
	for range bodies {
		_, _ = searches["runs"].call(t.Context(), client)
	}
	want := int32(len(bodies))
	if keepAliveIsFast {
		want = 1
	}
	if diff := cmp.Diff([]string{"200", "200", "200"}, codes); diff != "" || opened.Load() != want {
		t.Errorf("%d connections, want %d; codes (-want +got):\n%s", opened.Load(), want, diff)
	}
}

func TestACallerMayCancelInTheMiddleOfAPage(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	client := newServedClient(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, `{"registered_models": [{}`)
		_ = http.NewResponseController(w).Flush()
		cancel()
		<-r.Context().Done()
	})
	_, err := searches["models"].call(ctx, client)
	wantOnlyKind(t, err, context.Canceled)
}

func TestPagesEnd(t *testing.T) {
	tests := map[string]struct {
		sent, body string
		want       error
	}{
		"an empty list has no key":        {body: `{}`},
		"the last page has no token":      {sent: "t", body: `{"model_versions": [{}]}`},
		"another page follows":            {sent: "t", body: `{"model_versions": [{}], "next_page_token": "u"}`},
		"the token does not change":       {sent: "t", body: `{"model_versions": [{}], "next_page_token": "t"}`, want: ErrNotMLflow},
		"all rows of the page are hidden": {sent: "t", body: `{"next_page_token": "u"}`},
		"a null row":                      {body: `{"model_versions": [{}, null]}`, want: ErrNotMLflow},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			client := newStubClient(t, func(*http.Request) (*http.Response, error) { return newResponse(http.StatusOK, test.body), nil })
			_, err := client.SearchModelVersions(t.Context(), SearchRequest{PageToken: test.sent})
			if !errors.Is(err, test.want) {
				t.Errorf("error is %v, want %v", err, test.want)
			}
		})
	}
}

// MLflow fills the pages of models with those that the account may read.
func TestAPageOfModelsIsEmptyOnlyAtTheEnd(t *testing.T) {
	client := newStubClient(t, func(*http.Request) (*http.Response, error) {
		return newResponse(http.StatusOK, `{"next_page_token": "u"}`), nil
	})
	if _, err := client.SearchRegisteredModels(t.Context(), SearchRequest{PageToken: "t"}); !errors.Is(err, ErrNotMLflow) {
		t.Errorf("error is %v", err)
	}
}

func TestPageSizesAreBounded(t *testing.T) {
	client := newStubClient(t, func(*http.Request) (*http.Response, error) {
		t.Error("a page of this size is requested")
		return nil, io.EOF
	})
	for _, size := range []int{-1, 1001} {
		if _, err := client.SearchRegisteredModels(t.Context(), SearchRequest{MaxResults: size}); !errors.Is(err, ErrInvalidParameter) {
			t.Errorf("a page of %d models: %v", size, err)
		}
	}
	if _, err := client.SearchModelVersions(t.Context(), SearchRequest{MaxResults: 200_001}); !errors.Is(err, ErrInvalidParameter) {
		t.Errorf("a page of 200001 versions: %v", err)
	}
}
