// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package gate

import (
	"fmt"
	"slices"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
)

// mustBeZero looks behind the zeros of a logged model. MLflow answers 0.0 there for a
// NaN, and only the history of the run that logged the point tells the two apart. All
// points are looked at even after one has failed, so that all are read in one round.
func (r *reader) mustBeZero(points []entities.Metric, key, where string) *stop {
	var worst *stop
	for _, point := range points {
		if point.Value.IsZero() {
			worst = worse(worst, r.zeroInHistory(point, key, where))
		}
	}
	if worst != nil {
		worst.observed = "0.0"
	}
	return worst
}

func (r *reader) zeroInHistory(point entities.Metric, key, where string) *stop {
	doubt := fmt.Sprintf("%s reads 0.0 in %s, which can't be told from NaN: ", showKey(key), where)
	if point.RunID == "" {
		return halt(doubt + "it names no run")
	}
	run, noRun := r.liveRun(point.RunID)
	history, noHistory := r.history(point.RunID, key)
	if s := worse(noRun, noHistory); s != nil {
		s.sentence = doubt + s.sentence
		return s
	}
	same := slices.DeleteFunc(slices.Clone(history), func(logged entities.Metric) bool { return later(logged, point) != 0 })
	switch {
	case slices.ContainsFunc(same, isNaN):
		return halt(fmt.Sprintf("%s reads 0.0, but was logged as NaN in run %s", showKey(key), shortRun(run.RunID)))
	case !slices.ContainsFunc(same, isZero):
		return halt(doubt + "run " + shortRun(run.RunID) + " has no such point")
	}
	return nil
}

func isNaN(point entities.Metric) bool { return point.Value.IsNaN() }

func isZero(point entities.Metric) bool { return point.Value.IsZero() }

// worse is the stop that says more about why there is no answer: what could not be
// asked may come, what is gone will not.
func worse(a, b *stop) *stop {
	if a == nil || b != nil && b.wanted && !a.wanted {
		return b
	}
	return a
}
