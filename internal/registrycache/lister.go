// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package registrycache

import (
	"context"
	"errors"
	"fmt"
	"time"

	"k8s.io/utils/clock"

	"github.com/neuronews/mlflow-registry-operator/internal/limiter"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
)

// Lister is the part of the client that a poller needs.
type Lister interface {
	SearchRegisteredModels(ctx context.Context, request mlflow.SearchRequest) (*mlflow.RegisteredModelPage, error)
	SearchModelVersions(ctx context.Context, request mlflow.SearchRequest) (*mlflow.ModelVersionPage, error)
	GetRegisteredModel(ctx context.Context, name string) (*entities.RegisteredModel, error)
	GetServerInfo(ctx context.Context) (*mlflow.ServerInfo, error)
}

var _ Lister = (*mlflow.Client)(nil)

// maxPages bounds a list, and with it what a server can make the operator hold: 400 000
// models, forty times the largest registry that we know of.
const maxPages = 2000

// errEndlessList is a server that goes on handing out pages.
var errEndlessList = fmt.Errorf("the list of registered models does not end: more than %d pages of %d", maxPages, pageSize)

// pollReader is one look at a registry, whichever requests it takes.
type pollReader struct {
	lister    Lister
	clock     clock.PassiveClock
	startedAt time.Time
	// queueTime is how long the requests have waited to be sent, behind those of the
	// reconcilers.
	queueTime func() time.Duration
	// serverTime is the time until the last request that was answered, without that: what the
	// server spent on us, and not the wait for a dead one.
	serverTime time.Duration
	// onModels is given the models of each answer.
	onModels func(...*entities.RegisteredModel)
}

// newPollReader begins a look, whose requests are made with the context that comes with it.
func (p *poller) newPollReader(ctx context.Context, take func(...*entities.RegisteredModel)) (context.Context, *pollReader) {
	timed, waited := limiter.WithWaitTime(ctx)
	return timed, &pollReader{lister: p.lister, clock: p.clock, startedAt: p.clock.Now(), queueTime: waited, onModels: take}
}

// listModels reads the models that a filter finds, page by page. It gives up when it has read
// as many as bound and there are more; 0 is no bound.
func (r *pollReader) listModels(ctx context.Context, filter string, bound int) (whole bool, err error) {
	request := mlflow.SearchRequest{Filter: filter, MaxResults: pageSize}
	for rows := 0; rows < maxPages*pageSize; {
		page, err := r.lister.SearchRegisteredModels(ctx, request)
		if err != nil {
			return false, fmt.Errorf("list registered models: %w", err)
		}
		r.recordResponse(page.RegisteredModels...)
		if page.NextPageToken == "" {
			return true, nil
		}
		rows += pageSize
		if bound > 0 && rows >= bound {
			return false, nil
		}
		request.PageToken = page.NextPageToken
	}
	return false, errEndlessList
}

// pingServer reads as little as a list can be.
func (r *pollReader) pingServer(ctx context.Context) error {
	if _, err := r.lister.SearchRegisteredModels(ctx, mlflow.SearchRequest{MaxResults: 1}); err != nil {
		return fmt.Errorf("list registered models: %w", err)
	}
	r.recordResponse()
	return nil
}

// readModel reads one model. That there is none, or that it may not be read, is an answer.
func (r *pollReader) readModel(ctx context.Context, name string) error {
	model, err := r.lister.GetRegisteredModel(ctx, name)
	switch {
	case errors.Is(err, mlflow.ErrNotFound), errors.Is(err, mlflow.ErrPermissionDenied):
		r.recordResponse()
	case err != nil:
		return fmt.Errorf("read a registered model: %w", err)
	case model.IsPrompt():
		// A list would not show it either.
		r.recordResponse()
	default:
		r.recordResponse(model)
	}
	return nil
}

func (r *pollReader) recordResponse(models ...*entities.RegisteredModel) {
	r.serverTime = r.clock.Since(r.startedAt) - r.queueTime()
	r.onModels(models...)
}
