// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflowtest

import (
	"context"
	"net/http"
)

// VersionSpec is a version to be registered.
type VersionSpec struct {
	Name   string
	Source string
	// RunID and ModelID say which run or logged model the source belongs to.
	RunID       string
	ModelID     string
	Description string
	Tags        map[string]string
}

// CreateVersion registers a version and returns its number.
func (u *User) CreateVersion(ctx context.Context, spec VersionSpec) (string, error) {
	args := map[string]any{"name": spec.Name, "source": spec.Source, "tags": toPairsSorted(spec.Tags)}
	for key, value := range map[string]string{
		"run_id": spec.RunID, "model_id": spec.ModelID, "description": spec.Description,
	} {
		if value != "" {
			args[key] = value
		}
	}
	var answer versionResponse
	err := u.CallEndpoint(ctx, http.MethodPost, "model-versions/create", args, &answer)
	return answer.Version.Version, err
}

// SetVersionDescription replaces the description.
func (u *User) SetVersionDescription(ctx context.Context, name, version, description string) error {
	return u.CallEndpoint(ctx, http.MethodPatch, "model-versions/update",
		map[string]any{"name": name, "version": version, "description": description}, nil)
}

// DeleteVersion deletes a version.
func (u *User) DeleteVersion(ctx context.Context, name, version string) error {
	return u.CallEndpoint(ctx, http.MethodDelete, "model-versions/delete", map[string]any{"name": name, "version": version}, nil)
}

// SetVersionTag sets a tag of a version.
func (u *User) SetVersionTag(ctx context.Context, name, version, key, value string) error {
	return u.CallEndpoint(ctx, http.MethodPost, "model-versions/set-tag",
		map[string]any{"name": name, "version": version, "key": key, "value": value}, nil)
}

// DeleteVersionTag deletes a tag of a version.
func (u *User) DeleteVersionTag(ctx context.Context, name, version, key string) error {
	return u.CallEndpoint(ctx, http.MethodDelete, "model-versions/delete-tag",
		map[string]any{"name": name, "version": version, "key": key}, nil)
}

// TransitionStage moves a version to a legacy stage.
func (u *User) TransitionStage(ctx context.Context, name, version, stage string, archiveExisting bool) error {
	return u.CallEndpoint(ctx, http.MethodPost, "model-versions/transition-stage", map[string]any{
		"name": name, "version": version, "stage": stage, "archive_existing_versions": archiveExisting,
	}, nil)
}
