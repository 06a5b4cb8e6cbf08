// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package contract

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/mlflowtest"
)

func TestNumbersComeBackInPythonsSpelling(t *testing.T) {
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
	everywhere(t, func(w *world) {
		run := w.run()
		for sentence, tc := range cases {
			w.that(sentence, func(w *world) {
				key := fresh("metric")
				w.log(run.RunID, key, tc.logged)
				if diff := cmp.Diff(tc.want, w.value(run.RunID, key).String()); diff != "" {
					w.Errorf("in the run (-want +got):\n%s", diff)
				}
				history := got(w.client.GetMetricHistory(w.Context(), run.RunID, key))(w)
				if len(history) != 1 || history[0].Value.String() != tc.want {
					w.Errorf("history is %+v", history)
				}
			})
		}
	})
}

func TestNumbersThatAreNone(t *testing.T) {
	everywhere(t, func(w *world) {
		run := w.run()
		w.log(run.RunID, "nan", "NaN")
		w.log(run.RunID, "infinite", "Infinity")
		if value := w.value(run.RunID, "nan"); !value.IsNaN() {
			w.Errorf("NaN reads as %v", value)
		}
		value := w.value(run.RunID, "infinite")
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
	everywhere(t, func(w *world) {
		run := w.run()
		for sentence, tc := range cases {
			w.that(sentence, func(w *world) {
				key := fresh("metric")
				for _, p := range tc.points {
					w.must(w.people.LogMetric(w.Context(), run.RunID,
						mlflowtest.Point{Key: key, Value: p.value, Step: p.step, Timestamp: p.time}))
				}
				if diff := cmp.Diff(tc.want, w.value(run.RunID, key).String()); diff != "" {
					w.Errorf("(-want +got):\n%s", diff)
				}
			})
		}
	})
}

func TestAHistoryHasEveryPoint(t *testing.T) {
	everywhere(t, func(w *world) {
		run := w.run()
		w.log(run.RunID, "loss", "0.9", "0.5", "NaN", "0.7")
		w.must(w.people.LogMetric(w.Context(), run.RunID, mlflowtest.Point{Key: "loss", Value: "0.9", Timestamp: 1})) // again
		values := map[int64]string{}
		for _, metric := range got(w.client.GetMetricHistory(w.Context(), run.RunID, "loss"))(w) {
			values[metric.Step] = metric.Value.String()
		}
		want := map[int64]string{0: "0.9", 1: "0.5", 2: "NaN", 3: "0.7"}
		if diff := cmp.Diff(want, values); diff != "" {
			w.Errorf("(-want +got):\n%s", diff)
		}
		absent := got(w.client.GetMetricHistory(w.Context(), run.RunID, "absent"))(w)
		if len(absent) != 0 {
			w.Errorf("a metric that nobody logged has %v", absent)
		}
	})
}

func TestAHistoryComesInPages(t *testing.T) {
	everywhere(t, func(w *world) {
		run := w.run()
		w.log(run.RunID, "loss", "0.9", "0.5", "0.7")
		var answer struct {
			Metrics []any  `json:"metrics"`
			Token   string `json:"next_page_token"`
		}
		args := map[string]any{"run_id": run.RunID, "metric_key": "loss", "max_results": 2}
		w.must(w.people.Do(w.Context(), "GET", "metrics/get-history", args, &answer))
		if len(answer.Metrics) != per(w, 2, 3) || (answer.Token != "") != per(w, true, false) {
			w.Errorf("got %+v", answer)
		}
	})
}

func TestMetricsThatAreRefused(t *testing.T) {
	everywhere(t, func(w *world) {
		run := w.run()
		cases := map[string]map[string]any{
			"no timestamp": {"run_id": run.RunID, "key": "k", "value": 1.0},
			"no value":     {"run_id": run.RunID, "key": "k", "timestamp": 1},
			"no number":    {"run_id": run.RunID, "key": "k", "value": "high", "timestamp": 1},
		}
		for sentence, args := range cases {
			w.that(sentence, func(w *world) {
				err := w.people.Do(w.Context(), "POST", "runs/log-metric", args, nil)
				w.refused(err, 400, "INVALID_PARAMETER_VALUE", "")
			})
		}
		_, err := w.client.GetRun(w.Context(), "")
		w.is(err, mlflow.ErrInvalidParameter)
	})
}
