// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package gate

import (
	"cmp"
	"fmt"
	"math/big"
	"regexp"
	"slices"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
	"github.com/neuronews/mlflow-registry-operator/internal/sanitize"
)

// metricQuery names a metric of a version, and its possible places.
type metricQuery struct {
	key, dataset string
	source       v1alpha1.MetricSource
	provenance   v1alpha1.Provenance
}

// metricReading is a finite number and its place.
type metricReading struct {
	value    *big.Rat
	location place
}

// readMetric returns the number that a query finds for a version.
func (l *lookup) readMetric(version *entities.ModelVersion, query metricQuery) (metricReading, *failure) {
	switch query.source {
	case v1alpha1.MetricSourceAuto, "":
		return l.readAutoMetric(version, query)
	case v1alpha1.MetricSourceRun:
		return l.readRunMetric(version, query)
	case v1alpha1.MetricSourceLoggedModel:
		return l.readLoggedModelMetric(version, query)
	case v1alpha1.MetricSourceVersionTag:
		return readTagMetric(version, query)
	default:
		return metricReading{}, newFailure("unknown metric source " + sanitize.CleanText(string(query.source), 50))
	}
}

// readAutoMetric prefers the logged model if that has the metric. Only a logged model can have
// a metric for a dataset.
func (l *lookup) readAutoMetric(version *entities.ModelVersion, query metricQuery) (metricReading, *failure) {
	if _, f := l.resolveOrigin(version); f != nil && f.notFound && query.dataset == "" && isClaimAccepted(version, query.provenance) {
		// The original of the copy is gone, and the gate accepts the run that the copy claims.
		return l.readRunMetric(version, query)
	}
	model, f := l.resolveLoggedModel(version)
	if f != nil {
		return metricReading{}, f
	}
	if model == nil {
		return l.readRunMetric(version, query)
	}
	if query.dataset != "" || len(selectLatestPoints(model.Metrics, query.key, "")) > 0 {
		return l.readLoggedModelPoint(model, query)
	}
	reading, f := l.readRunMetric(version, query)
	if f != nil && f.noRunID {
		return metricReading{}, notLoggedFailure(place{LoggedModelID: model.ModelID}, query)
	}
	return reading, f
}

// readLoggedModelMetric reads the logged model alone.
func (l *lookup) readLoggedModelMetric(version *entities.ModelVersion, query metricQuery) (metricReading, *failure) {
	model, f := l.resolveLoggedModel(version)
	if f != nil {
		return metricReading{}, f
	}
	if model == nil {
		return metricReading{}, newFailure(describeVersion(version.Version) + " was not registered from a logged model")
	}
	return l.readLoggedModelPoint(model, query)
}

func (l *lookup) readLoggedModelPoint(model *entities.LoggedModel, query metricQuery) (metricReading, *failure) {
	points := selectLatestPoints(model.Metrics, query.key, query.dataset)
	where := placeOfPoints(model.ModelID, points)
	if len(points) == 0 {
		return metricReading{}, notLoggedFailure(where, query)
	}
	reading, f := requireSingleValue(points, query, where)
	if f != nil {
		return metricReading{}, f
	}
	return reading, moreSevere(l.verifyZeros(points, query.key, where), l.requireActiveRuns(model, points))
}

// requireActiveRuns fails if the run that trained a logged model, or one that measured it, was
// deleted. MLflow keeps the metrics that a deleted run logged to the model.
func (l *lookup) requireActiveRuns(model *entities.LoggedModel, points []entities.Metric) *failure {
	runs := []string{model.SourceRunID}
	for _, point := range points {
		runs = append(runs, point.RunID)
	}
	var worst *failure
	for _, id := range slices.Compact(slices.Sorted(slices.Values(runs))) {
		if id == "" {
			continue
		}
		_, f := l.getActiveRun(id)
		worst = moreSevere(worst, f)
	}
	return worst
}

