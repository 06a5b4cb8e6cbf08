// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package registrycache

import (
	"context"
	"fmt"

	"sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
)

// verifyServer asks the server what it is: at the start, after a failure, and now and then,
// since a server may be replaced between two polls.
//
// A server older than workspaces ignores the header and answers for its one global
// registry, which is not the one that was meant. So a workspace has to be confirmed;
// without one the answer is good to know and no more.
func (p *poller) verifyServer(ctx context.Context) error {
	if !p.health.shouldGetInfo() {
		return nil
	}
	info, err := p.lister.GetServerInfo(ctx)
	p.health.scheduleInfo()
	if err != nil && p.workspace != "" {
		return fmt.Errorf("confirm that the server has workspaces: %w", err)
	}
	if err != nil {
		log.FromContext(ctx).V(1).Info("Server does not tell its version", "cause", err.Error())
		return nil
	}
	if p.workspace != "" && !info.WorkspacesEnabled {
		return fmt.Errorf("workspace %q: the server has no workspaces: %w", p.workspace, mlflow.ErrWorkspaceNotFound)
	}
	if p.health.recordServerInfo(*info) {
		p.emit(Event{Key: p.key, StateOnly: true})
	}
	return nil
}
