// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package entities

import (
	"encoding/json"
	"errors"
	"math"
	"math/big"
	"strconv"
	"strings"
)

// Metric is one point of one metric.
type Metric struct {
	Key       string      `json:"key"`
	Value     MetricValue `json:"value"`
	Timestamp Timestamp   `json:"timestamp"`
	Step      int64       `json:"step"`
	// DatasetName and DatasetDigest are the dataset of a point of a logged model. They are
	// empty for a point without a dataset, and for every point of a run.
	DatasetName   string `json:"dataset_name"`
	DatasetDigest string `json:"dataset_digest"`
	// RunID is the run that logged a point of a logged model; empty for a point of a run.
	RunID string `json:"run_id"`
}

// MetricValue is a measured number exactly as the server sent it.
//
// MLflow changes values that are not finite. A NaN of a run is the string "NaN", and an
// infinity is the largest finite double. A NaN of a logged model is 0.0: to know a zero of a
// logged model from a NaN, read the history of the run.
//
// The zero MetricValue is not a number.
type MetricValue struct {
	text string
}

// maxMetricText is twice the length of any double. A longer text is no measurement, and exact
// arithmetic with it would cost memory and time.
const maxMetricText = 48

// NewMetricValue returns the value of a text of the server: a JSON number, or NaN. Any other
// text is not a number; the value keeps it, shortened, for messages.
func NewMetricValue(text string) MetricValue {
	if len(text) > maxMetricText {
		text = strings.ToValidUTF8(text[:maxMetricText], "") + "…"
	}
	return MetricValue{text: text}
}

// Rat returns the exact decimal value. It reports false for a value that is not a finite number;
// no gate can pass with it.
func (v MetricValue) Rat() (*big.Rat, bool) {
	f, ok := v.toFloat()
	if !ok || isInfinite(f) {
		return nil, false
	}
	if f == 0 {
		// This includes an underflow: an exact 1e-999999999 would take gigabytes.
		return new(big.Rat), true
	}
	return new(big.Rat).SetString(v.text)
}

// IsInfinite reports whether the value is an infinity. MLflow stores it as the largest finite
// double, which no measurement has.
func (v MetricValue) IsInfinite() bool {
	f, ok := v.toFloat()
	return ok && isInfinite(f)
}

// IsNaN reports whether the value is not a number.
func (v MetricValue) IsNaN() bool {
	_, ok := v.toFloat()
	return !ok
}

// IsZero reports whether the value is exactly zero, in any spelling.
func (v MetricValue) IsZero() bool {
	f, ok := v.toFloat()
	return ok && f == 0
}

// String returns the text of the server, with infinities by name.
func (v MetricValue) String() string {
	f, ok := v.toFloat()
	switch {
	case ok && isInfinite(f) && f < 0:
		return "-Infinity"
	case ok && isInfinite(f):
		return "Infinity"
	default:
		return v.text
	}
}

// UnmarshalJSON decodes a number without rounding, a number in quotes, or NaN.
func (v *MetricValue) UnmarshalJSON(data []byte) error {
	text := string(data)
	if strings.HasPrefix(text, `"`) {
		if err := json.Unmarshal(data, &text); err != nil {
			return err
		}
	}
	*v = NewMetricValue(text)
	return nil
}

// toFloat returns the value as a double. It reports false for a value that is not a number.
func (v MetricValue) toFloat() (float64, bool) {
	f, err := strconv.ParseFloat(v.text, 64)
	if errors.Is(err, strconv.ErrRange) {
		return f, true
	}
	return f, err == nil && !math.IsNaN(f)
}

func isInfinite(f float64) bool {
	return math.Abs(f) == math.MaxFloat64 || math.IsInf(f, 0)
}
