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
	forEachOpenServer(t, func(w *env) {
		run := w.createRun()
		for sentence, tc := range cases {
			w.runCase(sentence, func(w *env) {
				key := newName("metric")
				w.logMetric(run.RunID, key, tc.logged)
				if diff := cmp.Diff(tc.want, w.getLatestMetric(run.RunID, key).String()); diff != "" {
					w.Errorf("in the run (-want +got):\n%s", diff)
				}
				history := requireValue(w.client.GetMetricHistory(w.Context(), run.RunID, key))(w)
				if len(history) != 1 || history[0].Value.String() != tc.want {
					w.Errorf("history is %+v", history)
				}
			})
		}
	})
}

func TestNonFiniteNumbers(t *testing.T) {
	forEachOpenServer(t, func(w *env) {
		run := w.createRun()
		w.logMetric(run.RunID, "nan", "NaN")
		w.logMetric(run.RunID, "infinite", "Infinity")
		if value := w.getLatestMetric(run.RunID, "nan"); !value.IsNaN() {
			w.Errorf("NaN reads as %v", value)
		}
		value := w.getLatestMetric(run.RunID, "infinite")
		if _, finite := value.Rat(); !value.IsInfinite() || finite {
			w.Errorf("infinity reads as %v", value)
		}
	})
}

// A run tells one value of each metric: which one decides a promotion.
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
	forEachOpenServer(t, func(w *env) {
		run := w.createRun()
		for sentence, tc := range cases {
			w.runCase(sentence, func(w *env) {
				key := newName("metric")
				for _, p := range tc.points {
					w.requireNoError(w.user.LogMetric(w.Context(), run.RunID,
						mlflowtest.Point{Key: key, Value: p.value, Step: p.step, Timestamp: p.time}))
				}
				if diff := cmp.Diff(tc.want, w.getLatestMetric(run.RunID, key).String()); diff != "" {
					w.Errorf("(-want +got):\n%s", diff)
				}
			})
		}
	})
}

func TestAHistoryHasEveryPoint(t *testing.T) {
	forEachOpenServer(t, func(w *env) {
		run := w.createRun()
		w.logMetric(run.RunID, "loss", "0.9", "0.5", "NaN", "0.7")
		w.requireNoError(w.user.LogMetric(w.Context(), run.RunID, mlflowtest.Point{Key: "loss", Value: "0.9", Timestamp: 1})) // again
		values := map[int64]string{}
		for _, metric := range requireValue(w.client.GetMetricHistory(w.Context(), run.RunID, "loss"))(w) {
			values[metric.Step] = metric.Value.String()
		}
		want := map[int64]string{0: "0.9", 1: "0.5", 2: "NaN", 3: "0.7"}
		if diff := cmp.Diff(want, values); diff != "" {
			w.Errorf("(-want +got):\n%s", diff)
		}
		absent := requireValue(w.client.GetMetricHistory(w.Context(), run.RunID, "absent"))(w)
		if len(absent) != 0 {
			w.Errorf("a metric that nobody logged has %v", absent)
		}
	})
}

func TestAHistoryComesInPages(t *testing.T) {
	forEachOpenServer(t, func(w *env) {
		run := w.createRun()
		w.logMetric(run.RunID, "loss", "0.9", "0.5", "0.7")
		var answer struct {
			Metrics []any  `json:"metrics"`
			Token   string `json:"next_page_token"`
		}
		args := map[string]any{"run_id": run.RunID, "metric_key": "loss", "max_results": 2}
		w.requireNoError(w.user.CallEndpoint(w.Context(), "GET", "metrics/get-history", args, &answer))
		if len(answer.Metrics) != byGeneration(w, 2, 3) || (answer.Token != "") != byGeneration(w, true, false) {
			w.Errorf("got %+v", answer)
		}
	})
}

func TestRejectedMetrics(t *testing.T) {
	forEachOpenServer(t, func(w *env) {
		run := w.createRun()
		cases := map[string]map[string]any{
			"no timestamp": {"run_id": run.RunID, "key": "k", "value": 1.0},
			"no value":     {"run_id": run.RunID, "key": "k", "timestamp": 1},
			"no number":    {"run_id": run.RunID, "key": "k", "value": "high", "timestamp": 1},
		}
		for sentence, args := range cases {
			w.runCase(sentence, func(w *env) {
				err := w.user.CallEndpoint(w.Context(), "POST", "runs/log-metric", args, nil)
				w.requireRejected(err, 400, "INVALID_PARAMETER_VALUE", "")
			})
		}
		_, err := w.client.GetRun(w.Context(), "")
		w.requireKind(err, mlflow.ErrInvalidParameter)
	})
}
