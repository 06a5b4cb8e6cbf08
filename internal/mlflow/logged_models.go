// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflow

import (
	"context"
	"net/http"
	"regexp"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
)

// modelID is what an identifier may hold. It becomes a part of a path, and comes
// from the source of a version, which anybody may have written.
var modelID = regexp.MustCompile(`^[A-Za-z0-9_-]{1,128}$`)

// GetLoggedModel reads a logged model with all points of its metrics. Servers
// before 3.0 have none, and answer ErrNotMLflow.
func (c *Client) GetLoggedModel(ctx context.Context, id string) (*entities.LoggedModel, error) {
	const endpoint = "logged-models/get"
	if !modelID.MatchString(id) {
		return nil, refuse(endpoint, "%.40q is not the identifier of a logged model", id)
	}
	q := call{method: http.MethodGet, endpoint: endpoint, path: apiPath + "logged-models/" + id}
	var answer struct {
		Model *entities.LoggedModel `json:"model"`
	}
	if err := c.do(ctx, q, &answer); err != nil {
		return nil, err
	}
	if answer.Model == nil {
		return nil, notMLflow(endpoint, "the answer holds no logged model")
	}
	return answer.Model, nil
}
