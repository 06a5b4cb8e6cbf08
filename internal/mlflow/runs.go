// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflow

import (
	"context"
	"net/http"
	"net/url"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
)

// GetRun reads one run with the last point of each metric. It answers for deleted
// runs too: see Run.Deleted.
func (c *Client) GetRun(ctx context.Context, runID string) (*entities.Run, error) {
	q := get("runs/get", url.Values{"run_id": {runID}})
	var answer struct {
		Run *entities.Run `json:"run"`
	}
	if err := c.do(ctx, q, &answer); err != nil {
		return nil, err
	}
	if answer.Run == nil {
		return nil, notMLflow(q.endpoint, "the answer holds no run")
	}
	return answer.Run, nil
}

// RunSearch asks for one page of runs, whether deleted or not.
type RunSearch struct {
	// ExperimentIDs are where to search. Without any MLflow finds nothing, and says so
	// with status 200: SearchRuns refuses that.
	ExperimentIDs []string
	Filter        string
	// MaxResults is the size of the page; 0 is 200.
	MaxResults int
	PageToken  string
}

// RunPage is one page of a search for runs.
type RunPage struct {
	Runs []*entities.Run `json:"runs"`
	// NextPageToken is empty on the last page.
	NextPageToken string `json:"next_page_token"`
}

// SearchRuns reads one page of runs, each as GetRun shows it.
func (c *Client) SearchRuns(ctx context.Context, request RunSearch) (*RunPage, error) {
	const endpoint = "runs/search"
	if len(request.ExperimentIDs) == 0 {
		return nil, refuse(endpoint, "a search for runs needs experiments to search in")
	}
	if request.MaxResults == 0 {
		request.MaxResults = defaultPage
	}
	q := call{method: http.MethodPost, endpoint: endpoint, maxBytes: maxListBytes, reads: true, body: map[string]any{
		"experiment_ids": request.ExperimentIDs, "filter": request.Filter, "max_results": request.MaxResults,
		"page_token": request.PageToken, "run_view_type": "ALL",
	}}
	page := &RunPage{}
	if err := c.do(ctx, q, page); err != nil {
		return nil, err
	}
	if err := checkRows(endpoint, page.Runs); err != nil {
		return nil, err
	}
	return page, checkPage(endpoint, request.PageToken, page.NextPageToken, len(page.Runs))
}
