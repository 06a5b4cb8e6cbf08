// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflow

import (
	"context"
	"net/http"
	"net/url"
	"strconv"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
)

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
