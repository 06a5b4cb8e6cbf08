// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package gate

import (
	"cmp"
	"fmt"
	"math/big"
	"slices"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
)

// reading is a finite number and where it was read.
type reading struct {
	value *big.Rat
	where string
}

// pointsThatCount are the points of a metric with the highest step, and of those the
// latest time: one, unless several were logged at once. An empty dataset means any.
func pointsThatCount(points []entities.Metric, key, dataset string) []entities.Metric {
	asked := slices.DeleteFunc(slices.Clone(points), func(point entities.Metric) bool {
		return point.Key != key || dataset != "" && point.DatasetName != dataset
	})
	if len(asked) == 0 {
		return nil
	}
	last := slices.MaxFunc(asked, later)
	return slices.DeleteFunc(asked, func(point entities.Metric) bool { return later(point, last) != 0 })
}

func later(a, b entities.Metric) int {
	return cmp.Or(cmp.Compare(a.Step, b.Step), cmp.Compare(a.Timestamp, b.Timestamp))
}

// theValue is the one number of the points that count.
func theValue(points []entities.Metric, key, dataset, where string) (reading, *stop) {
	for _, point := range points {
		if s := mustBeFinite(point.Value, key, where); s != nil {
			return reading{}, s
		}
	}
	value, _ := points[0].Value.Rat()
	for _, point := range points[1:] {
		other, _ := point.Value.Rat()
		if other.Cmp(value) != 0 {
			return reading{}, ambiguous(key, dataset, where, points[0].Step)
		}
	}
	return reading{value: value, where: where}, nil
}

func mustBeFinite(value entities.MetricValue, key, where string) *stop {
	if _, ok := value.Rat(); ok {
		return nil
	}
	shown := cmp.Or(clean(value.String(), 50), "empty")
	s := halt(fmt.Sprintf("%s is %s in %s, not a finite number", showKey(key), shown, where))
	s.observed = shown
	return s
}

func ambiguous(key, dataset, where string, step int64) *stop {
	sentence := fmt.Sprintf("%s has different values at step %d in %s", showKey(key), step, where)
	if dataset != "" {
		return halt(sentence + ", logged at the same time for the same dataset: nothing says which one counts")
	}
	return halt(sentence + ", logged at the same time: name the dataset")
}

func showKey(key string) string {
	return clean(key, 100)
}
