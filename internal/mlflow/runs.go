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

// maxRunPageSize is the largest max_results that the server accepts.
const maxRunPageSize = 50_000

// SearchRunsRequest selects one page of runs.
type SearchRunsRequest struct {
	// ExperimentIDs are the experiments to search, at least one. Runs of other experiments
	// are not found; experiments that do not exist are ignored.
	ExperimentIDs []string
	// Filter is in MLflow's filter language: see FilterIn.
	Filter string
	// MaxResults is the size of the page; 0 is 200.
	MaxResults int
	// PageToken is the NextPageToken of the page before; empty selects the first page.
	PageToken string
}

// RunPage is one page of a list of runs.
type RunPage struct {
	// Runs are as GetRun returns them, deleted runs included.
	Runs []*entities.Run
	// NextPageToken selects the next page; empty on the last one, which may have no rows.
	NextPageToken string
}

// GetRun reads one run with the last point of each metric. It returns deleted runs, too: see
// entities.Run.IsDeleted.
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

// SearchRuns reads one page of runs, the last started first. A run that the list lacks may be in
// another experiment, hidden from the account, or missing: GetRun returns which.
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

// searchRunsBody is a SearchRunsRequest in MLflow's JSON.
type searchRunsBody struct {
	ExperimentIDs []string `json:"experiment_ids"`
	Filter        string   `json:"filter,omitempty"`
	// RunViewType is ALL, because a deleted run differs from a missing one.
	RunViewType string `json:"run_view_type"`
	MaxResults  int    `json:"max_results"`
	PageToken   string `json:"page_token,omitempty"`
}

// buildBody rejects a request without experiments: MLflow answers it with an empty list, as if
// the runs did not exist.
func (r SearchRunsRequest) buildBody(endpoint string) (*searchRunsBody, error) {
	if len(r.ExperimentIDs) == 0 || slices.Contains(r.ExperimentIDs, "") {
		return nil, newInvalidRequestError(endpoint, "the request names no experiment, or an empty one")
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

	// historyPageSize is the number of points in about a megabyte.
	historyPageSize = 10_000
	// maxHistoryPages limits a history to a million points, far more than any training
	// that a gate evaluates.
	maxHistoryPages = 100
)

// GetMetricHistory reads all points of one metric of a run. It returns no points for a missing
// metric and for a missing run, because MLflow answers both in the same way.
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

// getHistoryPage always sends max_results: without it MLflow 3.5 answers with no points and a
// token, forever.
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
