// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package gate

import (
	"fmt"
	"regexp"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
)

// numberPattern is a number as people write it, with an exponent of at most three
// digits: no hexadecimal, no underscores, no names of what is not finite.
var numberPattern = regexp.MustCompile(`^[+-]?([0-9]{1,40}(\.[0-9]{0,40})?|\.[0-9]{1,40})([eE][+-]?[0-9]{1,3})?$`)

// readTagMetric reads a number that somebody wrote into a tag of the version.
func readTagMetric(version *entities.ModelVersion, q metricQuery) (metricReading, *failure) {
	where := place{VersionTag: q.key, Version: version.Version}
	text, tagged := version.Tags[q.key]
	if !tagged {
		s := newFailure(describeVersion(version.Version) + " has no tag " + cleanKey(q.key))
		s.notLogged, s.place = true, where
		return metricReading{}, s
	}
	value, ok := entities.NewMetricValue(text).Rat()
	if !ok || !numberPattern.MatchString(text) {
		s := newFailure(fmt.Sprintf("%s is %q, not a finite number", where, cleanText(text, 100)))
		s.observed, s.unusable, s.place = cleanText(text, 100), text, where
		return metricReading{}, s
	}
	return metricReading{value: value, location: where}, nil
}
