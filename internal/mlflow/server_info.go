// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflow

import (
	"context"
	"errors"
	"net/http"
	"regexp"
	"strings"
)

// ServerInfo describes a server.
type ServerInfo struct {
	// Version is MLflow's version; empty if the server, or a gateway in front of it, does not
	// report it.
	Version string
	// WorkspacesEnabled is false on servers that do not support workspaces.
	WorkspacesEnabled bool
}

var versionPattern = regexp.MustCompile(`^[0-9]+\.[0-9]+[0-9A-Za-z.+-]{0,40}$`)

// GetServerInfo sends two requests, because neither is enough: every server has /version, which
// checks the credentials; server-info is newer and checks the host name. It returns
// ErrNotMLflow if the server has neither. It does not check the workspace.
func (c *Client) GetServerInfo(ctx context.Context) (*ServerInfo, error) {
	version, versionErr := c.getServerVersion(ctx)
	if versionErr != nil && !errors.Is(versionErr, ErrNotMLflow) {
		return nil, versionErr
	}
	workspaces, infoErr := c.hasWorkspaces(ctx)
	if infoErr != nil && (versionErr != nil || !errors.Is(infoErr, ErrNotMLflow)) {
		return nil, infoErr
	}
	return &ServerInfo{Version: version, WorkspacesEnabled: workspaces}, nil
}

// getServerVersion reads the version, the only answer in plain text.
func (c *Client) getServerVersion(ctx context.Context) (string, error) {
	body, err := c.doWithRetry(ctx, apiRequest{method: http.MethodGet, endpoint: "version", path: "/version"})
	if err != nil {
		return "", err
	}
	text := strings.TrimSpace(string(body))
	if !versionPattern.MatchString(text) {
		return "", newNotMLflowError("version", "the answer is not a version")
	}
	return text, nil
}

func (c *Client) hasWorkspaces(ctx context.Context) (bool, error) {
	const endpoint = "server-info"
	var answer struct {
		StoreType         string `json:"store_type"`
		WorkspacesEnabled bool   `json:"workspaces_enabled"`
	}
	err := c.doJSON(ctx, apiRequest{method: http.MethodGet, endpoint: endpoint, path: "/api/3.0/mlflow/server-info"}, &answer)
	if err != nil {
		return false, err
	}
	if answer.StoreType == "" {
		return false, newNotMLflowError(endpoint, "the answer is not a server's info")
	}
	return answer.WorkspacesEnabled, nil
}
