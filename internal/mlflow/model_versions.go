// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflow

import (
	"context"
	"net/http"
	"net/url"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
)

// maxVersionPageSize is the largest page that the server gives.
const maxVersionPageSize = 200_000

// ModelVersionPage is one page of a list of versions.
type ModelVersionPage struct {
	// ModelVersions carry tags, but never aliases.
	ModelVersions []*entities.ModelVersion
	// NextPageToken is empty on the last page.
	NextPageToken string
}

// GetModelVersion reads one version with its tags and aliases.
func (c *Client) GetModelVersion(ctx context.Context, name, version string) (*entities.ModelVersion, error) {
	return c.requestModelVersion(ctx, newGetRequest("model-versions/get", url.Values{"name": {name}, "version": {version}}))
}

// SearchModelVersions reads one page of versions, the last updated first unless
// ordered otherwise. List the versions of one model, never those of a registry.
// MLflow cuts a page and then takes out what the credentials may not read: a page
// may be short, or empty, and yet others follow.
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

// CreateModelVersionRequest is a version to be registered.
type CreateModelVersionRequest struct {
	// Source is where the model lies.
	Source string
	// RunID and LoggedModelID say which run or logged model the source belongs to.
	RunID, LoggedModelID string
	Description          string
	Tags                 map[string]string
}

// CreateModelVersion registers a version with its tags in one request. Each call makes
// another version: after one whose answer was lost, search before it is made again.
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

// UpdateModelVersion sets the description. MLflow erases one that isn't sent.
func (c *Client) UpdateModelVersion(ctx context.Context, name, version, description string) error {
	_, err := c.requestModelVersion(ctx, newWriteRequest(http.MethodPatch, "model-versions/update", struct {
		Name        string `json:"name"`
		Version     string `json:"version"`
		Description string `json:"description"`
	}{name, version, description}))
	return err
}

// DeleteModelVersion deletes one version. Its number is never given again. Before MLflow
// 3.17, aliases that point to it go on doing so.
func (c *Client) DeleteModelVersion(ctx context.Context, name, version string) error {
	return c.doWrite(ctx, newWriteRequest(http.MethodDelete, "model-versions/delete", struct {
		Name    string `json:"name"`
		Version string `json:"version"`
	}{name, version}))
}

// TransitionModelVersionStage moves a version to a legacy stage. With
// archiveExisting the versions that are in it are archived in the same request;
// the stages None and Archived refuse that.
func (c *Client) TransitionModelVersionStage(ctx context.Context, name, version, stage string, archiveExisting bool) error {
	_, err := c.requestModelVersion(ctx, newWriteRequest(http.MethodPost, "model-versions/transition-stage", struct {
		Name            string `json:"name"`
		Version         string `json:"version"`
		Stage           string `json:"stage"`
		ArchiveExisting bool   `json:"archive_existing_versions"`
	}{name, version, stage, archiveExisting}))
	return err
}

// requestModelVersion makes a call whose answer is one version.
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

// versionTagBody addresses a tag of a version.
type versionTagBody struct {
	Name    string  `json:"name"`
	Version string  `json:"version"`
	Key     string  `json:"key"`
	Value   *string `json:"value,omitempty"`
}

// SetModelVersionTag sets one tag of one version. It moves no timestamp.
func (c *Client) SetModelVersionTag(ctx context.Context, name, version, key, value string) error {
	return c.doWrite(ctx, newWriteRequest(http.MethodPost, "model-versions/set-tag", versionTagBody{name, version, key, &value}))
}

// DeleteModelVersionTag removes one tag of one version; a tag that isn't there is no error.
func (c *Client) DeleteModelVersionTag(ctx context.Context, name, version, key string) error {
	return c.doWrite(ctx, newWriteRequest(http.MethodDelete, "model-versions/delete-tag", versionTagBody{Name: name, Version: version, Key: key}))
}
