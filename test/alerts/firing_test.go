// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package alerts

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/util/annotations"
)

// interval is the time between two samples, and between two evaluations of a rule.
const interval = time.Minute

const leader = `leader_election_master_status{name="mlflow-registry-operator.mlflow-operator.io"`

// TestAlerts evaluates each alert at a time after the first sample. The wanted label sets are
// those of the firing alerts.
func TestAlerts(t *testing.T) {
	rules := map[string]rulefmt.Rule{}
	for _, rule := range readRules(t) {
		rules[rule.Alert] = rule
	}
	fired, silent := map[string]bool{}, map[string]bool{}
	for name, test := range map[string]struct {
		alert  string
		series []string
		at     time.Duration
		want   []string
	}{
		"no replica leads": {
			"MLflowRegistryOperatorAbsent", []string{leader + `,pod="a"} 0x15`, leader + `,pod="b"} 0x15`}, 15 * time.Minute, []string{`{}`},
		},
		"no replica is scraped": {"MLflowRegistryOperatorAbsent", nil, 15 * time.Minute, []string{`{}`}},
		"one replica leads": {
			"MLflowRegistryOperatorAbsent", []string{leader + `,pod="a"} 0x15`, leader + `,pod="b"} 1x15`}, 15 * time.Minute, nil,
		},
		"a change of leader": {
			"MLflowRegistryOperatorAbsent", []string{leader + `,pod="a"} 1x5 0x10`, leader + `,pod="b"} 0x10 1x5`}, 15 * time.Minute, nil,
		},
		"a connection is not ready": {
			"MLflowConnectionNotReady",
			[]string{
				`mlflow_registry_operator_connection_ready{namespace="news",name="mlflow"} 0x15`,
				`mlflow_registry_operator_connection_ready{namespace="news",name="other"} 1x15`,
			},
			15 * time.Minute, []string{`{name="mlflow", namespace="news"}`},
		},
		"a connection is ready in the leading replica": {
			"MLflowConnectionNotReady",
			[]string{
				`mlflow_registry_operator_connection_ready{namespace="",name="",pod="a"} 1x15`,
				`mlflow_registry_operator_connection_ready{namespace="",name="",pod="b"} 0x15`,
			},
			15 * time.Minute, nil,
		},
		"a connection is not ready for a few minutes": {
			"MLflowConnectionNotReady",
			[]string{`mlflow_registry_operator_connection_ready{namespace="news",name="mlflow"} 1x10 0x5`}, 15 * time.Minute, nil,
		},
		"promotions are stalled": {
			"ModelPromotionsStalled",
			[]string{
				`mlflow_registry_operator_model_promotions{state="Stalled",reason="GateFailed"} 2x70`,
				`mlflow_registry_operator_model_promotions{state="Stalled",reason="WaitingForApproval"} 0x70`,
			},
			65 * time.Minute, []string{`{reason="GateFailed"}`},
		},
		"promotions are reconciling": {
			"ModelPromotionsStalled",
			[]string{`mlflow_registry_operator_model_promotions{state="Reconciling",reason="Soaking"} 2x70`}, 65 * time.Minute, nil,
		},
		"an alias was moved": {
			"ModelAliasMovedByHand",
			[]string{
				`mlflow_registry_operator_promotions_total{outcome="drift_reverted"} 3x10 4x10`,
				`mlflow_registry_operator_promotions_total{outcome="drift_reported"} 0x20`,
				`mlflow_registry_operator_promotions_total{outcome="promoted"} 0+1x20`,
			},
			15 * time.Minute, []string{`{outcome="drift_reverted"}`},
		},
		"an alias was moved an hour ago": {
			"ModelAliasMovedByHand",
			[]string{`mlflow_registry_operator_promotions_total{outcome="drift_reverted"} 3x10 4x60`}, 70 * time.Minute, nil,
		},
		"gates are unreadable": {
			"ModelGatesUnreadable",
			[]string{
				`mlflow_registry_operator_gate_evaluations_total{gate_type="metric",result="Error"} 0+1x60`,
				`mlflow_registry_operator_gate_evaluations_total{gate_type="tag",result="Failed"} 0+1x60`,
			},
			50 * time.Minute, []string{`{gate_type="metric"}`},
		},
		"gates were unreadable once": {
			"ModelGatesUnreadable",
			[]string{`mlflow_registry_operator_gate_evaluations_total{gate_type="metric",result="Error"} 0x30 1x30`}, 50 * time.Minute, nil,
		},
		"performance gates are not enforced in one replica": {
			"ModelGatesNotEnforced",
			[]string{
				`mlflow_registry_operator_feature_enabled{feature="performance_gates",pod="a"} 1x70`,
				`mlflow_registry_operator_feature_enabled{feature="performance_gates",pod="b"} 0x70`,
			},
			65 * time.Minute, []string{`{}`},
		},
		"another feature is disabled": {
			"ModelGatesNotEnforced",
			[]string{
				`mlflow_registry_operator_feature_enabled{feature="performance_gates"} 1x70`,
				`mlflow_registry_operator_feature_enabled{feature="model_registry"} 0x70`,
			},
			65 * time.Minute, nil,
		},
		"objects wait for minutes": {
			"MLflowRegistryOperatorBehind", queueSeries("modelpromotion", "0+0x60", "0+10x60"), 50 * time.Minute,
			[]string{`{controller="modelpromotion"}`},
		},
		"objects wait for a second": {
			"MLflowRegistryOperatorBehind", queueSeries("modelpromotion", "0+10x60", "0+10x60"), 50 * time.Minute, nil,
		},
	} {
		t.Run(name, func(t *testing.T) {
			rule, exists := rules[test.alert]
			if !exists {
				t.Fatalf("no alert %s", test.alert)
			}
			if diff := cmp.Diff(test.want, listFiring(t, rule, test.series, test.at)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", test.alert, diff)
			}
		})
		fired[test.alert] = fired[test.alert] || test.want != nil
		silent[test.alert] = silent[test.alert] || test.want == nil
	}
	for alert := range rules {
		if !fired[alert] || !silent[alert] {
			t.Errorf("alert %s needs a case in which it fires and one in which it does not", alert)
		}
	}
}