// readRunMetric reads the run alone. MLflow records no dataset with a run's metrics.
func (l *lookup) readRunMetric(version *entities.ModelVersion, query metricQuery) (metricReading, *failure) {
	if query.dataset != "" {
		return metricReading{}, newFailure("only metrics of logged models carry a dataset, and " +
			describeVersion(version.Version) + " was not registered from one")
	}
	run, f := l.resolveRun(version, query.provenance)
	if f != nil {
		return metricReading{}, f
	}
	where := place{RunID: run.RunID}
	points := selectLatestPoints(run.Metrics, query.key, "")
	if len(points) == 0 {
		return metricReading{}, notLoggedFailure(where, query)
	}
	return requireSingleValue(points, query, where)
}

// numberPattern matches a number as people write it, with an exponent of at most three digits:
// no hexadecimal, no underscores, no name of a value that is not finite.
var numberPattern = regexp.MustCompile(`^[+-]?([0-9]{1,40}(\.[0-9]{0,40})?|\.[0-9]{1,40})([eE][+-]?[0-9]{1,3})?$`)

// readTagMetric reads a number from a tag of the version.
func readTagMetric(version *entities.ModelVersion, query metricQuery) (metricReading, *failure) {
	where := place{VersionTag: query.key, Version: version.Version}
	text, tagged := version.Tags[query.key]
	if !tagged {
		f := newFailure(describeVersion(version.Version) + " has no tag " + cleanKey(query.key))
		f.notLogged, f.location = true, where
		return metricReading{}, f
	}
	value, ok := entities.NewMetricValue(text).Rat()
	if !ok || !numberPattern.MatchString(text) {
		f := newFailure(fmt.Sprintf("%s is %q, not a finite number", where, sanitize.CleanText(text, 100)))
		f.observed, f.unusable, f.location = sanitize.CleanText(text, 100), text, where
		return metricReading{}, f
	}
	return metricReading{value: value, location: where}, nil
}

// notLoggedFailure is for a metric that was never logged, and may still be.
func notLoggedFailure(where place, query metricQuery) *failure {
	message := fmt.Sprintf("%s has no metric %s", where, cleanKey(query.key))
	if query.dataset != "" {
		message += " for dataset " + sanitize.CleanText(query.dataset, 100)
	}
	f := newFailure(message)
	f.notLogged, f.location = true, where
	return f
}

// selectLatestPoints returns the points of a metric with the highest step and, of those, the
// latest time: one, unless several were logged at once. An empty dataset means any.
func selectLatestPoints(points []entities.Metric, key, dataset string) []entities.Metric {
	matching := slices.DeleteFunc(slices.Clone(points), func(point entities.Metric) bool {
		return point.Key != key || dataset != "" && point.DatasetName != dataset
	})
	if len(matching) == 0 {
		return nil
	}
	last := slices.MaxFunc(matching, comparePoints)
	return slices.DeleteFunc(matching, func(point entities.Metric) bool { return comparePoints(point, last) != 0 })
}

func comparePoints(a, b entities.Metric) int {
	return cmp.Or(cmp.Compare(a.Step, b.Step), cmp.Compare(a.Timestamp, b.Timestamp))
}

// requireSingleValue fails if a point is not a finite number, or if two points differ.
func requireSingleValue(points []entities.Metric, query metricQuery, where place) (metricReading, *failure) {
	for _, point := range points {
		if f := requireFiniteValue(point.Value, query.key, where); f != nil {
			return metricReading{}, f
		}
	}
	value, _ := points[0].Value.Rat()
	for _, point := range points[1:] {
		other, _ := point.Value.Rat()
		if other.Cmp(value) != 0 {
			return metricReading{}, ambiguousValueFailure(query, where, points[0].Step)
		}
	}
	return metricReading{value: value, location: where}, nil
}

func requireFiniteValue(value entities.MetricValue, key string, where place) *failure {
	if _, ok := value.Rat(); ok {
		return nil
	}
	text := fmt.Sprint(value)
	shown := cmp.Or(sanitize.CleanText(text, 50), "empty")
	f := newFailure(fmt.Sprintf("%s is %s in %s, not a finite number", cleanKey(key), shown, where))
	f.observed, f.unusable, f.location = shown, text, where
	return f
}

