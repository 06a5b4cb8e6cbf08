// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package gate

import (
	"fmt"
	"slices"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
)

// verifyZeros looks behind the zeros of a logged model. MLflow answers 0.0 there for a
// NaN, and only the history of the run that logged the point tells the two apart. All
// points are looked at even after one has failed, so that all are read in one round.
func (r *lookup) verifyZeros(points []entities.Metric, key string, where place) *failure {
	var worst *failure
	for _, point := range points {
		if point.Value.IsZero() {
			worst = moreSevere(worst, r.checkZeroAgainstHistory(point, key, where))
		}
	}
	if worst != nil {
		worst.observed, worst.unusable, worst.place = "0.0", "0.0", where
	}
	return worst
}

func (r *lookup) checkZeroAgainstHistory(point entities.Metric, key string, where place) *failure {
	doubt := fmt.Sprintf("%s reads 0.0 in %s, which can't be told from NaN: ", cleanKey(key), where)
	if point.RunID == "" {
		return newFailure(doubt + "it names no run")
	}
	run, noRun := r.getActiveRun(point.RunID)
	history, noHistory := r.getHistory(point.RunID, key)
	if s := moreSevere(noRun, noHistory); s != nil {
		s.message = doubt + s.message
		return s
	}
	same := slices.DeleteFunc(slices.Clone(history), func(logged entities.Metric) bool { return comparePoints(logged, point) != 0 })
	switch {
	case slices.ContainsFunc(same, isNaN):
		return newFailure(fmt.Sprintf("%s reads 0.0, but was logged as NaN in run %s", cleanKey(key), shortenRunID(run.RunID)))
	case !slices.ContainsFunc(same, isZero):
		return newFailure(doubt + "run " + shortenRunID(run.RunID) + " has no such point")
	}
	return nil
}

func isNaN(point entities.Metric) bool { return point.Value.IsNaN() }

func isZero(point entities.Metric) bool { return point.Value.IsZero() }

// moreSevere is the stop that says more about why there is no answer: what could not be
// asked may come, what is gone will not.
func moreSevere(a, b *failure) *failure {
	if a == nil || b != nil && b.notRead && !a.notRead {
		return b
	}
	return a
}
