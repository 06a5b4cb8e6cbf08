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

// modelKey names a version of a model, or the model itself if version is empty. One search finds
// both; it costs more the more models a server has.
type modelKey struct {
	model, version string
}

// modelOrVersion is the object of a modelKey; the other field is nil.
type modelOrVersion struct {
	model   *entities.RegisteredModel
	version *entities.ModelVersion
}

// fetchModels searches for the models, with the versions that come with them, and gets the objects
// that the search lacks.
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
		if value, ok := key.findIn(found); ok {
			answers[key] = result[modelOrVersion]{value: value}
		}
	}
	return readEach(ctx, keys, answers, r.getModelOrVersion)
}

// findIn returns the object of the key among the models of a search.
func (key modelKey) findIn(found map[string]*entities.RegisteredModel) (value modelOrVersion, ok bool) {
	model, ok := found[key.model]
	if !ok || key.version == "" {
		return modelOrVersion{model: model}, ok
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

// findVersion returns a version as a get returns it: with its aliases, which the listed version
// lacks and its model has.
func findVersion(model *entities.RegisteredModel, number string) *entities.ModelVersion {
	listed := model.ListedVersion(number)
	if listed == nil {
		return nil
	}
	version := *listed
	version.Aliases = model.AliasesOf(number)
	return &version
}

// searchModels searches for models by name. The result lacks models whose names no filter can
// express, models in chunks that are too small for a search, and those after an error.
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

// searchModelChunk adds the models of a chunk to found. It reads at most one page per name, so
// that a server with endless pages does not hold it up.
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
