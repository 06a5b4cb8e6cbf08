// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package registry

import (
	"context"
	"errors"
	"fmt"
	"time"

	"k8s.io/utils/clock"

	"github.com/neuronews/mlflow-registry-operator/internal/lanes"
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

// errEndless is a server that goes on handing out pages.
var errEndless = fmt.Errorf("the list of registered models does not end: more than %d pages of %d", maxPages, pageSize)

// reading is one look at a registry, whichever requests it takes.
type reading struct {
	lister Lister
	clock  clock.PassiveClock
	began  time.Time
	// waited is how long the requests have waited to be sent, behind those of the
	// reconcilers.
	waited func() time.Duration
	// worked is the time until the last request that was answered, without that: what the
	// server spent on us, and not the wait for a dead one.
	worked time.Duration
	// take is given the models of each answer.
	take func(...*entities.RegisteredModel)
}

// reading begins a look, whose requests are made with the context that comes with it.
func (p *poller) reading(ctx context.Context, take func(...*entities.RegisteredModel)) (context.Context, *reading) {
	timed, waited := lanes.Timed(ctx)
	return timed, &reading{lister: p.lister, clock: p.clock, began: p.clock.Now(), waited: waited, take: take}
}

// list reads the models that a filter finds, page by page. It gives up when it has read
// as many as bound and there are more; 0 is no bound.
func (r *reading) list(ctx context.Context, filter string, bound int) (whole bool, err error) {
	request := mlflow.SearchRequest{Filter: filter, MaxResults: pageSize}
	for rows := 0; rows < maxPages*pageSize; {
		page, err := r.lister.SearchRegisteredModels(ctx, request)
		if err != nil {
			return false, fmt.Errorf("list registered models: %w", err)
		}
		r.answered(page.RegisteredModels...)
		if page.NextPageToken == "" {
			return true, nil
		}
		rows += pageSize
		if bound > 0 && rows >= bound {
			return false, nil
		}
		request.PageToken = page.NextPageToken
	}
	return false, errEndless
}

// ping reads as little as a list can be.
func (r *reading) ping(ctx context.Context) error {
	if _, err := r.lister.SearchRegisteredModels(ctx, mlflow.SearchRequest{MaxResults: 1}); err != nil {
		return fmt.Errorf("list registered models: %w", err)
	}
	r.answered()
	return nil
}

// get reads one model. That there is none, or that it may not be read, is an answer.
func (r *reading) get(ctx context.Context, name string) error {
	model, err := r.lister.GetRegisteredModel(ctx, name)
	switch {
	case errors.Is(err, mlflow.ErrNotFound), errors.Is(err, mlflow.ErrPermissionDenied):
		r.answered()
	case err != nil:
		return fmt.Errorf("read a registered model: %w", err)
	case model.IsPrompt():
		// A list would not show it either.
		r.answered()
	default:
		r.answered(model)
	}
	return nil
}

func (r *reading) answered(models ...*entities.RegisteredModel) {
	r.worked = r.clock.Since(r.began) - r.waited()
	r.take(models...)
}
