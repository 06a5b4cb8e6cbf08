// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package batch

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
)

// modelKey is a version of a model, or the model itself where no version is named. Both
// are found by one search, which is the dearer the more models a server has.
type modelKey struct {
	model, version string
}

// modelOrVersion is what a modelKey asks for.
type modelOrVersion struct {
	model   *entities.RegisteredModel
	version *entities.ModelVersion
}

// fetchModels takes the models, and the versions that come with them, and reads the others.
func (r *Reader) fetchModels(ctx context.Context, keys []modelKey) map[modelKey]result[modelOrVersion] {
	answers := map[modelKey]result[modelOrVersion]{}
	timed, done := r.models.beginSearch(ctx)
	found, err := r.searchModels(timed, modelNames(keys))
	done()
	if mlflow.IsConnectionError(err) {
		return failRemaining(keys, answers, err)
	}
	r.models.shrinkOnError(err)
	for _, key := range keys {
		if value, came := key.findIn(found); came {
			answers[key] = result[modelOrVersion]{value: value}
		}
	}
	return readEach(ctx, keys, answers, r.getModelOrVersion)
}

// findIn picks what is asked for from what was found.
func (key modelKey) findIn(found map[string]*entities.RegisteredModel) (value modelOrVersion, came bool) {
	model, came := found[key.model]
	if !came || key.version == "" {
		return modelOrVersion{model: model}, came
	}
	version := findVersion(model, key.version)
	return modelOrVersion{version: version}, version != nil
}

func (r *Reader) getModelOrVersion(ctx context.Context, key modelKey) (value modelOrVersion, err error) {
	if key.version == "" {
		value.model, err = r.client.GetRegisteredModel(ctx, key.model)
		return value, err
	}
	value.version, err = r.client.GetModelVersion(ctx, key.model, key.version)
	return value, err
}

func modelNames(keys []modelKey) []string {
	names := make([]string, 0, len(keys))
	for _, key := range keys {
		names = append(names, key.model)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// findVersion is a version as a get of it would show it: with its aliases, which a model
// holds and its versions lack.
func findVersion(model *entities.RegisteredModel, number string) *entities.ModelVersion {
	shown := model.ListedVersion(number)
	if shown == nil {
		return nil
	}
	version := *shown
	version.Aliases = model.AliasesOf(number)
	return &version
}

// searchModels finds models by name. It finds none where it is not worth a search, and lacks
// those whose names no search can express, and what would have come after an error.
func (r *Reader) searchModels(ctx context.Context, names []string) (map[string]*entities.RegisteredModel, error) {
	found := map[string]*entities.RegisteredModel{}
	if time.Since(time.Unix(0, r.nameSearchRejectedAt.Load())) < searchRetryInterval {
		return found, nil
	}
	for _, chunk := range mlflow.FilterChunks("name", names) {
		if len(chunk.Values) <= minBatchSize {
			continue
		}
		err := r.searchModelChunk(ctx, chunk, found)
		if errors.Is(err, mlflow.ErrInvalidParameter) {
			r.nameSearchRejectedAt.Store(time.Now().UnixNano())
			return found, nil
		}
		if err != nil {
			return found, err
		}
	}
	return found, nil
}

// searchModelChunk keeps what was asked for. A server that goes on handing out pages has no more
// of it than there are names.
func (r *Reader) searchModelChunk(ctx context.Context, chunk mlflow.Chunk, found map[string]*entities.RegisteredModel) error {
	request := mlflow.SearchRequest{Filter: chunk.Filter}
	for range chunk.Values {
		page, err := r.client.SearchRegisteredModels(ctx, request)
		if err != nil {
			return err
		}
		for _, model := range page.RegisteredModels {
			if slices.Contains(chunk.Values, model.Name) {
				found[model.Name] = model
			}
		}
		if page.NextPageToken == "" {
			return nil
		}
		request.PageToken = page.NextPageToken
	}
	return nil
}
