// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package registrycache

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"k8s.io/utils/clock"

	"github.com/neuronews/mlflow-registry-operator/internal/limiter"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
)

const (
	// pageSize spares the server's other users: a page of 1000 models occupies a
	// worker of MLflow 3.17 for about a second, and the total costs the same.
	pageSize = 200
	// maxPages bounds a list, and so the memory that a server can make the operator use: 400 000
	// models, forty times the largest registry that we know.
	maxPages = 2000
	// rowsPerGet is how many models of a list cost as much as one get: a get takes 5.5 to
	// 6.8 ms, a row 0.8 ms (measured on MLflow 3.17.2).
	rowsPerGet = 7
)

// errEndlessList means that a server returned a next page after maxPages.
var errEndlessList = fmt.Errorf("the list of registered models does not end: more than %d pages of %d", maxPages, pageSize)

// Lister is the part of the MLflow client that a poller needs.
type Lister interface {
	SearchRegisteredModels(ctx context.Context, request mlflow.SearchRequest) (*mlflow.RegisteredModelPage, error)
	SearchModelVersions(ctx context.Context, request mlflow.SearchRequest) (*mlflow.ModelVersionPage, error)
	GetRegisteredModel(ctx context.Context, name string) (*entities.RegisteredModel, error)
	GetServerInfo(ctx context.Context) (*mlflow.ServerInfo, error)
}

var _ Lister = (*mlflow.Client)(nil)

// DeclaredModels are the models of a registry that Kubernetes objects declare.
type DeclaredModels struct {
	// Names are the models' names in MLflow.
	Names []string
	// Filter finds the models with this operator's owner tag, in MLflow's filter
	// language. It is used if a server can't search for names.
	Filter string
}

// pollScope is what one poll must read of a registry: the declared models, or all of them if
// it is unknown which are declared.
type pollScope struct {
	all      bool
	names    map[string]struct{}
	declared DeclaredModels
}

func newPollScope(declared DeclaredModels) pollScope {
	slices.Sort(declared.Names)
	declared.Names = slices.Compact(declared.Names)
	names := make(map[string]struct{}, len(declared.Names))
	for _, name := range declared.Names {
		names[name] = struct{}{}
	}
	return pollScope{names: names, declared: declared}
}

func (s pollScope) hasModel(name string) bool {
	_, declared := s.names[name]
	return s.all || declared
}

// fullListBudget returns how many models of a full list may be read before it costs twice as much as
// reading the declared models, including some with a get each. It returns 0, which is no limit, if
// all models are in scope. A poll that exceeds the budget and then reads the declared models has cost
// three times the optimum, at worst, and only once.
func (s pollScope) fullListBudget(gets int) int {
	if s.all {
		return 0
	}
	return 2*(len(s.names)+rowsPerGet*gets) + 2*pageSize
}

// registryTraits are what earlier polls found out about a registry and its server. They decide
// how the next poll reads it.
type registryTraits struct {
	// minSize is how many models the registry has at least, and sizeIsExact whether it had no
	// more when it was read.
	minSize     int
	sizeIsExact bool
	// searchByTag is whether the server can't search for names, and untagged how many declared models
	// then needed a get each, because they had no owner tag yet.
	searchByTag bool
	untagged    int
	// incrementalUnsupported is whether the server failed to list its newest versions.
	incrementalUnsupported bool
}

// readScope reads the full registry, or, if that costs more than twice as much,
// the declared part. Reading it shows how large it is.
func (t *registryTraits) readScope(ctx context.Context, r *pollReader, builder *listBuilder, scope pollScope) error {
	budget := scope.fullListBudget(t.untagged)
	if budget == 0 || t.minSize <= budget*2/3 || t.sizeIsExact && t.minSize <= budget {
		complete, err := r.listModels(ctx, "", budget)
		if err != nil {
			return err
		}
		t.minSize, t.sizeIsExact = len(builder.models), complete
		if complete {
			return nil
		}
		t.minSize = budget + 1
		builder.reset()
	}
	return t.readDeclared(ctx, r, builder, scope.declared)
}

