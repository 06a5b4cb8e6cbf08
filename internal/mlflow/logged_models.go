// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflow

import (
	"context"
	"net/http"
	"regexp"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
)

// loggedModelIDPattern keeps an id from changing the URL that it becomes a part of. The id comes
// from the source of a version, which every user of MLflow may write.
var loggedModelIDPattern = regexp.MustCompile(`^[A-Za-z0-9_-]{1,128}$`)

// GetLoggedModel reads a logged model with all points of its metrics. Servers before 3.0 have no
// logged models; the error is ErrNotMLflow.
func (c *Client) GetLoggedModel(ctx context.Context, id string) (*entities.LoggedModel, error) {
	const endpoint = "logged-models/get"
	if !loggedModelIDPattern.MatchString(id) {
		return nil, newInvalidRequestError(endpoint, "%.40q is not the id of a logged model", id)
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
