// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflow

import (
	"context"
	"net/http"
	"net/url"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
)

// maxModelPage is the largest page that the server gives.
const maxModelPage = 1000

// RegisteredModelPage is one page of a list of models.
type RegisteredModelPage struct {
	RegisteredModels []*entities.RegisteredModel
	// NextPageToken is empty on the last page.
	NextPageToken string
}

// GetRegisteredModel reads one model. It answers for prompts too.
func (c *Client) GetRegisteredModel(ctx context.Context, name string) (*entities.RegisteredModel, error) {
	return c.registeredModel(ctx, get("registered-models/get", url.Values{"name": {name}}))
}

// CreateRegisteredModel makes a model with its tags in one request. It is
// ErrAlreadyExists when a model or a prompt has the name.
func (c *Client) CreateRegisteredModel(
	ctx context.Context, name, description string, tags map[string]string,
) (*entities.RegisteredModel, error) {
	return c.registeredModel(ctx, write(http.MethodPost, "registered-models/create", createModel{
		Name: name, Description: description, Tags: pairs(tags),
	}))
}

type createModel struct {
	Name        string `json:"name"`
	Description string `json:"description,omitempty"`
	Tags        []tag  `json:"tags,omitempty"`
}

// UpdateRegisteredModel sets the description. MLflow erases one that isn't sent.
func (c *Client) UpdateRegisteredModel(ctx context.Context, name, description string) error {
	_, err := c.registeredModel(ctx, write(http.MethodPatch, "registered-models/update", struct {
		Name        string `json:"name"`
		Description string `json:"description"`
	}{name, description}))
	return err
}

// DeleteRegisteredModel deletes a model with all its versions, whichever aliases and stages
// they hold. It does not come back.
func (c *Client) DeleteRegisteredModel(ctx context.Context, name string) error {
	return c.change(ctx, write(http.MethodDelete, "registered-models/delete", struct {
		Name string `json:"name"`
	}{name}))
}

// SearchRegisteredModels reads one page of models with tags, aliases and the newest
// version of each stage. Prompts are not in it, and neither is what the credentials
// may not read: absence is not deletion.
func (c *Client) SearchRegisteredModels(ctx context.Context, request SearchRequest) (*RegisteredModelPage, error) {
	const endpoint = "registered-models/search"
	query, err := request.query(endpoint, maxModelPage)
	if err != nil {
		return nil, err
	}
	rows, next, err := askPage[entities.RegisteredModel](ctx, c, list(endpoint, query), "registered_models")
	if err != nil {
		return nil, err
	}
	return &RegisteredModelPage{RegisteredModels: rows, NextPageToken: next}, checkPage(endpoint, request.PageToken, next, len(rows))
}

// registeredModel makes a call whose answer is one model.
func (c *Client) registeredModel(ctx context.Context, q call) (*entities.RegisteredModel, error) {
	var answer struct {
		RegisteredModel *entities.RegisteredModel `json:"registered_model"`
	}
	if err := c.do(ctx, q, &answer); err != nil {
		return nil, err
	}
	if answer.RegisteredModel == nil {
		return nil, notMLflow(q.endpoint, "the answer holds no registered model")
	}
	return answer.RegisteredModel, nil
}
