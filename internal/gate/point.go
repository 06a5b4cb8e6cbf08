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

// metricReading is a finite number and where it was read.
type metricReading struct {
	value    *big.Rat
	location place
}

// selectLatestPoints are the points of a metric with the highest step, and of those the
// latest time: one, unless several were logged at once. An empty dataset means any.
func selectLatestPoints(points []entities.Metric, key, dataset string) []entities.Metric {
	asked := slices.DeleteFunc(slices.Clone(points), func(point entities.Metric) bool {
		return point.Key != key || dataset != "" && point.DatasetName != dataset
	})
	if len(asked) == 0 {
		return nil
	}
	last := slices.MaxFunc(asked, comparePoints)
	return slices.DeleteFunc(asked, func(point entities.Metric) bool { return comparePoints(point, last) != 0 })
}

func comparePoints(a, b entities.Metric) int {
	return cmp.Or(cmp.Compare(a.Step, b.Step), cmp.Compare(a.Timestamp, b.Timestamp))
}

// requireSingleValue is the one number of the points that count.
func requireSingleValue(points []entities.Metric, key, dataset string, where place) (metricReading, *failure) {
	for _, point := range points {
		if s := requireFiniteValue(point.Value, key, where); s != nil {
			return metricReading{}, s
		}
	}
	value, _ := points[0].Value.Rat()
	for _, point := range points[1:] {
		other, _ := point.Value.Rat()
		if other.Cmp(value) != 0 {
			return metricReading{}, ambiguousValueFailure(key, dataset, where, points[0].Step)
		}
	}
	return metricReading{value: value, location: where}, nil
}

func requireFiniteValue(value entities.MetricValue, key string, where place) *failure {
	if _, ok := value.Rat(); ok {
		return nil
	}
	shown := cmp.Or(cleanText(value.String(), 50), "empty")
	s := newFailure(fmt.Sprintf("%s is %s in %s, not a finite number", cleanKey(key), shown, where))
	s.observed, s.unusable, s.place = shown, value.String(), where
	return s
}

func ambiguousValueFailure(key, dataset string, where place, step int64) *failure {
	sentence := fmt.Sprintf("%s has different values at step %d in %s, logged at the same time", cleanKey(key), step, where)
	hint := ": name the dataset"
	if dataset != "" {
		hint = " for the same dataset: nothing says which one counts"
	}
	s := newFailure(sentence + hint)
	s.place = where
	return s
}

func cleanKey(key string) string {
	return cleanText(key, 100)
}
