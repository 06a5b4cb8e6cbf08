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

// ServerInfo is what a server tells about itself.
type ServerInfo struct {
	// Version is empty when the server, or the gateway before it, doesn't tell.
	Version string
	// WorkspacesEnabled is false on servers that know no workspaces.
	WorkspacesEnabled bool
}

var versionPattern = regexp.MustCompile(`^[0-9]+\.[0-9]+[0-9A-Za-z.+-]{0,40}$`)

// GetServerInfo asks two things, because neither is enough: /version exists
// everywhere and wants credentials, server-info is newer and checks the host name.
// It is ErrNotMLflow when neither is there. It doesn't check the workspace.
func (c *Client) GetServerInfo(ctx context.Context) (*ServerInfo, error) {
	version, noVersion := c.getServerVersion(ctx)
	if noVersion != nil && !errors.Is(noVersion, ErrNotMLflow) {
		return nil, noVersion
	}
	workspaces, noInfo := c.hasWorkspaces(ctx)
	if noInfo != nil && (noVersion != nil || !errors.Is(noInfo, ErrNotMLflow)) {
		return nil, noInfo
	}
	return &ServerInfo{Version: version, WorkspacesEnabled: workspaces}, nil
}

// getServerVersion reads the one answer that is plain text.
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
