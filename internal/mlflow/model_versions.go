// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflow

import (
	"context"
	"net/http"
	"net/url"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
)

// maxVersionPage is the largest page that the server gives.
const maxVersionPage = 200_000

// ModelVersionPage is one page of a list of versions.
type ModelVersionPage struct {
	// ModelVersions carry tags, but never aliases.
	ModelVersions []*entities.ModelVersion
	// NextPageToken is empty on the last page.
	NextPageToken string
}

// GetModelVersion reads one version with its tags and aliases.
func (c *Client) GetModelVersion(ctx context.Context, name, version string) (*entities.ModelVersion, error) {
	return c.modelVersion(ctx, get("model-versions/get", url.Values{"name": {name}, "version": {version}}))
}

// SearchModelVersions reads one page of versions, the last updated first unless
// ordered otherwise. List the versions of one model, never those of a registry.
// MLflow cuts a page and then takes out what the credentials may not read: a page
// may be short, or empty, and yet others follow.
func (c *Client) SearchModelVersions(ctx context.Context, request SearchRequest) (*ModelVersionPage, error) {
	const endpoint = "model-versions/search"
	query, err := request.query(endpoint, maxVersionPage)
	if err != nil {
		return nil, err
	}
	rows, next, err := askPage[entities.ModelVersion](ctx, c, list(endpoint, query), "model_versions")
	if err != nil {
		return nil, err
	}
	return &ModelVersionPage{ModelVersions: rows, NextPageToken: next}, checkToken(endpoint, request.PageToken, next)
}

// TransitionModelVersionStage moves a version to a legacy stage. With
// archiveExisting the versions that are in it are archived in the same request;
// the stages None and Archived refuse that.
func (c *Client) TransitionModelVersionStage(ctx context.Context, name, version, stage string, archiveExisting bool) error {
	_, err := c.modelVersion(ctx, write(http.MethodPost, "model-versions/transition-stage", struct {
		Name            string `json:"name"`
		Version         string `json:"version"`
		Stage           string `json:"stage"`
		ArchiveExisting bool   `json:"archive_existing_versions"`
	}{name, version, stage, archiveExisting}))
	return err
}

// modelVersion makes a call whose answer is one version.
func (c *Client) modelVersion(ctx context.Context, q call) (*entities.ModelVersion, error) {
	var answer struct {
		ModelVersion *entities.ModelVersion `json:"model_version"`
	}
	if err := c.do(ctx, q, &answer); err != nil {
		return nil, err
	}
	if answer.ModelVersion == nil {
		return nil, notMLflow(q.endpoint, "the answer holds no model version")
	}
	return answer.ModelVersion, nil
}
