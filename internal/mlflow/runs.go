// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflow

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
)

// maxRunPageSize is the largest page that the server gives.
const maxRunPageSize = 50_000

// SearchRunsRequest asks for one page of runs.
type SearchRunsRequest struct {
	// ExperimentIDs are the experiments to look in, one at least. Runs of others are not
	// found, and experiments that don't exist do no harm: name more rather than fewer.
	ExperimentIDs []string
	// Filter is MLflow's filter language: see FilterIn.
	Filter string
	// MaxResults is the size of the page; 0 is 200.
	MaxResults int
	// PageToken is the NextPageToken of the page before; empty asks for the first.
	PageToken string
}

// RunPage is one page of a list of runs.
type RunPage struct {
	// Runs are as GetRun reads them, deleted ones too.
	Runs []*entities.Run
	// NextPageToken is empty on the last page, which may have no rows.
	NextPageToken string
}

// GetRun reads one run with the last point of each metric. It answers for deleted
// runs too: see Run.Deleted.
func (c *Client) GetRun(ctx context.Context, runID string) (*entities.Run, error) {
	q := newGetRequest("runs/get", url.Values{"run_id": {runID}})
	var answer struct {
		Run *entities.Run `json:"run"`
	}
	if err := c.doJSON(ctx, q, &answer); err != nil {
		return nil, err
	}
	if answer.Run == nil {
		return nil, newNotMLflowError(q.endpoint, "the answer holds no run")
	}
	return answer.Run, nil
}

// SearchRuns reads one page of runs, the last started first. A run that is not in it may
// be in another experiment, not to be read by these credentials, or not there at all:
// GetRun tells which.
func (c *Client) SearchRuns(ctx context.Context, request SearchRunsRequest) (*RunPage, error) {
	const endpoint = "runs/search"
	body, err := request.buildBody(endpoint)
	if err != nil {
		return nil, err
	}
	rows, next, err := requestPage[entities.Run](ctx, c, newQueryRequest(endpoint, body), "runs")
	if err != nil {
		return nil, err
	}
	return &RunPage{Runs: rows, NextPageToken: next}, checkPage(endpoint, request.PageToken, next, len(rows))
}

// searchRunsBody is the wire form of a SearchRunsRequest.
type searchRunsBody struct {
	ExperimentIDs []string `json:"experiment_ids"`
	Filter        string   `json:"filter,omitempty"`
	// RunViewType is ALL: a deleted run is another thing than one that is missing.
	RunViewType string `json:"run_view_type"`
	MaxResults  int    `json:"max_results"`
	PageToken   string `json:"page_token,omitempty"`
}

// buildBody refuses to ask in no experiment: MLflow answers that with success and nothing,
// which reads as runs without metrics.
func (r SearchRunsRequest) buildBody(endpoint string) (*searchRunsBody, error) {
	if len(r.ExperimentIDs) == 0 || slices.Contains(r.ExperimentIDs, "") {
		return nil, newInvalidRequestError(endpoint, "the runs of no experiment are asked for")
	}
	size, err := boundPageSize(endpoint, r.MaxResults, maxRunPageSize)
	if err != nil {
		return nil, err
	}
	return &searchRunsBody{
		ExperimentIDs: r.ExperimentIDs,
		Filter:        r.Filter,
		RunViewType:   "ALL",
		MaxResults:    size,
		PageToken:     r.PageToken,
	}, nil
}

const (
	historyEndpoint = "metrics/get-history"

	// historyPageSize are a megabyte of points.
	historyPageSize = 10_000
	// maxHistoryPages bounds a history at a million points, far past any training
	// that a gate could judge.
	maxHistoryPages = 100
)

// GetMetricHistory reads all points of one metric of a run. A metric that isn't
// there has none, and so has a run that isn't there: MLflow tells neither apart.
func (c *Client) GetMetricHistory(ctx context.Context, runID, key string) ([]entities.Metric, error) {
	var (
		points []entities.Metric
		token  string
	)
	for range maxHistoryPages {
		page, next, err := c.getHistoryPage(ctx, runID, key, token)
		if err != nil {
			return nil, err
		}
		points = append(points, page...)
		if next == "" {
			return points, nil
		}
		token = next
	}
	return nil, &Error{
		Endpoint: historyEndpoint, StatusCode: http.StatusOK,
		reason: "the history has more than a million points", kinds: []error{ErrTooLarge},
	}
}

// getHistoryPage always sends max_results: without it MLflow 3.5 answers with no
// points and a token that never ends.
func (c *Client) getHistoryPage(ctx context.Context, runID, key, token string) ([]entities.Metric, string, error) {
	query := url.Values{"run_id": {runID}, "metric_key": {key}, "max_results": {strconv.Itoa(historyPageSize)}}
	if token != "" {
		query.Set("page_token", token)
	}
	var answer struct {
		Metrics       []entities.Metric `json:"metrics"`
		NextPageToken string            `json:"next_page_token"`
	}
	if err := c.doJSON(ctx, newListRequest(historyEndpoint, query), &answer); err != nil {
		return nil, "", err
	}
	return answer.Metrics, answer.NextPageToken, checkPage(historyEndpoint, token, answer.NextPageToken, len(answer.Metrics))
}
