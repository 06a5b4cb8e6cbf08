// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflow

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
)

func TestSearchRegisteredModelsReadsAPage(t *testing.T) {
	client := newStubClient(t, func(*http.Request) (*http.Response, error) {
		return newResponse(http.StatusOK, `{"registered_models": [
			{"name": "m", "aliases": [{"alias": "champion", "version": "1"}], "tags": [{"key": "k", "value": ""}]},
			{"name": "n"}], "next_page_token": "t"}`), nil
	})
	page, err := client.SearchRegisteredModels(t.Context(), SearchRequest{})
	if err != nil {
		t.Fatal(err)
	}
	want := &RegisteredModelPage{
		RegisteredModels: []*entities.RegisteredModel{
			{Name: "m", Aliases: map[string]string{"champion": "1"}, Tags: map[string]string{"k": ""}},
			{Name: "n", Aliases: map[string]string{}, Tags: map[string]string{}},
		},
		NextPageToken: "t",
	}
	if diff := cmp.Diff(want, page); diff != "" {
		t.Errorf("page (-want +got):\n%s", diff)
	}
}

func TestPagesEnd(t *testing.T) {
	tests := map[string]struct {
		sent, body string
		want       error
	}{
		"an empty list has no key":       {body: `{}`},
		"the last page has no token":     {sent: "t", body: `{"model_versions": [{}]}`},
		"another page follows":           {sent: "t", body: `{"model_versions": [{}], "next_page_token": "u"}`},
		"the token does not move on":     {sent: "t", body: `{"model_versions": [{}], "next_page_token": "t"}`, want: ErrNotMLflow},
		"what was on the page is hidden": {sent: "t", body: `{"next_page_token": "u"}`},
		"a row that is none":             {body: `{"model_versions": [{}, null]}`, want: ErrNotMLflow},
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

// Pages of models are filled up with what may be read.
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
		t.Error("a page of this size is asked for")
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

// MLflow answers such a question with success and no runs.
func TestSearchRunsRequiresAnExperiment(t *testing.T) {
	client := newStubClient(t, func(*http.Request) (*http.Response, error) {
		t.Error("the question is asked")
		return nil, io.EOF
	})
	for name, request := range map[string]SearchRunsRequest{
		"none":             {Filter: "run_id IN ('r')"},
		"an empty one":     {ExperimentIDs: []string{"1", ""}},
		"too large a page": {ExperimentIDs: []string{"1"}, MaxResults: 50_001},
	} {
		if _, err := client.SearchRuns(t.Context(), request); !errors.Is(err, ErrInvalidParameter) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestGetMetricHistoryReadsAllPages(t *testing.T) {
	pages := map[string]string{
		"":  `{"metrics": [{"key": "loss", "value": 0.5, "step": 1}], "next_page_token": "2"}`,
		"2": `{"metrics": [{"key": "loss", "value": "NaN", "step": 2}]}`,
	}
	client := newStubClient(t, func(r *http.Request) (*http.Response, error) {
		return newResponse(http.StatusOK, pages[r.URL.Query().Get("page_token")]), nil
	})
	points, err := client.GetMetricHistory(t.Context(), "r", "loss")
	if err != nil {
		t.Fatal(err)
	}
	if len(points) != 2 || points[0].Value.String() != "0.5" || !points[1].Value.IsNaN() {
		t.Errorf("points are %v", points)
	}
}

func TestGetMetricHistoryIsBounded(t *testing.T) {
	token := ""
	client := newStubClient(t, func(*http.Request) (*http.Response, error) {
		token += "+"
		return newResponse(http.StatusOK, `{"metrics": [{}], "next_page_token": "`+token+`"}`), nil
	})
	if _, err := client.GetMetricHistory(t.Context(), "r", "loss"); !errors.Is(err, ErrTooLarge) {
		t.Errorf("error is %v", err)
	}
	if len(token) != maxHistoryPages {
		t.Errorf("%d pages were read, want %d", len(token), maxHistoryPages)
	}
}

func TestGetLoggedModelRejectsPaths(t *testing.T) {
	client := newStubClient(t, func(*http.Request) (*http.Response, error) {
		t.Error("the path is asked for")
		return nil, io.EOF
	})
	for _, id := range []string{"", "..", "m-1/../../users", "m-1?x", "m%2f", strings.Repeat("m", 129)} {
		if _, err := client.GetLoggedModel(t.Context(), id); !errors.Is(err, ErrInvalidParameter) {
			t.Errorf("%q: %v", id, err)
		}
	}
}

func TestResponsesWithoutTheObjectAreNotMLflow(t *testing.T) {
	asks := map[string]func(context.Context, *Client) error{
		"get model": func(ctx context.Context, c *Client) error {
			_, err := c.GetRegisteredModel(ctx, "m")
			return err
		},
		"get version": func(ctx context.Context, c *Client) error {
			_, err := c.GetModelVersion(ctx, "m", "1")
			return err
		},
		"get run": func(ctx context.Context, c *Client) error {
			_, err := c.GetRun(ctx, "r")
			return err
		},
		"get logged model": func(ctx context.Context, c *Client) error {
			_, err := c.GetLoggedModel(ctx, "m-1")
			return err
		},
		"transition": func(ctx context.Context, c *Client) error {
			return c.TransitionModelVersionStage(ctx, "m", "1", "Staging", false)
		},
	}
	for name, ask := range asks {
		t.Run(name, func(t *testing.T) {
			client := newStubClient(t, func(*http.Request) (*http.Response, error) {
				return newResponse(http.StatusOK, `{"status": "ok"}`), nil
			})
			if err := ask(t.Context(), client); !errors.Is(err, ErrNotMLflow) {
				t.Errorf("error is %v", err)
			}
		})
	}
}

func TestGetServerInfo(t *testing.T) {
	const page = "<!doctype html><title>404 Not Found</title>"
	tests := map[string]struct {
		version, info *http.Response
		want          *ServerInfo
		wantErr       error
	}{
		"a server of today": {
			version: newResponse(200, "3.17.2"), info: newResponse(200, `{"store_type": "SqlStore", "workspaces_enabled": true}`),
			want: &ServerInfo{Version: "3.17.2", WorkspacesEnabled: true},
		},
		"an old server has no server-info": {
			version: newResponse(200, "2.22.5\n"), info: newResponse(404, page), want: &ServerInfo{Version: "2.22.5"},
		},
		"a gateway lets only the API through": {
			version: newResponse(404, page), info: newResponse(200, `{"store_type": "SqlStore"}`), want: &ServerInfo{},
		},
		"neither is there":                  {version: newResponse(404, page), info: newResponse(404, page), wantErr: ErrNotMLflow},
		"a page that answers everything":    {version: newResponse(200, page), info: newResponse(200, page), wantErr: ErrNotMLflow},
		"a service that answers everything": {version: newResponse(200, `{}`), info: newResponse(200, `{}`), wantErr: ErrNotMLflow},
		"the version wants credentials":     {version: newResponse(401, "You are not authenticated."), wantErr: ErrUnauthenticated},
		"only server-info looks at the host": {
			version: newResponse(200, "3.5.1"), info: newResponse(403, "Invalid Host header"), wantErr: ErrHostNotAllowed,
		},
		"the server fails in between":          {version: newResponse(200, "3.5.1"), info: newResponse(500, page), wantErr: ErrServer},
		"a version of letters is not believed": {version: newResponse(200, "nginx"), info: newResponse(404, page), wantErr: ErrNotMLflow},
		"a development version is a version too": {
			version: newResponse(200, "3.18.0.dev0"), info: newResponse(404, page), want: &ServerInfo{Version: "3.18.0.dev0"},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			client := newStubClient(t, func(r *http.Request) (*http.Response, error) {
				if r.URL.Path == "/version" {
					return test.version, nil
				}
				return test.info, nil
			})
			got, err := client.GetServerInfo(t.Context())
			if !errors.Is(err, test.wantErr) {
				t.Errorf("error is %v, want %v", err, test.wantErr)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("info (-want +got):\n%s", diff)
			}
		})
	}
}
