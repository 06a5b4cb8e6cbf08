// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package bulk

import (
	"context"
	"maps"
	"slices"
	"sync"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
)

// maxExperiments keeps a search small. A server whose runs lie in more is searched in those
// that were met since.
const maxExperiments = 1000

// experiments are those in which runs were found.
type experiments struct {
	mu  sync.Mutex
	ids map[string]struct{}
}

func (e *experiments) add(id string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.ids == nil || len(e.ids) >= maxExperiments {
		e.ids = map[string]struct{}{}
	}
	e.ids[id] = struct{}{}
}

func (e *experiments) all() []string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Sorted(maps.Keys(e.ids))
}

func (e *experiments) forget() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.ids = nil
}

func (r *Reader) fetchRuns(ctx context.Context, ids []string) map[string]answer[*entities.Run] {
	answers := map[string]answer[*entities.Run]{}
	if in := r.known.all(); len(ids) > few && len(in) > 0 {
		runs, err := r.searchRuns(ctx, ids, in)
		switch {
		case mlflow.Refused(err):
			// It may be one of the experiments that is refused.
			r.known.forget()
			runs = nil
		case err != nil:
			return all[string, *entities.Run](ids, err)
		}
		for _, run := range runs {
			answers[run.RunID] = answer[*entities.Run]{value: run}
		}
	}
	return each(ctx, ids, answers, r.getRun)
}

func (r *Reader) searchRuns(ctx context.Context, ids, in []string) ([]*entities.Run, error) {
	var found []*entities.Run
	for _, chunk := range mlflow.FilterChunks("attributes.run_id", ids) {
		page, err := r.client.SearchRuns(ctx, mlflow.RunSearch{
			ExperimentIDs: in, Filter: chunk.Filter, MaxResults: len(chunk.Values),
		})
		if err != nil {
			return nil, err
		}
		found = append(found, page.Runs...)
	}
	return found, nil
}

// getRun reads one run, and remembers where it was found.
func (r *Reader) getRun(ctx context.Context, id string) (*entities.Run, error) {
	run, err := r.client.GetRun(ctx, id)
	if err == nil && run.ExperimentID != "" {
		r.known.add(run.ExperimentID)
	}
	return run, err
}
