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
	// DatasetName is empty when the point was logged without a dataset. Only points
	// of logged models carry it.
	DatasetName   string `json:"dataset_name"`
	DatasetDigest string `json:"dataset_digest"`
	// RunID is the run that logged a point of a logged model.
	RunID string `json:"run_id"`
}

// MetricValue is a measured number exactly as the server wrote it.
//
// MLflow has no honest form for values that are not finite. A NaN of a run is
// the string "NaN"; an infinity is the largest finite double; and a NaN of a
// logged model is 0.0, which nothing in the value gives away: who reads a zero
// of a logged model has to ask the run's history.
//
// The zero MetricValue is not a number.
type MetricValue struct {
	text string
}

// maxMetricText is twice what any spelling of a double needs. What is longer is no
// measurement, and would cost memory and time to compute with exactly.
const maxMetricText = 48

// NewMetricValue takes a value in the server's spelling: a JSON number, or NaN.
// Anything else is kept for the person who reads it, shortened, and is not a number.
func NewMetricValue(text string) MetricValue {
	if len(text) > maxMetricText {
		text = strings.ToValidUTF8(text[:maxMetricText], "") + "…"
	}
	return MetricValue{text: text}
}

// Rat is the exact decimal value. It is false for everything that is not a
// finite number, of which no gate can be passed.
func (v MetricValue) Rat() (*big.Rat, bool) {
	f, ok := v.toFloat()
	if !ok || isInfinite(f) {
		return nil, false
	}
	if f == 0 {
		// Also what underflows: an exact 1e-999999999 would take gigabytes.
		return new(big.Rat), true
	}
	return new(big.Rat).SetString(v.text)
}

// IsInfinite tells whether the value is MLflow's spelling of an infinity, which is
// the largest finite double: no measurement has that value.
func (v MetricValue) IsInfinite() bool {
	f, ok := v.toFloat()
	return ok && isInfinite(f)
}

// IsNaN tells whether the value is no number at all.
func (v MetricValue) IsNaN() bool {
	_, ok := v.toFloat()
	return !ok
}

// IsZero tells whether the value is exactly zero, in any spelling.
func (v MetricValue) IsZero() bool {
	f, ok := v.toFloat()
	return ok && f == 0
}

// String is what the server wrote, with infinities by name.
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

// UnmarshalJSON takes a number without rounding it, or a quoted number or NaN.
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

// toFloat classifies the value; it is false for what is no number.
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
