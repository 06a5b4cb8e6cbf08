// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflowtest

import (
	"cmp"
	"maps"
	"slices"
)

// point is one value of one metric of a run.
type point struct {
	key       string
	value     number
	timestamp int64
	step      int64
	// modelID and dataset are kept with a logged model only.
	modelID       string
	datasetName   string
	datasetDigest string
}

// same tells two points apart as the table's key does. A NaN equals a NaN here.
func (p point) same(other point) bool {
	return p.timestamp == other.timestamp && p.step == other.step &&
		p.value.isNaN() == other.value.isNaN() && p.value.orZero() == other.value.orZero()
}

// wire is the form in runs and histories.
func (p point) wire() metricWire {
	return metricWire{Key: p.key, Value: p.value, Timestamp: p.timestamp, Step: p.step}
}

// byRecency orders by step, then time, then value, of which a NaN counts as zero.
func byRecency(a, b point) int {
	return cmp.Or(
		cmp.Compare(a.step, b.step),
		cmp.Compare(a.timestamp, b.timestamp),
		cmp.Compare(a.value.orZero(), b.value.orZero()),
	)
}

// byTime is the order of a history.
func byTime(a, b point) int {
	return cmp.Or(
		cmp.Compare(a.timestamp, b.timestamp),
		cmp.Compare(a.step, b.step),
		cmp.Compare(a.value.orZero(), b.value.orZero()),
	)
}

func (r *run) latestMetrics() []metricWire {
	var latest []metricWire
	for _, key := range slices.Sorted(maps.Keys(r.metrics)) {
		latest = append(latest, slices.MaxFunc(r.metrics[key], byRecency).wire())
	}
	return latest
}

func (r *run) log(p point) {
	if !slices.ContainsFunc(r.metrics[p.key], p.same) {
		r.metrics[p.key] = append(r.metrics[p.key], p)
	}
}

func logMetric(q *request) (any, error) {
	p, err := q.point()
	if err != nil {
		return nil, err
	}
	found, err := q.activeRun()
	if err != nil {
		return nil, err
	}
	if p.modelID != "" && q.rules.loggedModels {
		if err := q.logToModel(p, found); err != nil {
			return nil, err
		}
	}
	found.log(p)
	return empty{}, nil
}

func (q *request) point() (point, error) {
	value, ok := parseNumber(q.args["value"])
	if !ok {
		return point{}, invalid("Invalid value %v for parameter 'value' supplied:  Hint: Value was of type '%s'.%s",
			q.args["value"], pythonType(q.args["value"]), seeDocs)
	}
	timestamp, err := q.args.integer("timestamp", 0)
	if err != nil {
		return point{}, err
	}
	step, err := q.args.integer("step", 0)
	return point{
		key:           q.text("key"),
		value:         value,
		timestamp:     timestamp,
		step:          step,
		modelID:       q.text("model_id"),
		datasetName:   q.text("dataset_name"),
		datasetDigest: q.text("dataset_digest"),
	}, err
}

func getMetricHistory(q *request) (any, error) {
	points := []point{}
	if found, ok := q.space.runs[q.text("run_id")]; ok {
		points = slices.SortedFunc(slices.Values(found.metrics[q.text("metric_key")]), byTime)
	}
	limit, err := q.args.integer("max_results", int64(len(points)))
	if err != nil {
		return nil, err
	}
	points, token, err := q.historyPage(points, limit)
	answer := metricsAnswer{NextPageToken: token}
	for _, p := range points {
		answer.Metrics = append(answer.Metrics, p.wire())
	}
	return answer, err
}

// historyPage ignores the limit where the server knows no pages.
func (q *request) historyPage(points []point, limit int64) ([]point, string, error) {
	token, asked := q.text("page_token"), q.args["max_results"] != nil
	switch {
	case q.rules.pagedHistory && asked && limit <= 0:
		return nil, "", invalid("Invalid value %d for parameter 'max_results' supplied. It must be a positive integer.", limit)
	case q.rules.pagedHistory:
		return page(points, token, limit)
	case token != "":
		return nil, "", internal("The SQLAlchemyStore backend does not support pagination for the `get_metric_history` API. "+
			"Supplied argument `page_token` '%s' must be `None`.", token)
	default:
		return points, "", nil
	}
}
