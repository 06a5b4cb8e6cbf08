// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflow

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// recordedRequest is a request as the server receives it.
type recordedRequest struct {
	Method, URI, Body string
}

func TestRequests(t *testing.T) {
	tests := map[string]struct {
		call func(context.Context, *Client) error
		want recordedRequest
	}{
		"get a model": {
			call: func(ctx context.Context, c *Client) error {
				_, err := c.GetRegisteredModel(ctx, "a b&c=/é")
				return err
			},
			want: recordedRequest{Method: "GET", URI: "/api/2.0/mlflow/registered-models/get?name=a+b%26c%3D%2F%C3%A9"},
		},
		"create a model with its tags in order": {
			call: func(ctx context.Context, c *Client) error {
				_, err := c.CreateRegisteredModel(ctx, "m", "text", map[string]string{"b": "2", "a": "1"})
				return err
			},
			want: recordedRequest{
				Method: "POST", URI: "/api/2.0/mlflow/registered-models/create",
				Body: `{"name":"m","description":"text","tags":[{"key":"a","value":"1"},{"key":"b","value":"2"}]}`,
			},
		},
		"create a model with a name only": {
			call: func(ctx context.Context, c *Client) error {
				_, err := c.CreateRegisteredModel(ctx, "m", "", nil)
				return err
			},
			want: recordedRequest{Method: "POST", URI: "/api/2.0/mlflow/registered-models/create", Body: `{"name":"m"}`},
		},
		"create a version with every field": {
			call: func(ctx context.Context, c *Client) error {
				_, err := c.CreateModelVersion(ctx, "m", CreateModelVersionRequest{
					Source: "models:/m-1", LoggedModelID: "m-1", Description: "text", Tags: map[string]string{"b": "2", "a": "1"},
				})
				return err
			},
			want: recordedRequest{
				Method: "POST", URI: "/api/2.0/mlflow/model-versions/create",
				Body: `{"name":"m","source":"models:/m-1","model_id":"m-1","description":"text",` +
					`"tags":[{"key":"a","value":"1"},{"key":"b","value":"2"}]}`,
			},
		},
		"create a version with a source and a run only": {
			call: func(ctx context.Context, c *Client) error {
				_, err := c.CreateModelVersion(ctx, "m", CreateModelVersionRequest{Source: "runs:/r/model", RunID: "r"})
				return err
			},
			want: recordedRequest{
				Method: "POST", URI: "/api/2.0/mlflow/model-versions/create", Body: `{"name":"m","source":"runs:/r/model","run_id":"r"}`,
			},
		},
		"an empty description of a version is sent, not left out": {
			call: func(ctx context.Context, c *Client) error { return c.UpdateModelVersion(ctx, "m", "7", "") },
			want: recordedRequest{
				Method: "PATCH", URI: "/api/2.0/mlflow/model-versions/update", Body: `{"name":"m","version":"7","description":""}`,
			},
		},
		"delete a model": {
			call: func(ctx context.Context, c *Client) error { return c.DeleteRegisteredModel(ctx, "m") },
			want: recordedRequest{Method: "DELETE", URI: "/api/2.0/mlflow/registered-models/delete", Body: `{"name":"m"}`},
		},
		"delete a version": {
			call: func(ctx context.Context, c *Client) error { return c.DeleteModelVersion(ctx, "m", "7") },
			want: recordedRequest{
				Method: "DELETE", URI: "/api/2.0/mlflow/model-versions/delete", Body: `{"name":"m","version":"7"}`,
			},
		},
		"delete a tag of a version": {
			call: func(ctx context.Context, c *Client) error { return c.DeleteModelVersionTag(ctx, "m", "7", "k") },
			want: recordedRequest{
				Method: "DELETE", URI: "/api/2.0/mlflow/model-versions/delete-tag", Body: `{"name":"m","version":"7","key":"k"}`,
			},
		},
		"an empty description is sent, not left out": {
			call: func(ctx context.Context, c *Client) error { return c.UpdateRegisteredModel(ctx, "m", "") },
			want: recordedRequest{
				Method: "PATCH", URI: "/api/2.0/mlflow/registered-models/update", Body: `{"name":"m","description":""}`,
			},
		},
		"search models": {
			call: func(ctx context.Context, c *Client) error {
				_, err := c.SearchRegisteredModels(ctx, SearchRequest{
					Filter: "name = 'm'", OrderBy: []string{"name ASC", "timestamp DESC"}, MaxResults: 7, PageToken: "t=",
				})
				return err
			},
			want: recordedRequest{Method: "GET", URI: "/api/2.0/mlflow/registered-models/search?" +
				"filter=name+%3D+%27m%27&max_results=7&order_by=name+ASC&order_by=timestamp+DESC&page_token=t%3D"},
		},
		"the size of a page is always sent": {
			call: func(ctx context.Context, c *Client) error {
				_, err := c.SearchModelVersions(ctx, SearchRequest{})
				return err
			},
			want: recordedRequest{Method: "GET", URI: "/api/2.0/mlflow/model-versions/search?max_results=200"},
		},
		"set a tag of a model": {
			call: func(ctx context.Context, c *Client) error { return c.SetRegisteredModelTag(ctx, "m", "k", "") },
			want: recordedRequest{
				Method: "POST", URI: "/api/2.0/mlflow/registered-models/set-tag", Body: `{"name":"m","key":"k","value":""}`,
			},
		},
		"a delete has its arguments in the body": {
			call: func(ctx context.Context, c *Client) error { return c.DeleteRegisteredModelTag(ctx, "m", "k") },
			want: recordedRequest{
				Method: "DELETE", URI: "/api/2.0/mlflow/registered-models/delete-tag", Body: `{"name":"m","key":"k"}`,
			},
		},
		"the version of an alias is a string": {
			call: func(ctx context.Context, c *Client) error {
				return c.SetRegisteredModelAlias(ctx, "m", "champion", "7")
			},
			want: recordedRequest{
				Method: "POST", URI: "/api/2.0/mlflow/registered-models/alias",
				Body: `{"name":"m","alias":"champion","version":"7"}`,
			},
		},
		"get a version": {
			call: func(ctx context.Context, c *Client) error {
				_, err := c.GetModelVersion(ctx, "m", "7")
				return err
			},
			want: recordedRequest{Method: "GET", URI: "/api/2.0/mlflow/model-versions/get?name=m&version=7"},
		},
		"set a tag of a version": {
			call: func(ctx context.Context, c *Client) error { return c.SetModelVersionTag(ctx, "m", "7", "k", "<v>") },
			want: recordedRequest{
				Method: "POST", URI: "/api/2.0/mlflow/model-versions/set-tag",
				Body: `{"name":"m","version":"7","key":"k","value":"\u003cv\u003e"}`,
			},
		},
		"a transition says whether to archive": {
			call: func(ctx context.Context, c *Client) error {
				return c.TransitionModelVersionStage(ctx, "m", "7", "Production", true)
			},
			want: recordedRequest{
				Method: "POST", URI: "/api/2.0/mlflow/model-versions/transition-stage",
				Body: `{"name":"m","version":"7","stage":"Production","archive_existing_versions":true}`,
			},
		},
		"get a run": {
			call: func(ctx context.Context, c *Client) error {
				_, err := c.GetRun(ctx, "r")
				return err
			},
			want: recordedRequest{Method: "GET", URI: "/api/2.0/mlflow/runs/get?run_id=r"},
		},
		"runs are searched in each lifecycle stage": {
			call: func(ctx context.Context, c *Client) error {
				_, err := c.SearchRuns(ctx, SearchRunsRequest{ExperimentIDs: []string{"1", "2"}, Filter: "run_id IN ('r')"})
				return err
			},
			want: recordedRequest{
				Method: "POST", URI: "/api/2.0/mlflow/runs/search",
				Body: `{"experiment_ids":["1","2"],"filter":"run_id IN ('r')","run_view_type":"ALL","max_results":200}`,
			},
		},
		"a later page of runs": {
			call: func(ctx context.Context, c *Client) error {
				_, err := c.SearchRuns(ctx, SearchRunsRequest{ExperimentIDs: []string{"1"}, MaxResults: 7, PageToken: "t"})
				return err
			},
			want: recordedRequest{
				Method: "POST", URI: "/api/2.0/mlflow/runs/search",
				Body: `{"experiment_ids":["1"],"run_view_type":"ALL","max_results":7,"page_token":"t"}`,
			},
		},
		"the history of a metric": {
			call: func(ctx context.Context, c *Client) error {
				_, err := c.GetMetricHistory(ctx, "r", "f1")
				return err
			},
			want: recordedRequest{
				Method: "GET", URI: "/api/2.0/mlflow/metrics/get-history?max_results=10000&metric_key=f1&run_id=r",
			},
		},
		"get a logged model": {
			call: func(ctx context.Context, c *Client) error {
				_, err := c.GetLoggedModel(ctx, "m-1f")
				return err
			},
			want: recordedRequest{Method: "GET", URI: "/api/2.0/mlflow/logged-models/m-1f"},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var got recordedRequest
			client := newServedClient(t, func(w http.ResponseWriter, r *http.Request) {
				body, _ := io.ReadAll(r.Body)
				got = recordedRequest{Method: r.Method, URI: r.RequestURI, Body: string(body)}
				_, _ = io.WriteString(w, `{"registered_model":{},"model_version":{},"run":{},"model":{}}`)
			})
			if err := test.call(t.Context(), client); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("the server receives (-want +got):\n%s", diff)
			}
		})
	}
}

