// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflow

import (
	"context"
	"net/http"
	"net/url"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
)

// maxVersionPageSize is the largest max_results that the server accepts.
const maxVersionPageSize = 200_000

// ModelVersionPage is one page of a list of versions.
type ModelVersionPage struct {
	// ModelVersions have tags, but never aliases.
	ModelVersions []*entities.ModelVersion
	// NextPageToken selects the next page; empty on the last one.
	NextPageToken string
}

// GetModelVersion reads one version with its tags and aliases.
func (c *Client) GetModelVersion(ctx context.Context, name, version string) (*entities.ModelVersion, error) {
	return c.requestModelVersion(ctx, newGetRequest("model-versions/get", url.Values{"name": {name}, "version": {version}}))
}

// SearchModelVersions reads one page of versions, by default the last updated first. List the
// versions of one model, never those of a whole registry. MLflow removes the versions that the
// account may not read from a page, so that a page may be short or empty and others follow.
func (c *Client) SearchModelVersions(ctx context.Context, request SearchRequest) (*ModelVersionPage, error) {
	const endpoint = "model-versions/search"
	query, err := request.buildQuery(endpoint, maxVersionPageSize)
	if err != nil {
		return nil, err
	}
	rows, next, err := requestPage[entities.ModelVersion](ctx, c, newListRequest(endpoint, query), "model_versions")
	if err != nil {
		return nil, err
	}
	return &ModelVersionPage{ModelVersions: rows, NextPageToken: next}, checkToken(endpoint, request.PageToken, next)
}

// CreateModelVersionRequest describes a version to register.
type CreateModelVersionRequest struct {
	// Source is the URI of the model's artifacts.
	Source string
	// RunID and LoggedModelID are the run and the logged model that the source belongs to, if
	// any.
	RunID, LoggedModelID string
	Description          string
	Tags                 map[string]string
}

// CreateModelVersion registers a version with its tags in one request. Each call creates another
// version: after a call whose answer was lost, search for the version before you repeat it.
func (c *Client) CreateModelVersion(ctx context.Context, name string, v CreateModelVersionRequest) (*entities.ModelVersion, error) {
	return c.requestModelVersion(ctx, newWriteRequest(http.MethodPost, "model-versions/create", struct {
		Name        string `json:"name"`
		Source      string `json:"source"`
		RunID       string `json:"run_id,omitempty"`
		ModelID     string `json:"model_id,omitempty"`
		Description string `json:"description,omitempty"`
		Tags        []tag  `json:"tags,omitempty"`
	}{name, v.Source, v.RunID, v.LoggedModelID, v.Description, sortTags(v.Tags)}))
}

// UpdateModelVersion sets the description. MLflow erases the description if the field is absent, so an
// empty one means the same.
func (c *Client) UpdateModelVersion(ctx context.Context, name, version, description string) error {
	_, err := c.requestModelVersion(ctx, newWriteRequest(http.MethodPatch, "model-versions/update", struct {
		Name        string `json:"name"`
		Version     string `json:"version"`
		Description string `json:"description"`
	}{name, version, description}))
	return err
}

// DeleteModelVersion deletes one version. MLflow never reuses its number. Before MLflow 3.17,
// aliases keep pointing to the deleted version.
func (c *Client) DeleteModelVersion(ctx context.Context, name, version string) error {
	return c.doWrite(ctx, newWriteRequest(http.MethodDelete, "model-versions/delete", struct {
		Name    string `json:"name"`
		Version string `json:"version"`
	}{name, version}))
}

// TransitionModelVersionStage moves a version to a legacy stage. archiveExisting archives the
// other versions of the stage in the same request; MLflow rejects it for the stages None and
// Archived.
func (c *Client) TransitionModelVersionStage(ctx context.Context, name, version, stage string, archiveExisting bool) error {
	_, err := c.requestModelVersion(ctx, newWriteRequest(http.MethodPost, "model-versions/transition-stage", struct {
		Name            string `json:"name"`
		Version         string `json:"version"`
		Stage           string `json:"stage"`
		ArchiveExisting bool   `json:"archive_existing_versions"`
	}{name, version, stage, archiveExisting}))
	return err
}

// requestModelVersion sends a request whose answer is one version.
func (c *Client) requestModelVersion(ctx context.Context, q apiRequest) (*entities.ModelVersion, error) {
	var answer struct {
		ModelVersion *entities.ModelVersion `json:"model_version"`
	}
	if err := c.doJSON(ctx, q, &answer); err != nil {
		return nil, err
	}
	if answer.ModelVersion == nil {
		return nil, newNotMLflowError(q.endpoint, "the answer holds no model version")
	}
	return answer.ModelVersion, nil
}

// versionTagBody names a tag of a version. Value is nil in a request that deletes it.
type versionTagBody struct {
	Name    string  `json:"name"`
	Version string  `json:"version"`
	Key     string  `json:"key"`
	Value   *string `json:"value,omitempty"`
}

// SetModelVersionTag sets one tag of a version. MLflow changes no timestamp.
func (c *Client) SetModelVersionTag(ctx context.Context, name, version, key, value string) error {
	return c.doWrite(ctx, newWriteRequest(http.MethodPost, "model-versions/set-tag", versionTagBody{name, version, key, &value}))
}

// DeleteModelVersionTag deletes one tag of a version; a missing tag is no error.
func (c *Client) DeleteModelVersionTag(ctx context.Context, name, version, key string) error {
	body := versionTagBody{Name: name, Version: version, Key: key}
	return c.doWrite(ctx, newWriteRequest(http.MethodDelete, "model-versions/delete-tag", body))
}
