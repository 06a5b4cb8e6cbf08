// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package bulk

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
)

type versionKey struct {
	model, version string
}

func (r *Reader) fetchModels(ctx context.Context, names []string) map[string]answer[*entities.RegisteredModel] {
	answers := map[string]answer[*entities.RegisteredModel]{}
	found, err := r.search(ctx, names)
	if mlflow.ConcernsAll(err) {
		return failed(names, answers, err)
	}
	r.models.learn(err)
	for name, model := range found {
		answers[name] = answer[*entities.RegisteredModel]{value: model}
	}
	return each(ctx, names, answers, r.client.GetRegisteredModel)
}

// fetchVersions takes the versions that come with their models, and reads the others.
func (r *Reader) fetchVersions(ctx context.Context, keys []versionKey) map[versionKey]answer[*entities.ModelVersion] {
	answers := map[versionKey]answer[*entities.ModelVersion]{}
	found, err := r.search(ctx, modelsOf(keys))
	if mlflow.ConcernsAll(err) {
		return failed(keys, answers, err)
	}
	r.versions.learn(err)
	for _, key := range keys {
		if version := versionOf(found[key.model], key.version); version != nil {
			answers[key] = answer[*entities.ModelVersion]{value: version}
		}
	}
	return each(ctx, keys, answers, func(ctx context.Context, key versionKey) (*entities.ModelVersion, error) {
		return r.client.GetModelVersion(ctx, key.model, key.version)
	})
}

func modelsOf(keys []versionKey) []string {
	names := make([]string, 0, len(keys))
	for _, key := range keys {
		names = append(names, key.model)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// versionOf is a version as a get of it would show it: with its aliases, which a model
// holds and its versions lack.
func versionOf(model *entities.RegisteredModel, number string) *entities.ModelVersion {
	if model == nil {
		return nil
	}
	for i := range model.LatestVersions {
		if model.LatestVersions[i].Version != number {
			continue
		}
		version := model.LatestVersions[i]
		version.Aliases = model.AliasesOf(number)
		return &version
	}
	return nil
}

// search finds models by name. It finds none where it is not worth a search, and lacks
// those whose names no search can express, and what would have come after an error.
func (r *Reader) search(ctx context.Context, names []string) (map[string]*entities.RegisteredModel, error) {
	found := map[string]*entities.RegisteredModel{}
	if time.Since(time.Unix(0, r.nameless.Load())) < askAgain {
		return found, nil
	}
	for _, chunk := range mlflow.FilterChunks("name", names) {
		if len(chunk.Values) <= few {
			continue
		}
		err := r.searchChunk(ctx, chunk.Filter, found)
		if errors.Is(err, mlflow.ErrInvalidParameter) {
			r.nameless.Store(time.Now().UnixNano())
			return found, nil
		}
		if err != nil {
			return found, err
		}
	}
	return found, nil
}

func (r *Reader) searchChunk(ctx context.Context, filter string, found map[string]*entities.RegisteredModel) error {
	request := mlflow.SearchRequest{Filter: filter}
	for {
		page, err := r.client.SearchRegisteredModels(ctx, request)
		if err != nil {
			return err
		}
		for _, model := range page.RegisteredModels {
			found[model.Name] = model
		}
		if page.NextPageToken == "" {
			return nil
		}
		request.PageToken = page.NextPageToken
	}
}