func TestHeaders(t *testing.T) {
	tests := map[string]struct {
		edit func(*Config)
		want map[string]string
	}{
		"anonymous, in no workspace": {
			edit: func(*Config) {},
			want: map[string]string{"Authorization": "", "X-Mlflow-Workspace": ""},
		},
		"basic": {
			edit: func(c *Config) { c.Auth = BasicAuth{Username: "u", Password: "p:q"} },
			want: map[string]string{"Authorization": "Basic dTpwOnE="},
		},
		"bearer": {
			edit: func(c *Config) { c.Auth = BearerAuth{Token: "t0k"} },
			want: map[string]string{"Authorization": "Bearer t0k"},
		},
		"in a workspace": {
			edit: func(c *Config) { c.Workspace = "team-a" },
			want: map[string]string{"X-Mlflow-Workspace": "team-a"},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var got http.Header
			client := newServedClient(t, func(w http.ResponseWriter, r *http.Request) {
				got = r.Header
				_, _ = io.WriteString(w, "{}")
			}, test.edit)
			if err := client.SetRegisteredModelTag(t.Context(), "m", "k", "v"); err != nil {
				t.Fatal(err)
			}
			always := map[string]string{
				"User-Agent": "mlflow-registry-operator", "Content-Type": "application/json", "Origin": "",
			}
			for _, want := range []map[string]string{always, test.want} {
				for key, value := range want {
					if got.Get(key) != value {
						t.Errorf("header %s is %q, want %q", key, got.Get(key), value)
					}
				}
			}
		})
	}
}

