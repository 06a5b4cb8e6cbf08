// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflowtest

import (
	"math"
	"strconv"
	"strings"
)

// number is a double as MLflow stores and prints it.
type number float64

// MarshalJSON prints as Python does: 1.0 and 1e+16 where Go says 1 and 1e16, and a
// NaN as a string.
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

// parseNumber takes a JSON number, or a number, NaN or infinity as a string, and
// gives what the database keeps: no infinities, no negative zero.
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

// nanAsZero is the value with which a NaN is ordered, and the one that a logged
// model keeps of it.
func (n number) nanAsZero() number {
	if n.isNaN() {
		return 0
	}
	return n
}
