// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflow

import (
	"context"
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
