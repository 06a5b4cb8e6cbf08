// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package bulk

import (
	"context"
	"slices"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/neuronews/mlflow-registry-operator/internal/lanes"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
)

const (
	few = mlflow.Few
	// largest is where a search stops to get cheaper by the object.
	largest = 100
	// askAgain is how long a server is believed that refused to search for names: it may be
	// upgraded.
	askAgain = time.Hour
	// atATime bounds the single reads of one batch; the client bounds all requests.
	atATime = 4
)

// Reader reads single objects for many goroutines.
type Reader struct {
	client *mlflow.Client
	models *batch[modelKey, modelOrVersion]
	runs   *batch[string, *entities.Run]
	// nameless is when the server last refused to search for names, in nanoseconds.
	nameless atomic.Int64
	known    experiments
}

// NewReader makes a Reader of one server. It keeps what it found out about the server as
// long as it lives.
func NewReader(client *mlflow.Client) *Reader {
	r := &Reader{client: client}
	r.models = newBatch(largest, r.fetchModels)
	r.runs = newBatch(largest, r.fetchRuns)
	return r
}

// RegisteredModel reads a model as GetRegisteredModel does.
func (r *Reader) RegisteredModel(ctx context.Context, name string) (*entities.RegisteredModel, error) {
	if lanes.IsUrgent(ctx) {
		return r.client.GetRegisteredModel(ctx, name)
	}
	got, err := r.models.get(ctx, modelKey{model: name})
	return got.model, err
}

// ModelVersion reads a version as GetModelVersion does.
func (r *Reader) ModelVersion(ctx context.Context, model, version string) (*entities.ModelVersion, error) {
	if lanes.IsUrgent(ctx) {
		return r.client.GetModelVersion(ctx, model, version)
	}
	got, err := r.models.get(ctx, modelKey{model, version})
	return got.version, err
}

// Run reads a run as GetRun does.
func (r *Reader) Run(ctx context.Context, id string) (*entities.Run, error) {
	if lanes.IsUrgent(ctx) {
		return r.client.GetRun(ctx, id)
	}
	return r.runs.get(ctx, id)
}

// each reads the keys that have no answer yet one by one.
func each[K comparable, V any](
	ctx context.Context, keys []K, answers map[K]answer[V], get func(context.Context, K) (V, error),
) map[K]answer[V] {
	keys = unanswered(keys, answers)
	got := make([]answer[V], len(keys))
	var group errgroup.Group
	group.SetLimit(atATime)
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

// failed answers the keys that have no answer yet with an error that each of them would meet.
func failed[K comparable, V any](keys []K, answers map[K]answer[V], err error) map[K]answer[V] {
	for _, key := range unanswered(keys, answers) {
		answers[key] = answer[V]{err: err}
	}
	return answers
}

// unanswered are the keys without an answer.
func unanswered[K comparable, V any](keys []K, answers map[K]answer[V]) []K {
	return slices.DeleteFunc(slices.Clone(keys), func(key K) bool {
		_, answered := answers[key]
		return answered
	})
}
