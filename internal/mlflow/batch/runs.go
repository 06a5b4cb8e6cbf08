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

// maxExperiments keeps a search small. If a server's runs are in more experiments, the set starts
// from empty again.
const maxExperiments = 1000

// experimentSet holds the experiments in which runs were found.
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

// fetchRuns searches for the runs in the known experiments, and gets some of the runs that the
// search lacks: each get reveals an experiment that may contain others. So a few gets per
// experiment, once, are enough for any number of runs. If the gets reveal no further
// experiment, fetchRuns gets the remaining runs, too.
func (r *Reader) fetchRuns(ctx context.Context, ids []string) map[string]result[*entities.Run] {
	answers := map[string]result[*entities.Run]{}
	var searched []string
	for first := true; len(answers) < len(ids); first = false {
		experiments, remaining := r.experiments.listIDs(), remainingKeys(ids, answers)
		if !first && slices.Equal(experiments, searched) {
			return readEach(ctx, remaining, answers, r.getRun)
		}
		timed, done := r.runs.beginSearch(ctx)
		err := r.searchRunsIn(timed, experiments, remaining, answers)
		done()
		if mlflow.IsConnectionError(err) {
			return failRemaining(ids, answers, err)
		}
		r.runs.shrinkOnError(err)
		if remaining = remainingKeys(ids, answers); err == nil {
			remaining = remaining[:min(len(remaining), minBatchSize)]
		}
		readEach(ctx, remaining, answers, r.getRun)
		searched = experiments
	}
	return answers
}

// searchRunsIn adds the runs that a search in some experiments finds to answers. After a rejected
// search it forgets the experiments, because one of them may be the cause.
func (r *Reader) searchRunsIn(ctx context.Context, experiments, ids []string, answers map[string]result[*entities.Run]) error {
	if len(ids) <= minBatchSize || len(experiments) == 0 {
		return nil
	}
	runs, err := r.searchRuns(ctx, ids, experiments)
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

func (r *Reader) searchRuns(ctx context.Context, ids, experiments []string) ([]*entities.Run, error) {
	filter, err := mlflow.FilterIn("attributes.run_id", slices.DeleteFunc(slices.Clone(ids), isNotSearchable))
	if err != nil {
		return nil, err
	}
	page, err := r.client.SearchRuns(ctx, mlflow.SearchRunsRequest{ExperimentIDs: experiments, Filter: filter, MaxResults: len(ids)})
	if err != nil {
		return nil, err
	}
	return page.Runs, nil
}

// isNotSearchable reports whether no filter can express a value. The run of a version may be any
// text that a user wrote.
func isNotSearchable(value string) bool {
	_, err := mlflow.FilterIn("run_id", []string{value})
	return err != nil
}

// getRun gets one run and adds its experiment to the set.
func (r *Reader) getRun(ctx context.Context, id string) (*entities.Run, error) {
	run, err := r.client.GetRun(ctx, id)
	if err == nil && run.ExperimentID != "" {
		r.experiments.addID(run.ExperimentID)
	}
	return run, err
}
