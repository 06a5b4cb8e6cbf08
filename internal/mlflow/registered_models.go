// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflow

import (
	"context"
	"maps"
	"net/http"
	"net/url"
	"slices"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
)

// maxModelPageSize is the largest max_results that the server accepts.
const maxModelPageSize = 1000

// RegisteredModelPage is one page of a list of models.
type RegisteredModelPage struct {
	RegisteredModels []*entities.RegisteredModel
	// NextPageToken selects the next page; empty on the last one.
	NextPageToken string
}

// GetRegisteredModel reads one model. It returns prompts, too.
func (c *Client) GetRegisteredModel(ctx context.Context, name string) (*entities.RegisteredModel, error) {
	return c.requestRegisteredModel(ctx, newGetRequest("registered-models/get", url.Values{"name": {name}}))
}

// CreateRegisteredModel creates a model with its tags in one request. It returns
// ErrAlreadyExists if a model or a prompt has the name.
func (c *Client) CreateRegisteredModel(
	ctx context.Context, name, description string, tags map[string]string,
) (*entities.RegisteredModel, error) {
	return c.requestRegisteredModel(ctx, newWriteRequest(http.MethodPost, "registered-models/create", createModelBody{
		Name: name, Description: description, Tags: sortTags(tags),
	}))
}

type createModelBody struct {
	Name        string `json:"name"`
	Description string `json:"description,omitempty"`
	Tags        []tag  `json:"tags,omitempty"`
}

// UpdateRegisteredModel sets the description. MLflow erases the description if the field is absent, so an
// empty one means the same.
func (c *Client) UpdateRegisteredModel(ctx context.Context, name, description string) error {
	_, err := c.requestRegisteredModel(ctx, newWriteRequest(http.MethodPatch, "registered-models/update", struct {
		Name        string `json:"name"`
		Description string `json:"description"`
	}{name, description}))
	return err
}

// DeleteRegisteredModel deletes a model with all its versions, whatever aliases and stages they
// have. MLflow can't restore it.
func (c *Client) DeleteRegisteredModel(ctx context.Context, name string) error {
	return c.doWrite(ctx, newWriteRequest(http.MethodDelete, "registered-models/delete", struct {
		Name string `json:"name"`
	}{name}))
}

// SearchRegisteredModels reads one page of models with their tags, aliases and the newest version
// of each legacy stage. The list has no prompts, and no models that the account may not read: a
// model that the list lacks is not necessarily deleted.
func (c *Client) SearchRegisteredModels(ctx context.Context, request SearchRequest) (*RegisteredModelPage, error) {
	const endpoint = "registered-models/search"
	query, err := request.buildQuery(endpoint, maxModelPageSize)
	if err != nil {
		return nil, err
	}
	rows, next, err := requestPage[entities.RegisteredModel](ctx, c, newListRequest(endpoint, query), "registered_models")
	if err != nil {
		return nil, err
	}
	return &RegisteredModelPage{RegisteredModels: rows, NextPageToken: next}, checkPage(endpoint, request.PageToken, next, len(rows))
}

// requestRegisteredModel sends a request whose answer is one model.
func (c *Client) requestRegisteredModel(ctx context.Context, q apiRequest) (*entities.RegisteredModel, error) {
	var answer struct {
		RegisteredModel *entities.RegisteredModel `json:"registered_model"`
	}
	if err := c.doJSON(ctx, q, &answer); err != nil {
		return nil, err
	}
	if answer.RegisteredModel == nil {
		return nil, newNotMLflowError(q.endpoint, "the answer holds no registered model")
	}
	return answer.RegisteredModel, nil
}

// SetRegisteredModelAlias points an alias to a version, in place of the version that it pointed
// to. Repeating the call changes nothing.
func (c *Client) SetRegisteredModelAlias(ctx context.Context, name, alias, version string) error {
	return c.doWrite(ctx, newWriteRequest(http.MethodPost, "registered-models/alias", struct {
		Name    string `json:"name"`
		Alias   string `json:"alias"`
		Version string `json:"version"`
	}{name, alias, version}))
}

// tag is a tag in MLflow's JSON.
type tag struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

// sortTags returns tags for MLflow's JSON, sorted by key.
func sortTags(tags map[string]string) []tag {
	list := make([]tag, 0, len(tags))
	for _, key := range slices.Sorted(maps.Keys(tags)) {
		list = append(list, tag{Key: key, Value: tags[key]})
	}
	return list
}

// modelTagBody names a tag of a model. Value is nil in a request that deletes it.
type modelTagBody struct {
	Name  string  `json:"name"`
	Key   string  `json:"key"`
	Value *string `json:"value,omitempty"`
}

// SetRegisteredModelTag sets one tag. MLflow changes no timestamp of the model.
func (c *Client) SetRegisteredModelTag(ctx context.Context, name, key, value string) error {
	return c.doWrite(ctx, newWriteRequest(http.MethodPost, "registered-models/set-tag", modelTagBody{name, key, &value}))
}

// DeleteRegisteredModelTag deletes one tag; a missing tag is no error.
func (c *Client) DeleteRegisteredModelTag(ctx context.Context, name, key string) error {
	return c.doWrite(ctx, newWriteRequest(http.MethodDelete, "registered-models/delete-tag", modelTagBody{Name: name, Key: key}))
}