// readDeclared reads the declared models by name. A server before MLflow 3.17 rejects a search for
// names. There the owner tag finds them, and each model that does not have the tag
// yet needs a get.
func (t *registryTraits) readDeclared(ctx context.Context, r *pollReader, builder *listBuilder, declared DeclaredModels) error {
	if len(declared.Names) == 0 {
		// There is nothing to read, only to verify that the server answers.
		return r.pingServer(ctx)
	}
	if !t.searchByTag {
		err := r.readNamed(ctx, declared.Names)
		if err == nil || !errors.Is(err, mlflow.ErrInvalidParameter) {
			return err
		}
		t.searchByTag = true
		builder.reset()
	}
	if _, err := r.listModels(ctx, declared.Filter, 0); err != nil {
		return err
	}
	untagged := slices.DeleteFunc(slices.Clone(declared.Names), func(name string) bool {
		_, listed := builder.models[name]
		return listed
	})
	t.untagged = len(untagged)
	return r.readEach(ctx, untagged)
}

// readNames reads models by name, by a search if the server supports it.
func (t *registryTraits) readNames(ctx context.Context, r *pollReader, names []string) error {
	if !t.searchByTag {
		err := r.readNamed(ctx, names)
		if err == nil || !errors.Is(err, mlflow.ErrInvalidParameter) {
			return err
		}
		t.searchByTag = true
	}
	return r.readEach(ctx, names)
}

// pollReader makes the requests of one poll and measures their time.
type pollReader struct {
	lister    Lister
	clock     clock.PassiveClock
	startedAt time.Time
	// queueTime returns how long the requests have waited to be sent, behind those of the
	// reconcilers.
	queueTime func() time.Duration
	// serverTime is the time until the last answer, without queueTime: the time for which the
	// server worked, without the wait for a dead one.
	serverTime time.Duration
	// onModels receives the models of each answer.
	onModels func(...*entities.RegisteredModel)
}

// newPollReader begins a poll. The requests must use the returned context.
func newPollReader(
	ctx context.Context, lister Lister, c clock.PassiveClock, onModels func(...*entities.RegisteredModel),
) (context.Context, *pollReader) {
	ctx, queueTime := limiter.WithWaitTime(ctx)
	return ctx, &pollReader{lister: lister, clock: c, startedAt: c.Now(), queueTime: queueTime, onModels: onModels}
}

// listModels reads the models that a filter finds, page by page. It stops incomplete after limit
// models if there are more; 0 is no limit.
func (r *pollReader) listModels(ctx context.Context, filter string, limit int) (complete bool, err error) {
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
		if limit > 0 && rows >= limit {
			return false, nil
		}
		request.PageToken = page.NextPageToken
	}
	return false, errEndlessList
}

// pingServer makes the smallest possible list.
func (r *pollReader) pingServer(ctx context.Context) error {
	if _, err := r.lister.SearchRegisteredModels(ctx, mlflow.SearchRequest{MaxResults: 1}); err != nil {
		return fmt.Errorf("list registered models: %w", err)
	}
	r.recordResponse()
	return nil
}

// readNamed reads the models with these names as far as they exist. Names that no search
// can express need a get each.
func (r *pollReader) readNamed(ctx context.Context, names []string) error {
	searched := map[string]bool{}
	for _, chunk := range mlflow.FilterChunks("name", names) {
		if len(chunk.Values) <= mlflow.MinBatchSize {
			continue
		}
		if _, err := r.listModels(ctx, chunk.Filter, 0); err != nil {
			return err
		}
		for _, name := range chunk.Values {
			searched[name] = true
		}
	}
	return r.readEach(ctx, slices.DeleteFunc(slices.Clone(names), func(name string) bool { return searched[name] }))
}

func (r *pollReader) readEach(ctx context.Context, names []string) error {
	for _, name := range names {
		if err := r.readModel(ctx, name); err != nil {
			return err
		}
	}
	return nil
}

// readModel gets one model. A model that does not exist, or that may not be read, is no error.
func (r *pollReader) readModel(ctx context.Context, name string) error {
	model, err := r.lister.GetRegisteredModel(ctx, name)
	switch {
	case errors.Is(err, mlflow.ErrNotFound), errors.Is(err, mlflow.ErrPermissionDenied):
		r.recordResponse()
	case err != nil:
		return fmt.Errorf("read a registered model: %w", err)
	case model.IsPrompt():
		// A list does not contain it either.
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
