// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflow

import (
	"context"
	"maps"
	"net/http"
	"slices"
)

// tag is the wire form of a tag.
type tag struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

// sortTags is the wire form of tags, in the order of their keys.
func sortTags(tags map[string]string) []tag {
	list := make([]tag, 0, len(tags))
	for _, key := range slices.Sorted(maps.Keys(tags)) {
		list = append(list, tag{Key: key, Value: tags[key]})
	}
	return list
}

// modelTagBody addresses a tag of a model.
type modelTagBody struct {
	Name  string  `json:"name"`
	Key   string  `json:"key"`
	Value *string `json:"value,omitempty"`
}

// SetRegisteredModelTag sets one tag. It moves no timestamp of the model.
func (c *Client) SetRegisteredModelTag(ctx context.Context, name, key, value string) error {
	return c.doWrite(ctx, newWriteRequest(http.MethodPost, "registered-models/set-tag", modelTagBody{name, key, &value}))
}

// DeleteRegisteredModelTag removes one tag; a tag that isn't there is no error.
func (c *Client) DeleteRegisteredModelTag(ctx context.Context, name, key string) error {
	return c.doWrite(ctx, newWriteRequest(http.MethodDelete, "registered-models/delete-tag", modelTagBody{Name: name, Key: key}))
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
