// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflow

import (
	"context"
	"net/http"
	"regexp"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
)

// loggedModelIDPattern is what an identifier may hold. It becomes a part of a path, and comes
// from the source of a version, which anybody may have written.
var loggedModelIDPattern = regexp.MustCompile(`^[A-Za-z0-9_-]{1,128}$`)

// GetLoggedModel reads a logged model with all points of its metrics. Servers
// before 3.0 have none, and answer ErrNotMLflow.
func (c *Client) GetLoggedModel(ctx context.Context, id string) (*entities.LoggedModel, error) {
	const endpoint = "logged-models/get"
	if !loggedModelIDPattern.MatchString(id) {
		return nil, newInvalidRequestError(endpoint, "%.40q is not the identifier of a logged model", id)
	}
	q := apiRequest{method: http.MethodGet, endpoint: endpoint, path: apiPath + "logged-models/" + id}
	var answer struct {
		Model *entities.LoggedModel `json:"model"`
	}
	if err := c.doJSON(ctx, q, &answer); err != nil {
		return nil, err
	}
	if answer.Model == nil {
		return nil, newNotMLflowError(endpoint, "the answer holds no logged model")
	}
	return answer.Model, nil
}
