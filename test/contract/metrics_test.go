// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package contract

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/mlflowtest"
)

func TestNumbersArePrintedAsInPython(t *testing.T) {
	cases := map[string]struct{ logged, want string }{
		"a decimal":           {"0.91", "0.91"},
		"an integer":          {"1", "1.0"},
		"a large one":         {"1e300", "1e+300"},
		"the smallest":        {"5e-324", "5e-324"},
		"ten quadrillion":     {"1e16", "1e+16"},
		"a small one":         {"0.00001", "1e-05"},
		"a negative zero":     {"-0.0", "0.0"},
		"NaN":                 {"NaN", "NaN"},
		"infinity":            {"Infinity", "Infinity"},
		"a negative infinity": {"-Infinity", "-Infinity"},
		"seventeen digits":    {"0.30000000000000004", "0.30000000000000004"},
	}
	forEachOpenServer(t, func(e *env) {
		run := e.createRun()
		for sentence, tc := range cases {
			e.runCase(sentence, func(e *env) {
				key := newName("metric")
				e.logMetric(run.RunID, key, tc.logged)
				if diff := cmp.Diff(tc.want, e.getLatestMetric(run.RunID, key).String()); diff != "" {
					e.Errorf("in the run (-want +got):\n%s", diff)
				}
				history := requireValue(e.client.GetMetricHistory(e.Context(), run.RunID, key))(e)
				if len(history) != 1 || history[0].Value.String() != tc.want {
					e.Errorf("history is %+v", history)
				}
			})
		}
	})
}

func TestNonFiniteNumbers(t *testing.T) {
	forEachOpenServer(t, func(e *env) {
		run := e.createRun()
		e.logMetric(run.RunID, "nan", "NaN")
		e.logMetric(run.RunID, "infinite", "Infinity")
		if value := e.getLatestMetric(run.RunID, "nan"); !value.IsNaN() {
			e.Errorf("NaN reads as %v", value)
		}
		value := e.getLatestMetric(run.RunID, "infinite")
		if _, finite := value.Rat(); !value.IsInfinite() || finite {
			e.Errorf("infinity reads as %v", value)
		}
	})
}

// A run has one value of each metric. Which one it is decides promotions.
func TestTheLatestValueOfAMetric(t *testing.T) {
	type point struct {
		value      string
		step, time int64
	}
	cases := map[string]struct {
		points []point
		want   string
	}{
		"the highest step":              {[]point{{"1", 0, 1}, {"2", 1, 1}}, "2.0"},
		"a lower step that comes later": {[]point{{"2", 1, 1}, {"1", 0, 9}}, "2.0"},
		"the latest time of a step":     {[]point{{"2", 1, 1}, {"1", 1, 2}}, "1.0"},
		"the larger value of a moment":  {[]point{{"1", 1, 1}, {"3", 1, 1}, {"2", 1, 1}}, "3.0"},
		"a NaN is a zero in its moment": {[]point{{"NaN", 1, 1}, {"3", 1, 1}}, "3.0"},
		"a NaN at a later step":         {[]point{{"3", 1, 1}, {"NaN", 2, 1}}, "NaN"},
	}
	forEachOpenServer(t, func(e *env) {
		run := e.createRun()
		for sentence, tc := range cases {
			e.runCase(sentence, func(e *env) {
				key := newName("metric")
				for _, p := range tc.points {
					e.requireNoError(e.user.LogMetric(e.Context(), run.RunID,
						mlflowtest.Point{Key: key, Value: p.value, Step: p.step, Timestamp: p.time}))
				}
				if diff := cmp.Diff(tc.want, e.getLatestMetric(run.RunID, key).String()); diff != "" {
					e.Errorf("(-want +got):\n%s", diff)
				}
			})
		}
	})
}

func TestAHistoryHasEveryPoint(t *testing.T) {
	forEachOpenServer(t, func(e *env) {
		run := e.createRun()
		e.logMetric(run.RunID, "loss", "0.9", "0.5", "NaN", "0.7")
		e.requireNoError(e.user.LogMetric(e.Context(), run.RunID, mlflowtest.Point{Key: "loss", Value: "0.9", Timestamp: 1})) // a duplicate
		values := map[int64]string{}
		for _, metric := range requireValue(e.client.GetMetricHistory(e.Context(), run.RunID, "loss"))(e) {
			values[metric.Step] = metric.Value.String()
		}
		want := map[int64]string{0: "0.9", 1: "0.5", 2: "NaN", 3: "0.7"}
		if diff := cmp.Diff(want, values); diff != "" {
			e.Errorf("(-want +got):\n%s", diff)
		}
		absent := requireValue(e.client.GetMetricHistory(e.Context(), run.RunID, "absent"))(e)
		if len(absent) != 0 {
			e.Errorf("a metric without points has %v", absent)
		}
	})
}

func TestAHistoryComesInPages(t *testing.T) {
	forEachOpenServer(t, func(e *env) {
		run := e.createRun()
		e.logMetric(run.RunID, "loss", "0.9", "0.5", "0.7")
		var answer struct {
			Metrics []any  `json:"metrics"`
			Token   string `json:"next_page_token"`
		}
		args := map[string]any{"run_id": run.RunID, "metric_key": "loss", "max_results": 2}
		e.requireNoError(e.user.CallEndpoint(e.Context(), "GET", "metrics/get-history", args, &answer))
		if len(answer.Metrics) != byGeneration(e, 2, 3) || (answer.Token != "") != byGeneration(e, true, false) {
			e.Errorf("got %+v", answer)
		}
	})
}

func TestRejectedMetrics(t *testing.T) {
	forEachOpenServer(t, func(e *env) {
		run := e.createRun()
		cases := map[string]map[string]any{
			"no timestamp": {"run_id": run.RunID, "key": "k", "value": 1.0},
			"no value":     {"run_id": run.RunID, "key": "k", "timestamp": 1},
			"no number":    {"run_id": run.RunID, "key": "k", "value": "high", "timestamp": 1},
		}
		for sentence, args := range cases {
			e.runCase(sentence, func(e *env) {
				err := e.user.CallEndpoint(e.Context(), "POST", "runs/log-metric", args, nil)
				e.requireRejected(err, 400, "INVALID_PARAMETER_VALUE", "")
			})
		}
		_, err := e.client.GetRun(e.Context(), "")
		e.requireKind(err, mlflow.ErrInvalidParameter)
	})
}