func TestPathPrefix(t *testing.T) {
	var paths []string
	handler := func(w http.ResponseWriter, r *http.Request) {
		paths = append(paths, r.URL.EscapedPath())
		_, _ = io.WriteString(w, `{"registered_model":{},"model":{}}`)
	}
	client := newServedClient(t, handler, func(c *Config) { c.URL += "/team%2Fa/mlflow/" })
	_, _ = client.GetRegisteredModel(t.Context(), "m")
	_, _ = client.GetLoggedModel(t.Context(), "m-1")
	_, _ = client.GetServerInfo(t.Context())
	want := []string{
		"/team%2Fa/mlflow/api/2.0/mlflow/registered-models/get",
		"/team%2Fa/mlflow/api/2.0/mlflow/logged-models/m-1",
		"/team%2Fa/mlflow/version",
		"/team%2Fa/mlflow/api/3.0/mlflow/server-info",
	}
	if diff := cmp.Diff(want, paths); diff != "" {
		t.Errorf("paths (-want +got):\n%s", diff)
	}
}

// TestReadOnly checks that a read-only client sends no write of any kind, but reads.
func TestReadOnly(t *testing.T) {
	var received []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		received = append(received, r.Method+" "+r.URL.Path)
		_, _ = w.Write([]byte(`{}`))
	}))
	defer server.Close()
	client, err := New(Config{URL: server.URL, ReadOnlyReason: "FLAG is false"})
	if err != nil {
		t.Fatal(err)
	}
	for name, write := range map[string]func(context.Context) error{
		"create": func(ctx context.Context) error { _, err := client.CreateRegisteredModel(ctx, "m", "", nil); return err },
		"update": func(ctx context.Context) error { return client.UpdateRegisteredModel(ctx, "m", "d") },
		"tag":    func(ctx context.Context) error { return client.SetRegisteredModelTag(ctx, "m", "k", "v") },
		"delete": func(ctx context.Context) error { return client.DeleteRegisteredModelTag(ctx, "m", "k") },
		"alias":  func(ctx context.Context) error { return client.SetRegisteredModelAlias(ctx, "m", "champion", "1") },
		"move": func(ctx context.Context) error {
			return client.TransitionModelVersionStage(ctx, "m", "1", "Production", true)
		},
	} {
		t.Run(name, func(t *testing.T) {
			err := write(t.Context())
			if !errors.Is(err, ErrReadOnly) || !IsDefinitive(err) || IsConnectionError(err) {
				t.Errorf("the error is %v", err)
			}
		})
	}
	if len(received) > 0 {
		t.Errorf("the server received %v", received)
	}
	if _, err := client.SearchRuns(t.Context(), SearchRunsRequest{ExperimentIDs: []string{"0"}}); err != nil || len(received) != 1 {
		t.Errorf("a search, which is a POST, returned %v and sent %v", err, received)
	}
	want := "registered-models/alias: nothing is written while FLAG is false"
	if err := client.SetRegisteredModelAlias(t.Context(), "m", "champion", "1"); err.Error() != want {
		t.Errorf("error is %q, want %q", err, want)
	}
}
