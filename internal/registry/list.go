// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package registry

import (
	"context"
	"fmt"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
)

// maxPages bounds a list, and with it what a server can make the operator hold: 400 000
// models, forty times the largest registry that we know of.
const maxPages = 2000

// errEndless is a server that goes on handing out pages.
var errEndless = fmt.Errorf("the list of registered models does not end: more than %d pages of %d", maxPages, pageSize)

// Lister is the part of the client that a poller needs.
type Lister interface {
	SearchRegisteredModels(ctx context.Context, request mlflow.SearchRequest) (*mlflow.RegisteredModelPage, error)
	GetServerInfo(ctx context.Context) (*mlflow.ServerInfo, error)
}

var _ Lister = (*mlflow.Client)(nil)

// list reads all pages into d. Worked is the time until the last page that was
// answered: what the server spent on us, without the wait for a dead one.
func (p *poller) list(ctx context.Context, d *draft) (worked time.Duration, err error) {
	start := p.clock.Now()
	request := mlflow.SearchRequest{MaxResults: pageSize}
	for range maxPages {
		page, err := p.lister.SearchRegisteredModels(ctx, request)
		if err != nil {
			return worked, fmt.Errorf("list registered models: %w", err)
		}
		d.add(page.RegisteredModels...)
		worked = p.clock.Since(start)
		if page.NextPageToken == "" {
			return worked, nil
		}
		request.PageToken = page.NextPageToken
	}
	return worked, errEndless
}

// identify asks the server what it is: at the start, after a failure, and now and then,
// since a server may be replaced between two polls.
//
// A server older than workspaces ignores the header and answers for its one global
// registry, which is not the one that was meant. So a workspace has to be confirmed;
// without one the answer is good to know and no more.
func (p *poller) identify(ctx context.Context) error {
	if !p.health.asksInfo() {
		return nil
	}
	info, err := p.lister.GetServerInfo(ctx)
	p.health.asked()
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
	if p.health.identify(*info) {
		p.emit(Event{Key: p.key})
	}
	return nil
}
