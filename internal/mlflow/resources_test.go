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

func TestGetReturnsObjects(t *testing.T) {
	tests := map[string]struct {
		call func(context.Context, *Client) (any, error)
		body string
		want any
	}{
		"a model": {
			call: func(ctx context.Context, c *Client) (any, error) { return c.GetRegisteredModel(ctx, "m") },
			body: `{"registered_model": {"name": "m", "description": "d"}}`,
			want: &entities.RegisteredModel{
				Name: "m", Description: "d", Tags: map[string]string{}, Aliases: map[string]string{},
			},
		},
		"a created model": {
			call: func(ctx context.Context, c *Client) (any, error) { return c.CreateRegisteredModel(ctx, "m", "", nil) },
			body: `{"registered_model": {"name": "m", "creation_timestamp": 7}}`,
			want: &entities.RegisteredModel{
				Name: "m", CreationTimestamp: 7, Tags: map[string]string{}, Aliases: map[string]string{},
			},
		},
		"a version": {
			call: func(ctx context.Context, c *Client) (any, error) { return c.GetModelVersion(ctx, "m", "1") },
			body: `{"model_version": {"name": "m", "version": "1", "aliases": ["champion"]}}`,
			want: &entities.ModelVersion{
				Name: "m", Version: "1", Aliases: []string{"champion"}, Tags: map[string]string{},
			},
		},
		"a page of versions": {
			call: func(ctx context.Context, c *Client) (any, error) {
				return c.SearchModelVersions(ctx, SearchRequest{})
			},
			body: `{"model_versions": [{"name": "m", "version": "2"}], "next_page_token": "t"}`,
			want: &ModelVersionPage{
				ModelVersions: []*entities.ModelVersion{{Name: "m", Version: "2", Tags: map[string]string{}}}, NextPageToken: "t",
			},
		},
		"a run": {
			call: func(ctx context.Context, c *Client) (any, error) { return c.GetRun(ctx, "r") },
			body: `{"run": {"info": {"run_id": "r", "lifecycle_stage": "active"}}}`,
			want: &entities.Run{RunID: "r", LifecycleStage: "active", Tags: map[string]string{}},
		},
		"a page of runs": {
			call: func(ctx context.Context, c *Client) (any, error) {
				return c.SearchRuns(ctx, SearchRunsRequest{ExperimentIDs: []string{"1"}})
			},
			body: `{"runs": [{"info": {"run_id": "r", "experiment_id": "1"}}], "next_page_token": "t"}`,
			want: &RunPage{
				Runs: []*entities.Run{{RunID: "r", ExperimentID: "1", Tags: map[string]string{}}}, NextPageToken: "t",
			},
		},
		"a logged model": {
			call: func(ctx context.Context, c *Client) (any, error) { return c.GetLoggedModel(ctx, "m-1") },
			body: `{"model": {"info": {"model_id": "m-1", "source_run_id": "r"}}}`,
			want: &entities.LoggedModel{ModelID: "m-1", SourceRunID: "r"},
		},
		"the history of a missing metric": {
			call: func(ctx context.Context, c *Client) (any, error) { return c.GetMetricHistory(ctx, "r", "k") },
			body: `{}`,
			want: []entities.Metric(nil),
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			client := newStubClient(t, func(*http.Request) (*http.Response, error) { return newResponse(http.StatusOK, test.body), nil })
			got, err := test.call(t.Context(), client)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("object (-want +got):\n%s", diff)
			}
		})
	}
}

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

func TestGetLoggedModelRejectsPaths(t *testing.T) {
	client := newStubClient(t, func(*http.Request) (*http.Response, error) {
		t.Error("the path is requested")
		return nil, io.EOF
	})
	for _, id := range []string{"", "..", "m-1/../../users", "m-1?x", "m%2f", strings.Repeat("m", 129)} {
		if _, err := client.GetLoggedModel(t.Context(), id); !errors.Is(err, ErrInvalidParameter) {
			t.Errorf("%q: %v", id, err)
		}
	}
}

func TestResponsesWithoutTheObjectAreNotMLflow(t *testing.T) {
	calls := map[string]func(context.Context, *Client) error{
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
	for name, call := range calls {
		t.Run(name, func(t *testing.T) {
			client := newStubClient(t, func(*http.Request) (*http.Response, error) {
				return newResponse(http.StatusOK, `{"status": "ok"}`), nil
			})
			if err := call(t.Context(), client); !errors.Is(err, ErrNotMLflow) {
				t.Errorf("error is %v", err)
			}
		})
	}
}