func ambiguousValueFailure(query metricQuery, where place, step int64) *failure {
	message := fmt.Sprintf("%s has different values at step %d in %s, logged at the same time", cleanKey(query.key), step, where)
	hint := ": name the dataset"
	if query.dataset != "" {
		hint = " for the same dataset: nothing says which one counts"
	}
	f := newFailure(message + hint)
	f.location = where
	return f
}

// verifyZeros checks the zeros of a logged model. MLflow returns 0.0 there for a NaN, and only
// the history of the run that logged the point shows which one it was. All points are checked
// even after one has failed, so that all are read in one round.
func (l *lookup) verifyZeros(points []entities.Metric, key string, where place) *failure {
	var worst *failure
	for _, point := range points {
		if point.Value.IsZero() {
			worst = moreSevere(worst, l.checkZeroAgainstHistory(point, key, where))
		}
	}
	if worst != nil {
		worst.observed, worst.unusable, worst.location = "0.0", "0.0", where
	}
	return worst
}

func (l *lookup) checkZeroAgainstHistory(point entities.Metric, key string, where place) *failure {
	doubt := fmt.Sprintf("%s reads 0.0 in %s, which may stand for NaN: ", cleanKey(key), where)
	if point.RunID == "" {
		return newFailure(doubt + "the point names no run")
	}
	run, noRun := l.getActiveRun(point.RunID)
	history, noHistory := l.getHistory(point.RunID, key)
	if f := moreSevere(noRun, noHistory); f != nil {
		f.message = doubt + f.message
		return f
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

func cleanKey(key string) string {
	return sanitize.CleanText(key, 100)
}

// measurement is one number of a version and its place, in the digest.
type measurement struct {
	// Value is the exact number as a fraction.
	Value string `json:"value,omitempty"`
	// Unusable is a value that is not a finite number, or does not count.
	Unusable string   `json:"unusable,omitempty"`
	Obstacle obstacle `json:"obstacle,omitempty"`
	Place    place    `json:"place"`
}

func newMeasurement(reading metricReading, f *failure) *measurement {
	if f != nil {
		return &measurement{Unusable: f.unusable, Obstacle: f.obstacle(), Place: f.location}
	}
	return &measurement{Value: reading.value.RatString(), Place: reading.location}
}

// maxDigits keeps an exact decimal readable and within the bounds of the API. A longer one is
// shown with 17 digits, which are enough to distinguish any two doubles.
const maxDigits = 60

// formatDecimal returns the shortest exact decimal of a number.
func formatDecimal(number *big.Rat) string {
	places, exact := number.FloatPrec()
	if text := number.FloatString(min(places, maxDigits)); exact && places <= maxDigits && len(text) <= maxDigits {
		return text
	}
	return formatSignificant(number, 17)
}

// formatSignificant returns a number with so many digits.
func formatSignificant(number *big.Rat, digits int) string {
	return new(big.Float).SetPrec(256).SetRat(number).Text('g', digits)
}

// parseDecimal fails for what the API server refuses.
func parseDecimal(field string, text v1alpha1.Decimal) (*big.Rat, *failure) {
	number := text.Rat()
	if number == nil || len(text) > 38 {
		return nil, newFailure(fmt.Sprintf("%s %q is not a decimal number", field, sanitize.CleanText(string(text), 50)))
	}
	return number, nil
}

// canonicalDecimal returns the exact value as a fraction, in whatever form it was written. A
// text that is not a decimal is returned unchanged: the gate fails then.
func canonicalDecimal(text v1alpha1.Decimal) string {
	if number, f := parseDecimal("", text); f == nil {
		return number.RatString()
	}
	return string(text)
}

func absoluteRat(number *big.Rat) *big.Rat {
	return new(big.Rat).Abs(number)
}

func subtractRat(a, b *big.Rat) *big.Rat {
	return new(big.Rat).Sub(a, b)
}