// queueSeries returns a histogram of the time in a work queue with two buckets. The values are
// those of the bucket up to a second and of the bucket up to ten minutes.
func queueSeries(controller, second, minutes string) []string {
	bucket := `workqueue_queue_duration_seconds_bucket{controller="` + controller + `",le=`
	return []string{bucket + `"1"} ` + second, bucket + `"600"} ` + minutes, bucket + `"+Inf"} ` + minutes}
}

// listFiring returns the label sets for which a rule fires: those with a result in each
// evaluation of the duration of "for".
func listFiring(t *testing.T, rule rulefmt.Rule, series []string, at time.Duration) []string {
	t.Helper()
	engine := promql.NewEngine(promql.EngineOpts{MaxSamples: 100_000, Timeout: time.Minute, Parser: promQL})
	defer func() { _ = engine.Close() }()
	end, pending := time.Unix(0, 0).Add(at), time.Duration(rule.For)
	query, err := engine.NewRangeQuery(context.Background(), newStorage(t, series), nil, rule.Expr, end.Add(-pending), end, interval)
	if err != nil {
		t.Fatal(err)
	}
	defer query.Close()
	matrix, err := query.Exec(t.Context()).Matrix()
	if err != nil {
		t.Fatal(err)
	}
	var firing []string
	for _, result := range matrix {
		if len(result.Floats) == int(pending/interval)+1 {
			firing = append(firing, result.Metric.String())
		}
	}
	slices.Sort(firing)
	return firing
}

// newStorage returns a storage with series in the notation of promtool.
func newStorage(t *testing.T, series []string) storage.Queryable {
	t.Helper()
	var all []storage.Series
	for _, text := range series {
		metric, values, err := promQL.ParseSeriesDesc(text)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, newSeries(metric, values))
	}
	find := func(_ bool, _ *storage.SelectHints, matchers ...*labels.Matcher) storage.SeriesSet {
		found := &seriesSet{}
		for _, s := range all {
			if isMatch(s.Labels(), matchers) {
				found.series = append(found.series, s)
			}
		}
		return found
	}
	return &storage.MockQueryable{MockQuerier: &storage.MockQuerier{SelectMockFunction: find}}
}

// newSeries returns a series with a value per interval from time 0.
func newSeries(metric labels.Labels, values []parser.SequenceValue) storage.Series {
	series := promql.Series{Metric: metric}
	for i, value := range values {
		if !value.Omitted {
			series.Floats = append(series.Floats, promql.FPoint{T: int64(i) * interval.Milliseconds(), F: value.Value})
		}
	}
	return promql.NewStorageSeries(series)
}

// seriesSet iterates over series.
type seriesSet struct {
	series []storage.Series
	next   int
}

var _ storage.SeriesSet = (*seriesSet)(nil)

func (s *seriesSet) Next() bool                        { s.next++; return s.next <= len(s.series) }
func (s *seriesSet) At() storage.Series                { return s.series[s.next-1] }
func (s *seriesSet) Err() error                        { return nil }
func (s *seriesSet) Warnings() annotations.Annotations { return nil }

func isMatch(metric labels.Labels, matchers []*labels.Matcher) bool {
	for _, matcher := range matchers {
		if !matcher.Matches(metric.Get(matcher.Name)) {
			return false
		}
	}
	return true
}
