// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package batch

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

// experimentSet are those in which runs were found.
type experimentSet struct {
	mu  sync.Mutex
	ids map[string]struct{}
}

func (e *experimentSet) addID(id string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.ids == nil || len(e.ids) >= maxExperiments {
		e.ids = map[string]struct{}{}
	}
	e.ids[id] = struct{}{}
}

func (e *experimentSet) listIDs() []string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Sorted(maps.Keys(e.ids))
}

func (e *experimentSet) clearIDs() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.ids = nil
}

// fetchRuns searches for the runs where experiments are known, and reads some of those that
// were not found by themselves: they tell an experiment in which others may lie. So a few
// gets for each experiment, once, are enough, however many runs lie in it. When they tell of
// none that was not searched already, the rest is read by itself, too.
func (r *Reader) fetchRuns(ctx context.Context, ids []string) map[string]result[*entities.Run] {
	answers := map[string]result[*entities.Run]{}
	var searched []string
	for first := true; len(answers) < len(ids); first = false {
		in, left := r.experiments.listIDs(), remainingKeys(ids, answers)
		if !first && slices.Equal(in, searched) {
			return readEach(ctx, left, answers, r.getRun)
		}
		timed, done := r.runs.beginSearch(ctx)
		err := r.searchRunsIn(timed, in, left, answers)
		done()
		if mlflow.IsConnectionError(err) {
			return failRemaining(ids, answers, err)
		}
		r.runs.shrinkOnError(err)
		if left = remainingKeys(ids, answers); err == nil {
			left = left[:min(len(left), minBatchSize)]
		}
		readEach(ctx, left, answers, r.getRun)
		searched = in
	}
	return answers
}

// searchRunsIn answers for the runs that lie in some experiments. It may be one of these that a
// search is refused for.
func (r *Reader) searchRunsIn(ctx context.Context, in, ids []string, answers map[string]result[*entities.Run]) error {
	if len(ids) <= minBatchSize || len(in) == 0 {
		return nil
	}
	runs, err := r.searchRuns(ctx, ids, in)
	if mlflow.IsDefinitive(err) {
		r.experiments.clearIDs()
	}
	if err != nil {
		return err
	}
	for _, run := range runs {
		answers[run.RunID] = result[*entities.Run]{value: run}
	}
	return nil
}

func (r *Reader) searchRuns(ctx context.Context, ids, in []string) ([]*entities.Run, error) {
	filter, err := mlflow.FilterIn("attributes.run_id", slices.DeleteFunc(slices.Clone(ids), isNotSearchable))
	if err != nil {
		return nil, err
	}
	page, err := r.client.SearchRuns(ctx, mlflow.SearchRunsRequest{ExperimentIDs: in, Filter: filter, MaxResults: len(ids)})
	if err != nil {
		return nil, err
	}
	return page.Runs, nil
}

// isNotSearchable tells whether no filter can express the value: whoever registers a version may
// write anything in the place of its run.
func isNotSearchable(value string) bool {
	_, err := mlflow.FilterIn("run_id", []string{value})
	return err != nil
}

// getRun reads one run, and remembers where it was found.
func (r *Reader) getRun(ctx context.Context, id string) (*entities.Run, error) {
	run, err := r.client.GetRun(ctx, id)
	if err == nil && run.ExperimentID != "" {
		r.experiments.addID(run.ExperimentID)
	}
	return run, err
}
