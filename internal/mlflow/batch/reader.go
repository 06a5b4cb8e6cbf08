// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package batch

import (
	"context"
	"slices"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/neuronews/mlflow-registry-operator/internal/limiter"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
)

const (
	minBatchSize = mlflow.MinBatchSize
	// maxBatchSize is the size beyond which a search costs no less per object.
	maxBatchSize = 100
	// searchRetryInterval is how long the reader sends no search by name after the server rejected
	// one. The server may be upgraded.
	searchRetryInterval = time.Hour
	// maxConcurrentReads limits the gets of one batch; the client limits all requests.
	maxConcurrentReads = 4
)

// Reader reads single objects for many goroutines.
type Reader struct {
	client *mlflow.Client
	models *batcher[modelKey, modelOrVersion]
	runs   *batcher[string, *entities.Run]
	// nameSearchRejectedAt is when the server last rejected a search by name, in nanoseconds since
	// the epoch; 0 if it never did.
	nameSearchRejectedAt atomic.Int64
	// experiments are those of the runs that were read by a get.
	experiments experimentSet
}

// NewReader creates a Reader of one server. The Reader keeps what it learned about the server
// until it is dropped.
func NewReader(client *mlflow.Client) *Reader {
	r := &Reader{client: client}
	r.models = newBatcher(maxBatchSize, r.fetchModels)
	r.runs = newBatcher(maxBatchSize, r.fetchRuns)
	return r
}

// RegisteredModel reads a model as GetRegisteredModel does.
func (r *Reader) RegisteredModel(ctx context.Context, name string) (*entities.RegisteredModel, error) {
	if limiter.IsHighPriority(ctx) {
		return r.client.GetRegisteredModel(ctx, name)
	}
	got, err := r.models.read(ctx, modelKey{model: name})
	return got.model, err
}

// ModelVersion reads a version as GetModelVersion does.
func (r *Reader) ModelVersion(ctx context.Context, model, version string) (*entities.ModelVersion, error) {
	if limiter.IsHighPriority(ctx) {
		return r.client.GetModelVersion(ctx, model, version)
	}
	got, err := r.models.read(ctx, modelKey{model, version})
	return got.version, err
}

// Run reads a run as GetRun does.
func (r *Reader) Run(ctx context.Context, id string) (*entities.Run, error) {
	if limiter.IsHighPriority(ctx) {
		return r.client.GetRun(ctx, id)
	}
	return r.runs.read(ctx, id)
}

// readEach adds the result of a get to answers for each key that has none.
func readEach[K comparable, V any](
	ctx context.Context, keys []K, answers map[K]result[V], get func(context.Context, K) (V, error),
) map[K]result[V] {
	keys = remainingKeys(keys, answers)
	got := make([]result[V], len(keys))
	var group errgroup.Group
	group.SetLimit(maxConcurrentReads)
	for i, key := range keys {
		group.Go(func() error {
			got[i].value, got[i].err = get(ctx, key)
			return nil
		})
	}
	_ = group.Wait()
	for i, key := range keys {
		answers[key] = got[i]
	}
	return answers
}

// failRemaining adds err, which each get would meet, to answers for each key that has no result.
func failRemaining[K comparable, V any](keys []K, answers map[K]result[V], err error) map[K]result[V] {
	for _, key := range remainingKeys(keys, answers) {
		answers[key] = result[V]{err: err}
	}
	return answers
}

// remainingKeys returns the keys without a result.
func remainingKeys[K comparable, V any](keys []K, answers map[K]result[V]) []K {
	return slices.DeleteFunc(slices.Clone(keys), func(key K) bool {
		_, answered := answers[key]
		return answered
	})
}
