// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflowtest

import (
	"context"
	"net/http"
)

// CreateModel creates a registered model.
func (u *User) CreateModel(ctx context.Context, name string, tags map[string]string) error {
	return u.CallEndpoint(ctx, http.MethodPost, "registered-models/create", map[string]any{"name": name, "tags": toPairsSorted(tags)}, nil)
}

// CreatePrompt creates a prompt, which is a registered model with a mark.
func (u *User) CreatePrompt(ctx context.Context, name string) error {
	return u.CreateModel(ctx, name, map[string]string{promptTag: "true"})
}

// SetModelDescription replaces the description.
func (u *User) SetModelDescription(ctx context.Context, name, description string) error {
	return u.CallEndpoint(ctx, http.MethodPatch, "registered-models/update", map[string]any{"name": name, "description": description}, nil)
}

// RenameModel renames a registered model with all its versions.
func (u *User) RenameModel(ctx context.Context, name, newName string) error {
	return u.CallEndpoint(ctx, http.MethodPost, "registered-models/rename", map[string]any{"name": name, "new_name": newName}, nil)
}

// DeleteModel deletes a registered model with all its versions.
func (u *User) DeleteModel(ctx context.Context, name string) error {
	return u.CallEndpoint(ctx, http.MethodDelete, "registered-models/delete", map[string]any{"name": name}, nil)
}

// SetModelTag sets a tag of a registered model.
func (u *User) SetModelTag(ctx context.Context, name, key, value string) error {
	return u.CallEndpoint(ctx, http.MethodPost, "registered-models/set-tag", map[string]any{"name": name, "key": key, "value": value}, nil)
}

// DeleteModelTag deletes a tag of a registered model.
func (u *User) DeleteModelTag(ctx context.Context, name, key string) error {
	return u.CallEndpoint(ctx, http.MethodDelete, "registered-models/delete-tag", map[string]any{"name": name, "key": key}, nil)
}

// SetAlias points an alias to a version.
func (u *User) SetAlias(ctx context.Context, name, alias, version string) error {
	return u.CallEndpoint(ctx, http.MethodPost, "registered-models/alias",
		map[string]any{"name": name, "alias": alias, "version": version}, nil)
}

// DeleteAlias deletes an alias.
func (u *User) DeleteAlias(ctx context.Context, name, alias string) error {
	return u.CallEndpoint(ctx, http.MethodDelete, "registered-models/alias", map[string]any{"name": name, "alias": alias}, nil)
}

// CreateWorkspace creates a workspace where the server has them.
func (u *User) CreateWorkspace(ctx context.Context, name string) error {
	response, err := u.SendRaw(ctx, http.MethodPost, nativePath+"workspaces", map[string]any{"name": name})
	if err != nil {
		return err
	}
	return response.toError()
}

func toPairsSorted(tags map[string]string) []pairWire {
	if len(tags) == 0 {
		return []pairWire{}
	}
	return toPairs(tags)
}
