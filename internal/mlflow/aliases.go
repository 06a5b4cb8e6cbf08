// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflow

import (
	"context"
	"net/http"
)

// SetRegisteredModelAlias points an alias at a version, and takes it from the one
// that had it. Repeating it changes nothing.
func (c *Client) SetRegisteredModelAlias(ctx context.Context, name, alias, version string) error {
	return c.doWrite(ctx, newWriteRequest(http.MethodPost, "registered-models/alias", struct {
		Name    string `json:"name"`
		Alias   string `json:"alias"`
		Version string `json:"version"`
	}{name, alias, version}))
}
