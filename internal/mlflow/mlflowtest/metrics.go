// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflowtest

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
)

// point is one value of one metric of a run.
type point struct {
	key       string
	value     number
	timestamp int64
	step      int64
	// modelID and the dataset are stored with logged models only.
	modelID       string
	datasetName   string
	datasetDigest string
}

// hasSameKey compares two points by the key of MLflow's table, in which NaN equals NaN.
func (p point) hasSameKey(other point) bool {
	return p.timestamp == other.timestamp && p.step == other.step &&
		p.value.isNaN() == other.value.isNaN() && p.value.nanAsZero() == other.value.nanAsZero()
}

// toWire returns the point as runs and histories show it.
func (p point) toWire() metricWire {
	return metricWire{Key: p.key, Value: p.value, Timestamp: p.timestamp, Step: p.step}
}

// compareRecency orders by step, then time, then value, with NaN as zero.
func compareRecency(a, b point) int {
	return cmp.Or(
		cmp.Compare(a.step, b.step),
		cmp.Compare(a.timestamp, b.timestamp),
		cmp.Compare(a.value.nanAsZero(), b.value.nanAsZero()),
	)
}

// compareTime orders the points of a history.
func compareTime(a, b point) int {
	return cmp.Or(
		cmp.Compare(a.timestamp, b.timestamp),
		cmp.Compare(a.step, b.step),
		cmp.Compare(a.value.nanAsZero(), b.value.nanAsZero()),
	)
}

func (r *run) latestMetrics() []metricWire {
	var latest []metricWire
	for _, key := range slices.Sorted(maps.Keys(r.metrics)) {
		latest = append(latest, slices.MaxFunc(r.metrics[key], compareRecency).toWire())
	}
	return latest
}

func (r *run) addPoint(p point) {
	if !slices.ContainsFunc(r.metrics[p.key], p.hasSameKey) {
		r.metrics[p.key] = append(r.metrics[p.key], p)
	}
}

func logMetric(q *request) (any, error) {
	p, err := q.parsePoint()
	if err != nil {
		return nil, err
	}
	found, err := q.findActiveRun()
	if err != nil {
		return nil, err
	}
	if p.modelID != "" && q.rules.loggedModels {
		if err := q.logModelMetric(p, found); err != nil {
			return nil, err
		}
	}
	found.addPoint(p)
	return emptyBody{}, nil
}

func (q *request) parsePoint() (point, error) {
	value, ok := parseNumber(q.args["value"])
	if !ok {
		return point{}, newInvalidError("Invalid value %v for parameter 'value' supplied:  Hint: Value was of type '%s'.%s",
			q.args["value"], pythonTypeName(q.args["value"]), seeDocsSuffix)
	}
	timestamp, err := q.args.getInt("timestamp", 0)
	if err != nil {
		return point{}, err
	}
	step, err := q.args.getInt("step", 0)
	return point{
		key:           q.getText("key"),
		value:         value,
		timestamp:     timestamp,
		step:          step,
		modelID:       q.getText("model_id"),
		datasetName:   q.getText("dataset_name"),
		datasetDigest: q.getText("dataset_digest"),
	}, err
}

func getMetricHistory(q *request) (any, error) {
	points := []point{}
	if found, ok := q.workspace.runs[q.getText("run_id")]; ok {
		points = slices.SortedFunc(slices.Values(found.metrics[q.getText("metric_key")]), compareTime)
	}
	limit, err := q.args.getInt("max_results", int64(len(points)))
	if err != nil {
		return nil, err
	}
	points, token, err := q.cutHistoryPage(points, limit)
	answer := metricsResponse{NextPageToken: token}
	for _, p := range points {
		answer.Metrics = append(answer.Metrics, p.toWire())
	}
	return answer, err
}

// cutHistoryPage ignores the limit if this version has no pages of histories.
func (q *request) cutHistoryPage(points []point, limit int64) ([]point, string, error) {
	token, asked := q.getText("page_token"), q.args["max_results"] != nil
	switch {
	case q.rules.pagedHistory && asked && limit <= 0:
		return nil, "", newInvalidError("Invalid value %d for parameter 'max_results' supplied. It must be a positive integer.", limit)
	case q.rules.pagedHistory:
		return cutPage(points, token, limit)
	case token != "":
		return nil, "", newInternalError("The SQLAlchemyStore backend does not support pagination for the `get_metric_history` API. "+
			"Supplied argument `page_token` '%s' must be `None`.", token)
	default:
		return points, "", nil
	}
}

// number is a double as MLflow stores and formats it.
type number float64

// MarshalJSON formats as Python does: 1.0 and 1e+16 instead of Go's 1 and 1e16, and NaN as a
// string.
func (n number) MarshalJSON() ([]byte, error) {
	f := float64(n)
	if math.IsNaN(f) {
		return []byte(`"NaN"`), nil
	}
	return []byte(formatPythonFloat(f)), nil
}

func formatPythonFloat(f float64) string {
	scientific := strconv.FormatFloat(f, 'e', -1, 64)
	_, exponent, _ := strings.Cut(scientific, "e")
	power, _ := strconv.Atoi(exponent)
	if power < -4 || power >= 16 {
		return scientific
	}
	plain := strconv.FormatFloat(f, 'f', -1, 64)
	if !strings.Contains(plain, ".") {
		plain += ".0"
	}
	return plain
}

// parseNumber parses a JSON number, or a number, NaN or infinity as a string. It returns what the
// database stores: no infinities, no negative zero.
func parseNumber(value any) (number, bool) {
	switch v := value.(type) {
	case float64:
		return toStoredNumber(v), true
	case string:
		f, err := strconv.ParseFloat(v, 64)
		return toStoredNumber(f), err == nil
	default:
		return 0, false
	}
}

func toStoredNumber(f float64) number {
	switch {
	case math.IsInf(f, 1):
		return math.MaxFloat64
	case math.IsInf(f, -1):
		return -math.MaxFloat64
	case f == 0:
		return 0
	default:
		return number(f)
	}
}

func (n number) isNaN() bool { return math.IsNaN(float64(n)) }

// nanAsZero returns zero for NaN: MLflow orders NaN as zero, and stores it so in a logged model.
func (n number) nanAsZero() number {
	if n.isNaN() {
		return 0
	}
	return n
}
